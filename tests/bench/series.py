"""Series beside single bookings: looked ahead, made, changed; and the day among many of them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from statistics import median
from time import process_time

from bookings.creating import Booked, create_booking
from bookings.drafts import Actor, Changes, Draft
from bookings.edits.edit_modes import Scope
from bookings.edits.editing import change_booking
from bookings.models import Door, Occurrence, Room
from bookings.recurrence import Series, expand, parse_recurrence
from tenants.models import Member
from tenants.scope import company_scope
from tests.bench.installation import (
    fill_day,
    fill_weeks,
    gather_statistics,
    make_company,
    make_rooms,
    page_queries,
    tomorrow_at_eight,
)
from tests.bench.measure import emit, emit_times, statements, timed
from tests.bench.programs import browser

RUNS = 25
LENGTH = timedelta(minutes=15)
RULES = {"single": "", "52": "FREQ=WEEKLY;COUNT=52", "366": "FREQ=DAILY;COUNT=366"}
BARS = {"52": 4, "366": 12}  # times a single booking
LONG_RUNNING = (
    "FREQ=DAILY",
    "FREQ=DAILY;COUNT=5000",
    "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;COUNT=5000",
    "FREQ=DAILY;INTERVAL=2;BYMONTH=1,12;COUNT=5000",
    "FREQ=DAILY;INTERVAL=2;BYMONTHDAY=1,2,3,15,16,17;COUNT=5000",
    "FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,WE,FR",
    "FREQ=WEEKLY;INTERVAL=3;COUNT=500",
    "FREQ=MONTHLY;BYDAY=2TU;COUNT=500",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=500",
    "FREQ=YEARLY;BYWEEKNO=49;BYDAY=TH;COUNT=50",
)
CROWDS = (0, 1000, 5000)


def run(base: str) -> None:
    """Figures of one kind are interleaved, so that all see the same machine."""
    _expand()
    member = _far_sighted("series.example")
    _create(member)
    _change(member)
    _day_among_series(base)


def _far_sighted(domain: str) -> Member:
    """A company where a series of 366 days lies before the horizon."""
    member = make_company(domain)
    member.company.bookable_until += timedelta(days=100)
    member.company.save()
    return member


def _expand() -> None:
    """The processor's time: a pure function waits for nothing."""
    now = datetime.now(UTC)
    start = now.replace(year=now.year - 10, day=1, microsecond=0, tzinfo=None)
    for rule in LONG_RUNNING:
        series = Series(
            start, "America/New_York", LENGTH, parse_recurrence([f"RRULE:{rule}"], "UTC")
        )
        look = partial(expand, series, now, now + timedelta(days=7))
        taken = median(timed(look, clock=process_time) for _ in range(100))
        emit(f"series.next_week {rule}", "p50", taken, "ms", 100)


def _book(member: Member, room: Room, rule: str, start: datetime) -> Booked:
    with company_scope(member.company_id):
        return create_booking(
            by=Actor(Door.WEB, member), company=member.company, room=room,
            draft=_draft(rule, start),
        )  # fmt: skip


def _draft(rule: str, start: datetime) -> Draft:
    return Draft(
        title="Bench", starts_at=start, ends_at=start + LENGTH, timezone="Asia/Seoul",
        recurrence=(f"RRULE:{rule}",) if rule else (),
    )  # fmt: skip


def _create(member: Member) -> None:
    """Each kind in a room of its own, each run a quarter of an hour later."""
    rooms = make_rooms(member.company, len(RULES), "Create")
    kinds = [(kind, rule, room) for (kind, rule), room in zip(RULES.items(), rooms, strict=True)]
    times: dict[str, list[float]] = {kind: [] for kind in RULES}
    for number in range(RUNS):
        start = tomorrow_at_eight() + LENGTH * number
        for kind, rule, room in kinds:
            times[kind].append(timed(partial(_book, member, room, rule, start)))
    medians = {kind: emit_times(f"series.create {kind}", times[kind]) for kind in RULES}
    start = tomorrow_at_eight() + LENGTH * RUNS
    for kind, rule, room in kinds:
        asked = statements(partial(_book, member, room, rule, start))
        emit(f"series.create {kind}", "statements", asked, "statements", 1)
    for kind, bar in BARS.items():
        ratio = medians[kind] / medians["single"]
        emit(f"series.create {kind}", "to_a_single", ratio, "ratio", RUNS)
        emit(f"series.create {kind}", "of_its_bar", ratio / bar, "ratio", RUNS)


def _change(member: Member) -> None:
    """Later by a quarter of an hour: all dates of a series, or the second half of them."""
    for scope in (Scope.ALL, Scope.FOLLOWING):
        rooms = make_rooms(member.company, RUNS + 1, f"Change {scope}")
        first, *rest = [_acts(member, room, scope) for room in rooms]
        gather_statistics()
        for kind, act in first.items():
            name = f"series.change {scope} {kind}"
            emit(name, "statements", statements(act), "statements", 1)
        times: dict[str, list[float]] = {kind: [] for kind in RULES}
        for acts in rest:
            for kind, act in acts.items():
                times[kind].append(timed(act))
        medians = {kind: emit_times(f"series.change {scope} {kind}", times[kind]) for kind in RULES}
        for kind in BARS:
            ratio = medians[kind] / medians["single"]
            emit(f"series.change {scope} {kind}", "to_a_single", ratio, "ratio", RUNS)


def _acts(member: Member, room: Room, scope: Scope) -> dict[str, Callable[[], None]]:
    """Changes of one booking of each kind, all in this room, each from its date in the middle."""
    acts: dict[str, Callable[[], None]] = {}
    for number, (kind, rule) in enumerate(RULES.items()):
        start = tomorrow_at_eight() + number * timedelta(hours=2)
        dates = _book(member, room, rule, start).occurrences
        acts[kind] = partial(_shift, member, dates[len(dates) // 2], scope)
    return acts


def _shift(member: Member, row: Occurrence, scope: Scope) -> None:
    later = Changes(starts_at=row.starts_at + LENGTH, ends_at=row.ends_at + LENGTH)
    with company_scope(member.company_id):
        change_booking(
            by=Actor(Door.WEB, member), company=member.company, occurrence=row, scope=scope,
            changes=later,
        )  # fmt: skip


def _day_among_series(base: str) -> None:
    """The same 50 rooms × 5 bookings, in companies with more and more series on other days."""
    day = tomorrow_at_eight()
    path = f"/?date={day:%Y-%m-%d}"
    members = []
    for crowd in CROWDS:
        member = make_company(f"crowd-{crowd}.example")
        rooms = make_rooms(member.company, 50)
        fill_day(member, rooms, per_room=5, start=day)
        fill_weeks(member, rooms, series=crowd, start=day)
        members.append(member)
    gather_statistics()
    times: dict[int, list[float]] = {crowd: [] for crowd in CROWDS}
    clients = [browser(member, base) for member in members]
    for number in count():
        for crowd, client in zip(CROWDS, clients, strict=True):
            taken = timed(lambda: client.get(path).raise_for_status())  # noqa: B023
            if number:  # the first time fills caches
                times[crowd].append(taken)
        if number == RUNS:
            break
    for client in clients:
        client.close()
    alone = median(times[0])
    for crowd, member in zip(CROWDS, members, strict=True):
        name = f"series.day_among {crowd}"
        emit(name, "to_none", emit_times(name, times[crowd]) / alone, "ratio", RUNS)
        emit(name, "queries", page_queries(member, path), "queries", 1)
