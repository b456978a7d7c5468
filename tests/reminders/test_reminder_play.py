"""Whatever happens: nobody is told twice, or too late, or nothing without a reason in the row."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.reminders.play import Play
from tests.workers import Workers, running

pytestmark = [pytest.mark.worker, pytest.mark.usefixtures("transactional_db")]

STEPS = 100


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def workers(outbox: Path) -> Iterator[Workers]:
    with running(EMAIL_URL=f"file:///{outbox}") as workers:
        yield workers


@pytest.mark.parametrize(
    "plays",
    [1, pytest.param(300, marks=[pytest.mark.soak, pytest.mark.timeout(4 * 3600)])],
)
def test_whatever_happens_everybody_is_told_once_or_the_row_says_why_not(
    slack: Any, workers: Workers, clock: Any, outbox: Path, plays: int
) -> None:
    """Prints its seeds and counts; `SEED` chooses the first, `PLAYS` more or fewer."""
    first = int(os.environ.get("SEED", "1"))
    totals = Counter[str]()
    plays = int(os.environ.get("PLAYS", plays))
    for seed in range(first, first + plays):
        play = Play(slack, workers, clock, outbox, seed, seed)
        try:
            for _step in range(STEPS):
                play.step()
            play.rest()
        except AssertionError as error:
            error.add_note("\n".join([f"seed {seed}", *play.told]))
            raise
        totals.update(play.counts)
    print(f"{plays} plays from seed {first}: {dict(totals)}")
    assert totals["worker dead"]
    assert totals["sent"]
