"""Long work goes on by steps, whatever dies in the middle, and says how far it is."""

import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone, translation

from bookings.models import Floor
from calendars import long_work, tasks
from calendars.errors import GoogleUnavailable
from calendars.lease import LIFE
from calendars.long_work import Turn, begin, cancel, run
from calendars.models import LongWork
from calendars.work_kinds import KINDS, WorkKind
from calendars.work_words import progress_words
from tenants.errors import InvalidInput
from tenants.scope import company_scope
from tests.conftest import Cast, sign_in

pytestmark = pytest.mark.django_db

STEPS = 5
KIND = "building"
before_step: list[Callable[[Turn], None]] = []


class Killed(BaseException):
    """As abrupt as it gets inside one process: no handler of ours catches it."""


def step(turn: Turn) -> None:
    """Adds a floor; five make the house."""
    for act in before_step:
        act(turn)
    with company_scope(turn.company_id):
        number = turn.cursor.get("floor", 0)
        Floor.objects.create(building_id=turn.cursor["building"], name=f"{number}")
        if number + 1 == STEPS:
            turn.finish(done=STEPS, result={"floors": STEPS})
        else:
            turn.advance(cursor={**turn.cursor, "floor": number + 1}, done=number + 1, total=STEPS)


@pytest.fixture(autouse=True)
def _kind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    under_way, done = translation.gettext_lazy("Google"), translation.gettext_lazy("Read")
    kind = WorkKind(under_way, done, f"{__name__}.step", "google_connection")
    monkeypatch.setitem(KINDS, KIND, kind)
    before_step.clear()
    yield
    before_step.clear()


def start(cast: Cast) -> LongWork:
    return begin(cast.company.pk, KIND, by=cast.admin, cursor={"building": cast.room.building_id})


def as_it_is(work: LongWork) -> LongWork:
    with company_scope(work.company_id):
        found: LongWork = LongWork.objects.get(pk=work.pk)
    return found


def floors(cast: Cast) -> list[str]:
    with company_scope(cast.company.pk):
        return list(Floor.objects.order_by("pk").values_list("name", flat=True))


def later(**by: float) -> Any:
    return time_machine.travel(timezone.now() + timedelta(**by), tick=False)


def at_floor(number: int, act: Callable[[Turn], None]) -> None:
    """Something happens as the step of this floor begins, once."""
    waiting = [act]

    def once(turn: Turn) -> None:
        if turn.cursor.get("floor", 0) == number and waiting:
            waiting.pop()(turn)

    before_step.append(once)


def die(*_args: Any, **_kwargs: Any) -> None:
    raise Killed


ALL = ["0", "1", "2", "3", "4"]


def test_it_is_done_step_by_step(seoul: Cast) -> None:
    work = start(seoul)
    assert run(work.company_id, work.pk) is None
    work = as_it_is(work)
    assert (work.state, work.done, work.total, work.result) == ("done", 5, 5, {"floors": 5})
    assert floors(seoul) == ALL
    assert run(work.company_id, work.pk) is None
    assert floors(seoul) == ALL


def test_a_turn_ends_and_another_follows(seoul: Cast) -> None:
    work = start(seoul)
    assert run(work.company_id, work.pk, seconds=0) == 0
    assert floors(seoul) == []
    assert run(work.company_id, work.pk) is None
    assert floors(seoul) == ALL


@pytest.mark.worker
@pytest.mark.parametrize("moment", ["before the step", "before it is noted"])
def test_killed_half_way_it_goes_on_where_it_was(
    seoul: Cast, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    work = start(seoul)
    real = Turn.advance

    def advance(turn: Turn, **values: Any) -> None:
        if values["done"] == 3:
            die()
        real(turn, **values)

    with monkeypatch.context() as patch:
        if moment == "before the step":
            at_floor(2, die)
        else:
            patch.setattr(Turn, "advance", advance)
        patch.setattr(long_work, "_release", lambda *_: None)  # as after a SIGKILL
        with pytest.raises(Killed):
            run(work.company_id, work.pk)
    assert floors(seoul) == ["0", "1"]
    assert run(work.company_id, work.pk) is None
    assert floors(seoul) == ["0", "1"], "the dead one's lease still keeps others out"
    woken: list[tuple[int, int]] = []
    monkeypatch.setattr(tasks, "wake", lambda _task, pairs, _queue: woken.extend(pairs))
    tasks.sweep_long_work()
    assert woken == []
    with later(seconds=LIFE.total_seconds() + 1):
        tasks.sweep_long_work()
        assert woken == [(work.company_id, work.pk)]
        tasks.run_long_work(work.company_id, work.pk)
    assert floors(seoul) == ALL
    assert as_it_is(work).state == "done"


def test_two_workers_never_do_the_same_step(seoul: Cast) -> None:
    work = start(seoul)
    seen: list[list[str]] = []

    def another(turn: Turn) -> None:
        run(turn.company_id, turn.work_id)
        seen.append(floors(seoul))

    at_floor(1, another)
    run(work.company_id, work.pk)
    assert seen == [["0"]]
    assert floors(seoul) == ALL


def test_whoever_lost_the_lease_leaves_no_trace(seoul: Cast) -> None:
    work = start(seoul)

    def sleep_too_long(turn: Turn) -> None:
        with later(seconds=LIFE.total_seconds() + 1):
            run(turn.company_id, turn.work_id, seconds=0)  # somebody was there

    at_floor(1, sleep_too_long)
    run(work.company_id, work.pk)
    assert floors(seoul) == ["0"], "the sleeper's own floor was taken back"
    run(work.company_id, work.pk)
    assert floors(seoul) == ALL


def test_one_at_a_time_for_each_company_and_kind(seoul: Cast, stranger: Cast) -> None:
    work = start(seoul)
    assert start(seoul).pk == work.pk
    assert start(stranger).pk != work.pk
    run(work.company_id, work.pk)
    assert start(seoul).pk != work.pk


def test_the_time_left_follows_the_pace(seoul: Cast) -> None:
    work = start(seoul)
    assert progress_words(work) == ""
    with later(seconds=10):
        at_floor(1, lambda turn: None)
        run(work.company_id, work.pk, seconds=0)
    clock = time_machine.travel(timezone.now(), tick=False)
    with clock as now:
        before_step.append(lambda turn: now.shift(40))
        at_floor(2, die)
        with pytest.raises(Killed):
            run(work.company_id, work.pk)
    work = as_it_is(work)
    assert (work.done, work.time_left) == (2, timedelta(seconds=120))
    assert progress_words(work) == "2 of 5 · about 2 minutes left"
    with translation.override("ko"):
        assert progress_words(work) == "5개 중 2개 · 약 2분 남음"


def test_a_break_does_not_spoil_the_pace(seoul: Cast) -> None:
    work = start(seoul)
    at_floor(2, lambda turn: (_ for _ in ()).throw(GoogleUnavailable("busy", retry_after=3600)))
    run(work.company_id, work.pk)
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False) as now:
        before_step.append(lambda turn: now.shift(10))
        at_floor(3, die)
        with pytest.raises(Killed):
            run(work.company_id, work.pk)
    work = as_it_is(work)
    assert (work.done, work.time_left) == (3, timedelta(seconds=20))


def test_without_google_it_waits_and_goes_on(seoul: Cast) -> None:
    work = start(seoul)
    at_floor(2, lambda turn: (_ for _ in ()).throw(GoogleUnavailable("busy", retry_after=30)))
    assert run(work.company_id, work.pk) is None
    work = as_it_is(work)
    assert (work.state, work.error, work.is_open) == ("waiting", "busy", True)
    assert progress_words(work) == "Waiting · 2 of 5"
    with later(seconds=29):
        run(work.company_id, work.pk)
    assert floors(seoul) == ["0", "1"]
    with later(seconds=32):
        run(work.company_id, work.pk)
    assert floors(seoul) == ALL
    assert as_it_is(work).error == ""


def test_failed_it_says_why_and_goes_on_when_told(seoul: Cast) -> None:
    work = start(seoul)
    message = translation.gettext_lazy("Google Calendar is not connected.")
    at_floor(2, lambda turn: (_ for _ in ()).throw(InvalidInput(message)))
    with translation.override("ko"):
        run(work.company_id, work.pk)
    work = as_it_is(work)
    assert (work.state, work.reason) == ("failed", "Google Calendar is not connected.")
    with translation.override("ko"):
        assert work.reason == "Google 캘린더가 연결되지 않았습니다."
    client = sign_in(seoul.admin)
    page = client.get(f"/settings/work/{work.pk}/").content.decode()
    assert "is not connected" in page
    assert "Try again" in page
    assert client.post(f"/settings/work/{work.pk}/", {"act": "again"}).status_code == 302
    assert (
        client.post(f"/settings/work/{work.pk}/", {"act": "again"}).status_code == 302
    )  # pressed twice
    run(work.company_id, work.pk)
    assert floors(seoul) == ALL


def test_a_fault_of_ours_ends_it_and_is_heard_of(seoul: Cast) -> None:
    work = start(seoul)
    at_floor(2, lambda turn: 1 / 0)  # type: ignore[arg-type]
    with pytest.raises(ZeroDivisionError):
        run(work.company_id, work.pk)
    assert as_it_is(work).state == "failed"


def test_cancelled_under_way_it_keeps_what_is_done(seoul: Cast) -> None:
    work = start(seoul)

    def stop(turn: Turn) -> None:
        with company_scope(turn.company_id):
            cancel(as_it_is(work))

    at_floor(2, stop)
    run(work.company_id, work.pk)
    assert floors(seoul) == ["0", "1"]
    work = as_it_is(work)
    assert (work.state, work.done) == ("cancelled", 2)
    assert start(seoul).pk != work.pk


def test_the_element_follows_it_and_lets_it_be_stopped(seoul: Cast, stranger: Cast) -> None:
    work = start(seoul)
    client, url = sign_in(seoul.admin), f"/settings/work/{work.pk}/"
    shown = client.get(url)
    assert 'hx-trigger="load delay:2s"' in shown.content.decode()
    assert "HX-Refresh" not in shown
    assert sign_in(seoul.alice).get(url).status_code == 403
    assert sign_in(stranger.admin).get(url).status_code == 404
    assert sign_in(stranger.admin).post(url, {"act": "stop"}).status_code == 404
    assert client.post(url, {"act": "stop"}).headers["Location"] == "/settings/google/"
    ended = client.get(url)
    assert ended["HX-Refresh"] == "true"
    assert "hx-trigger" not in ended.content.decode()
    assert floors(seoul) == []


def command(cast: Cast, act: str, **options: Any) -> list[str]:
    printed = io.StringIO()
    call_command("long_work", act, company=cast.company.pk, stdout=printed, **options)
    return printed.getvalue().splitlines()


def test_the_command_brings_it_to_its_end(seoul: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calendars.management.progress.BETWEEN_LINES", 0)
    monkeypatch.setattr("calendars.management.progress.BETWEEN_LOOKS", 0)
    work = start(seoul)
    assert command(seoul, "status") == [f"{KIND}  2026-12-01 03:00Z"]
    monkeypatch.setattr("calendars.management.progress.BETWEEN_LINES", 5)
    assert command(seoul, "run") == ["Read: Done · 5 of 5"]
    assert command(seoul, "status") == [f"{KIND}  2026-12-01 03:00Z  Done · 5 of 5"]
    assert as_it_is(work).state == "done"
    with pytest.raises(CommandError, match="no company"):
        call_command("long_work", "status", company=999_999)
