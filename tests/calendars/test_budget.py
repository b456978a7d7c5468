"""What may be asked of Google: shared out, refused in time, halved, and opened again."""

from typing import Any

import pytest
from redis import Redis

from bookings.live import redis_client
from calendars import budget
from calendars.budget import PREFIX, Budget, Lane, is_in_trouble
from calendars.errors import GoogleUnavailable, OverBudget
from calendars.tasks import sweep, sync_room
from tests.calendars.clock import later
from tests.calendars.conftest import Linked
from tests.factories import at, make_booking

DOWN = GoogleUnavailable("Backend Error", reason="backendError")
TOO_MUCH = GoogleUnavailable("Rate Limit Exceeded", reason="rateLimitExceeded", is_limit=True)


@pytest.fixture(autouse=True)
def limits(settings: Any) -> Any:
    """Those of production."""
    settings.GOOGLE_PROJECT_PER_MINUTE, settings.GOOGLE_PROJECT_BURST = 8000, 500
    settings.GOOGLE_GRANT_PER_MINUTE, settings.GOOGLE_GRANT_BURST = 480, 60
    settings.GOOGLE_CALENDAR_WRITES_PER_SECOND = 5
    return settings


def granted(spender: Budget, method: str = "GET", writes_to: str = "", most: int = 2000) -> int:
    """How many requests in a row are allowed."""
    for number in range(most):
        try:
            spender.take(method, writes_to)
        except OverBudget:
            return number
    return most


def wait(spender: Budget, method: str = "GET", writes_to: str = "") -> float:
    with pytest.raises(OverBudget) as refused:
        spender.take(method, writes_to)
    return refused.value.retry_after


def test_a_grant_has_sixty_at_once_and_eight_a_second() -> None:
    person = Budget(1, Lane.INTERACTIVE)
    assert granted(person) == 60
    assert 0.12 < wait(person) < 0.2
    assert granted(Budget(2, Lane.INTERACTIVE)) == 60  # it is another company's own
    with later(10):
        assert granted(person) == 60  # no more than that, and of 80 that came
    with later(11):
        assert granted(person) == 8


def test_a_patch_counts_three_times() -> None:
    assert granted(Budget(1, Lane.INTERACTIVE), "PATCH") == 20


def test_a_calendar_takes_five_writes_a_second() -> None:
    person = Budget(1, Lane.INTERACTIVE)
    assert granted(person, "POST", "room") == 50
    assert granted(person) == 10  # what is not a write to this calendar goes on
    with later(2):
        assert granted(person, "POST", "room") == 10


def test_those_who_wait_find_something_left() -> None:
    assert granted(Budget(1, Lane.BULK)) == 45
    assert granted(Budget(1, Lane.SYNC)) == 0
    assert granted(Budget(1, Lane.INTERACTIVE)) == 15


@pytest.mark.parametrize(("lane", "most"), [("interactive", 500), ("sync", 225), ("bulk", 75)])
def test_a_lane_has_its_share_of_the_project(lane: str, most: int) -> None:
    """0.6 and 0.2 of the project's 500 at once, less the quarter that is kept for people."""
    companies = [Budget(number, Lane(lane)) for number in range(1, 20)]
    assert sum(granted(company) for company in companies) == most


def test_a_refused_request_takes_from_no_bucket() -> None:
    person = Budget(1, Lane.INTERACTIVE)
    granted(person, "POST", "room")
    for _time in range(20):
        wait(person, "POST", "room")
    assert granted(person) == 10


def test_too_much_halves_the_grant_and_it_grows_back() -> None:
    person = Budget(1, Lane.INTERACTIVE)
    for _answer in range(5):  # to requests that were on their way together
        person.failed(TOO_MUCH)
    assert granted(person) == 0
    with later(60):
        assert granted(person) == 36  # six tenths of sixty
    with later(3600):
        assert granted(person) == 60
    assert granted(Budget(2, Lane.INTERACTIVE)) == 60
    assert not is_in_trouble()


def test_limits_of_three_grants_halve_the_project() -> None:
    for company in (1, 2, 3):
        Budget(company, Lane.INTERACTIVE).failed(TOO_MUCH)
    assert granted(Budget(9, Lane.INTERACTIVE)) == 0
    with later(60):
        companies = [Budget(number, Lane.INTERACTIVE) for number in range(10, 20)]
        assert sum(granted(company) for company in companies) == 300


def test_in_trouble_only_probes_go_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.random", lambda: 0.5)
    person = Budget(1, Lane.INTERACTIVE)
    for _time in range(5):
        assert not person.take("GET")
        person.failed(DOWN)
    assert is_in_trouble()
    probes = []
    for second in range(0, 300, 3):
        with later(second):
            if granted(person, most=1):
                probes.append(second)
                person.failed(DOWN)
    assert probes == list(range(0, 300, 30))
    with later(300):
        assert person.take("GET")
        person.recovered()
        assert not is_in_trouble()
        assert granted(person) >= 59


def test_a_failure_among_many_successes_refuses_nobody() -> None:
    person = Budget(1, Lane.INTERACTIVE)
    for _time in range(40):
        person.take("GET")
    for _time in range(15):
        person.failed(DOWN)
    assert granted(person) == 20
    assert not is_in_trouble()


def test_a_day_that_is_nearly_used_up_is_for_people(limits: Any) -> None:
    limits.GOOGLE_REQUESTS_PER_DAY = 40
    assert granted(Budget(1, Lane.BULK)) == 38
    assert wait(Budget(1, Lane.SYNC)) == budget.DAY_IS_OVER
    assert granted(Budget(1, Lane.INTERACTIVE)) == 2
    with later(24 * 3600):
        assert granted(Budget(1, Lane.BULK)) == 38


def test_without_redis_each_process_keeps_to_a_tenth(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = Redis.from_url("redis://127.0.0.1:1/0")
    monkeypatch.setattr(budget, "_script", nowhere.register_script)
    person = Budget(77, Lane.INTERACTIVE)
    assert granted(person) == 6
    with later(5):
        assert granted(person) == 4
    person.failed(TOO_MUCH)


@pytest.mark.worker
def test_what_is_over_budget_waits_and_fails_nothing(
    linked: Linked, limits: Any, redis: Any
) -> None:
    limits.GOOGLE_CALENDAR_WRITES_PER_SECOND = 0.2  # two at once
    for hour in (10, 12, 14, 16):
        make_booking(linked.cast.alice, linked.cast.room, start=at(hour), title=f"at {hour}")
    redis.flushdb()
    sync_room(linked.company_id, linked.cast.room.pk)
    assert [event["summary"] for event in linked.events()] == ["at 10", "at 12"]
    assert {(entry.tries, entry.error_class) for entry in linked.entries()} == {(0, "")}
    assert linked.link().failures == 0
    assert redis.llen("interactive") == 1  # it goes on by itself
    sweep()
    assert redis.llen("sync") == 1
    with later(5):
        sync_room(linked.company_id, linked.cast.room.pk)
        assert len(linked.events()) == 3
    with later(10):
        assert linked.push().done
    assert len(linked.events()) == 4
    assert linked.calls()["insert"] == 4


def test_every_request_is_paid_for(linked: Linked) -> None:
    redis_client().flushdb()
    make_booking(linked.cast.alice, linked.cast.room)
    linked.sync()
    spent = redis_client().hget(f"{PREFIX}grant:{linked.company_id}", "tokens")
    assert 60 - float(spent or 0) == sum(linked.calls().values()) == 2
