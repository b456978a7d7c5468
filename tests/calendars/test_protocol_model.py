"""What the sync protocol promises, in a small model; and that each of its rules is needed.

A test that cannot fail proves nothing: without any one of the rules, the model has to fail.
"""

import pytest

from tests.calendars.protocol_model import Rules, Run

ABLATIONS = {
    "no If-Match": Rules(if_match=False),
    "a flag instead of two versions": Rules(two_versions=False),
    "the token before the items": Rules(token_after_items=False),
    "410 without a sweep": Rules(sweep_after_410=False),
    "no version stamp": Rules(version_stamp=False),
    "two at a time": Rules(one_at_a_time=False),
}


def failures(rules: Rules, seeds: range, *, deletes: bool) -> tuple[int, int]:
    """Runs that ended unequal, and edits that were lost (where nothing is deleted)."""
    unequal = lost = 0
    for seed in seeds:
        run = Run(seed, rules, deletes)
        run.play()
        unequal += not run.equal()
        lost += 0 if deletes else run.lost()
    return unequal, lost


@pytest.mark.parametrize("deletes", [False, True])
@pytest.mark.parametrize("runs", [250, pytest.param(10_000, marks=[pytest.mark.soak])])
@pytest.mark.timeout(1800)
def test_both_sides_end_equal_and_no_edit_is_lost(runs: int, deletes: bool) -> None:
    assert failures(Rules(), range(runs), deletes=deletes) == (0, 0)


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", ABLATIONS)
def test_without_a_rule_something_goes_wrong(name: str) -> None:
    found = [failures(ABLATIONS[name], range(2000), deletes=deletes) for deletes in (False, True)]
    print(f"{name}: unequal and lost {found[0]}; with deletions {found[1]}")
    assert any(found[0]) or any(found[1])
