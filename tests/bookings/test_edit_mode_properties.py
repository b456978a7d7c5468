"""Random edits of random series against a plain model of the rule book.

The pure parts first, on values; then people's edits through the services, on the real database:
the model says date by date what has to stand, whatever was edited before.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count, pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bookings.drafts import Actor, Attendee
from bookings.edits.edit_modes import Scope, is_cancelled
from bookings.edits.editing import cancel_booking, change_booking
from bookings.errors import InvalidRule, RoomTaken
from bookings.guests import guests_of_dates
from bookings.models import BLOCKING, Booking, Door, Occurrence, Participant
from bookings.occurrences import series_of
from bookings.recurrence import Place, Recurrence, Series, expand, place_at, to_instant
from bookings.recurrence.edits import cut, shifted
from tenants.errors import DomainError
from tenants.scope import company_scope
from tests.bookings.random_rules import ZONES, rules, starts
from tests.bookings.rule_reference import reference_starts
from tests.bookings.test_recurrence_properties import BEGIN, BEYOND, END, property_of
from tests.conftest import Cast
from tests.factories import at, make_booking, make_room

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
zones = st.sampled_from(ZONES)
quarters = st.integers(-95, 95).map(lambda number: number * timedelta(minutes=15))


def begun(rule: str, start: datetime, zone: str = "UTC", **dates: Any) -> Series:
    """A series that begins on its rule."""
    found = reference_starts(rule, start, BEYOND)
    assume(found)
    return Series(found[0], zone, HOUR, Recurrence(rule, **dates))


def places_of(series: Series) -> list[Place]:
    try:
        return expand(series, BEGIN, END)
    except InvalidRule:  # too many
        assume(False)
        raise


def locals_of(series: Series) -> list[datetime]:
    return [place.original_start for place in places_of(series)]


# ---- a series cut in two -------------------------------------------------------------------


@property_of(
    short=40,
    rule=rules(),
    start=starts,
    zone=zones,
    until=st.booleans(),
    out=st.sets(st.integers(0, 20), max_size=3),
    extra=st.sets(starts, max_size=3),
    which=st.integers(1, 60),
)
def test_a_series_in_two_parts_has_the_same_places(
    rule: str, start: datetime, zone: str, until: bool, out: set[int], extra: set[datetime],
    which: int,
) -> None:  # fmt: skip
    if until and "COUNT" not in rule:
        rule += ";UNTIL=20120511T101500Z"
    plain = locals_of(begun(rule, start, zone))
    excluded = tuple(sorted(place for number, place in enumerate(plain) if number in out))
    whole = begun(rule, start, zone, rdates=tuple(sorted(extra)), exdates=excluded)
    places = places_of(whole)
    assume(1 <= which < len(places))
    key = places[which].original_start
    # Where clocks change, two wall-clock times may be out of order: no place to cut at.
    assume(all((place.original_start < key) == (place in places[:which]) for place in places))
    earlier, later = cut(whole, key)
    assert places_of(earlier) == places[:which]
    assert places_of(later) == places[which:]


# ---- a series moved ------------------------------------------------------------------------


def days_of(rule: str, places: list[datetime]) -> bool:
    """Whether a rule names several days of a period, so that only one of them moves."""
    parts = dict(part.split("=") for part in rule.split(";"))
    return "," in parts.get("BYDAY", "") or "," in parts.get("BYMONTHDAY", "")


def expected(rule: str, places: list[datetime], key: datetime, by: timedelta) -> set[datetime]:
    """Where each place goes when `key` moves `by`, by the words of the rule book."""
    days = (key + by).date() - key.date()
    clock = by - days
    if not days or not days_of(rule, places):
        return {place + by for place in places}
    if "WEEKLY" in rule and (days % (7 * DAY)) == timedelta():
        return {place + by for place in places}
    by_week = "BYDAY" in rule
    alike = {
        place
        for place in places
        if (place.weekday() == key.weekday() if by_week else place.day == key.day)
    }
    return {place + clock + (days if place in alike else timedelta()) for place in places}


simple_rules = st.one_of(
    st.builds("FREQ=DAILY;INTERVAL={}".format, st.integers(1, 4)),
    st.builds(
        "FREQ=WEEKLY;INTERVAL={};BYDAY={}".format,
        st.integers(1, 3),
        st.lists(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), min_size=1,
                 max_size=4, unique=True).map(",".join),
    ),
    st.builds("FREQ=WEEKLY;INTERVAL={}".format, st.integers(1, 3)),
    st.builds("FREQ=MONTHLY;BYMONTHDAY={}".format, st.integers(1, 28)),
    st.just("FREQ=MONTHLY;BYMONTHDAY=3,12,20"),
    st.just("FREQ=MONTHLY"),
    st.just("FREQ=YEARLY"),
)  # fmt: skip
ends = st.one_of(
    st.just(""),
    st.integers(1, 40).map(";COUNT={}".format),
    st.sampled_from([";UNTIL=20120320", ";UNTIL=20120320T093000Z"]),
)


@property_of(
    short=50, rule=simple_rules, end=ends, start=starts, zone=zones, which=st.integers(0, 50),
    by=st.builds(lambda days, clock: days * DAY + clock, st.integers(-9, 9), quarters),
)  # fmt: skip
def test_a_moved_series_is_where_its_places_went(
    rule: str, end: str, start: datetime, zone: str, which: int, by: timedelta
) -> None:
    series = begun(rule + end, start, zone)
    places = locals_of(series)
    assume(which < len(places))
    key = places[which]
    try:
        moved, shift = shifted(series, key, by)
    except InvalidRule:
        assume(False)
        raise
    wanted = expected(rule, places, key, by)
    assert {shift(place) for place in places} == wanted
    # Near the end of the window, a place may have moved in or out of it.
    last = END - 11 * DAY
    found = {place.starts_at for place in places_of(moved)}
    instants = {to_instant(place, series.zone) for place in wanted}
    assert {each for each in found if each < last} == {each for each in instants if each < last}


@property_of(short=30, rule=rules(), start=starts, which=st.integers(0, 50), minutes=quarters)
def test_a_new_time_of_the_same_day_is_never_refused(
    rule: str, start: datetime, which: int, minutes: timedelta
) -> None:
    assume("BYHOUR" not in rule and "BYMINUTE" not in rule)
    series = begun(rule, start)
    places = locals_of(series)
    assume(which < len(places) and (places[which] + minutes).date() == places[which].date())
    moved, _shift = shifted(series, places[which], minutes)
    assert locals_of(moved) == [place + minutes for place in places]


@property_of(
    short=50, rule=simple_rules, end=ends, start=starts, which=st.integers(0, 50),
    by=st.builds(lambda days, clock: days * DAY + clock, st.integers(-5, 5), quarters),
)  # fmt: skip
def test_a_move_and_its_inverse_restore_the_series(
    rule: str, end: str, start: datetime, which: int, by: timedelta
) -> None:
    series = begun(rule + end, start)
    places = locals_of(series)
    assume(which < len(places))
    try:
        moved, shift = shifted(series, places[which], by)
        back, _shift = shifted(moved, shift(places[which]), -by)
    except InvalidRule:
        assume(False)
        raise
    assert locals_of(back) == places


# ---- people's edits on the real database ---------------------------------------------------


@dataclass(frozen=True)
class Date:
    """What the model knows of a date; `place` and `start` are local."""

    part: int
    place: datetime
    start: datetime
    is_own: bool = False
    is_cancelled: bool = False
    title: str = ""  # its own

    def shown(self) -> tuple[datetime, str] | None:
        return None if self.is_cancelled else (self.start, self.title)


class Model:
    """The rule book on a list of dates."""

    def __init__(self, rule: str, places: list[datetime]) -> None:
        self.rule = rule
        self.dates = [Date(0, place, place) for place in places]
        self.titles = {0: "Design review"}

    def standing(self) -> list[Date]:
        return sorted(
            (date for date in self.dates if not date.is_cancelled), key=lambda date: date.start
        )

    def shown(self) -> list[tuple[datetime, str]]:
        return sorted((date.start, self.title(date)) for date in self.standing())

    def title(self, date: Date) -> str:
        return date.title or self.titles[date.part]

    def each(self, reached: Callable[[Date], bool], change: Callable[[Date], Date]) -> None:
        self.dates = [change(date) if reached(date) else date for date in self.dates]

    def cut(self, chosen: Date) -> int:
        """Begins a part at a date, unless one begins there; returns its number."""
        mine = [date for date in self.dates if date.part == chosen.part]
        if chosen.place == min(date.place for date in mine):
            return chosen.part
        number = max(self.titles) + 1
        self.titles[number] = self.titles[chosen.part]
        self.each(
            lambda date: date.part == chosen.part and date.place >= chosen.place,
            lambda date: replace(date, part=number),
        )
        return number

    def move(self, chosen: Date, scope: str, by: timedelta) -> None:
        part = self.cut(chosen) if scope == Scope.FOLLOWING else chosen.part
        days = (chosen.place + by).date() - chosen.place.date()
        one_of_several = "," in self.rule and days
        whole_weeks = days % (7 * DAY) == timedelta()

        def moved(date: Date) -> Date:
            step = by
            if one_of_several and not whole_weeks:
                same = date.place.weekday() == chosen.place.weekday()
                step = by if same else by - days
            place = date.place + step
            if date.is_own:
                is_chosen = date.place == chosen.place and date.start == chosen.start
                return replace(date, place=place, start=date.start + (by if is_chosen else 0 * by))
            return replace(date, place=place, start=place)

        self.each(lambda date: date.part == part, moved)

    def copy(self) -> "Model":
        twin = Model(self.rule, [])
        twin.dates, twin.titles = list(self.dates), dict(self.titles)
        return twin

    def overlaps(self) -> bool:
        found = [date.start for date in self.standing()]
        return any(later - earlier < HOUR for earlier, later in pairwise(found))


class Play:
    """One series, edited on the database and in the model alike."""

    def __init__(self, cast: Cast, rule: str, start: datetime, number: int) -> None:
        self.cast = cast
        self.room = make_room(cast.company, f"Room {number}")
        self.numbers = count()
        row = make_booking(cast.alice, self.room, start=start, recurrence=(f"RRULE:{rule}",))
        places = [place.original_start for place in self._rows_of(row.booking)]
        self.model = Model(rule, places)

    def _rows_of(self, booking: Booking) -> list[Occurrence]:
        with company_scope(self.cast.company.pk):
            return list(booking.occurrences.order_by("original_start"))

    def rows(self) -> list[Occurrence]:
        with company_scope(self.cast.company.pk):
            found = Occurrence.objects.filter(room=self.room).select_related("booking", "room")
            return list(found.order_by("starts_at", "pk"))

    def shown(self) -> list[tuple[datetime, str]]:
        return sorted((_local(row.starts_at), row.shown_title) for row in self.rows() if row.blocks)

    def check_guests(self) -> None:
        with company_scope(self.cast.company.pk):
            rows = [row for row in self.rows() if row.blocks]
            guests = guests_of_dates(rows)
        for row in rows:
            wanted = [guest_named(row.shown_title)] if row.shown_title != "Design review" else []
            assert [guest.email for guest in guests[row.pk]] == wanted

    def everything(self) -> list[dict[str, Any]]:
        with company_scope(self.cast.company.pk):
            people = Participant.objects.filter(booking__room=self.room).order_by("pk")
            rows = Occurrence.objects.filter(room=self.room).order_by("pk")
            bookings = Booking.objects.filter(room=self.room).order_by("pk")
            return [dict(row) for found in (rows, bookings, people) for row in found.values()]

    def find(self, date: Date) -> Occurrence:
        (row,) = [row for row in self.rows() if row.blocks and _local(row.starts_at) == date.start]
        return row

    def edit(self, date: Date, scope: str, by: timedelta, title: str) -> None:
        row = self.find(date)
        changes: Any = {}
        if title:  # whoever is named in it comes: both go by the same rules
            changes = {"title": title, "attendees": (Attendee(email=guest_named(title)),)}
        if by:
            changes |= {"starts_at": row.starts_at + by, "ends_at": row.ends_at + by}
        with company_scope(self.cast.company.pk):
            change_booking(
                by=Actor(Door.WEB, self.cast.alice),
                company=self.cast.company,
                occurrence=row,
                scope=scope,
                changes=changes,
            )

    def cancel(self, date: Date, scope: str) -> None:
        row = self.find(date)
        with company_scope(self.cast.company.pk):
            cancel_booking(
                by=Actor(Door.WEB, self.cast.alice),
                company=self.cast.company,
                occurrence=row,
                scope=scope,
            )

    def step(self, which: int, act: str, by: timedelta) -> None:
        """One edit; where it is refused nothing has changed."""
        standing = self.model.standing()
        if not standing:
            return
        date = standing[which % len(standing)]
        wanted, before = self.model.copy(), self.everything()
        refusal = self.act(wanted, date, act, by)
        if refusal is not None:
            assert self.everything() == before
            # Other refusals: a rule that cannot follow, or dates that would be over.
            assert wanted.overlaps() or not isinstance(refusal, RoomTaken)
            return
        assert not wanted.overlaps()
        self.model = wanted

    def act(self, model: Model, date: Date, act: str, by: timedelta) -> DomainError | None:
        """Does it on both sides; returns why the services refused it."""
        kind, _sep, scope = act.partition(" ")
        title = f"Title {next(self.numbers)}"
        try:
            if kind == "cancel":
                _cancel(model, date, scope)
                self.cancel(date, scope)
            elif kind == "name":
                _name(model, date, scope, title)
                self.edit(date, scope, timedelta(), title)
            else:
                _move(model, date, scope, by)
                self.edit(date, scope, by, "")
        except DomainError as error:
            return error
        return None

    def check(self) -> None:
        assert self.shown() == self.model.shown()
        self.check_guests()
        for booking in {row.booking for row in self.rows()}:
            self._check_rule(booking)

    def _check_rule(self, booking: Booking) -> None:
        """The rule names the dates that stand, and no cancelled one that Google would not know."""
        rows = {row.original_start: row for row in self._rows_of(booking)}
        given = expand(series_of(booking), at(0), self.cast.company.bookable_until)
        named = {place.original_start for place in given}
        assert named <= set(rows)
        assert {key for key, row in rows.items() if row.status in BLOCKING} <= named
        for key in named:
            row = rows[key]
            plain = row.status in BLOCKING and not row.override_mask
            assert not plain or row.starts_at == place_at(series_of(booking), key).starts_at
            assert row.status in BLOCKING or is_cancelled(row)


def guest_named(title: str) -> str:
    return f"{title.lower().replace(' ', '.')}@x.example"


def _local(instant: datetime) -> datetime:
    """The wall clock in Seoul, which has no summer time."""
    return instant.replace(tzinfo=None) + 9 * HOUR


def _cancel(model: Model, chosen: Date, scope: str) -> None:
    def goes(date: Date) -> bool:
        if scope == Scope.THIS:
            return date == chosen
        later = _is_after(model, date, chosen)
        return scope == Scope.ALL or later

    model.each(goes, lambda date: replace(date, is_cancelled=True))


def _is_after(model: Model, date: Date, chosen: Date) -> bool:
    """Whether a date is the chosen one or follows it, in its own part or a later one."""
    if date.part == chosen.part:
        return date.place >= chosen.place
    first = min(each.place for each in model.dates if each.part == date.part)
    return first > chosen.place


def _name(model: Model, chosen: Date, scope: str, title: str) -> None:
    if scope == Scope.THIS:
        model.each(lambda date: date == chosen, lambda date: replace(date, title=title))
        return
    reached = {
        date.part
        for date in model.dates
        if date.part != chosen.part and (scope == Scope.ALL or _is_after(model, date, chosen))
    }
    part = model.cut(chosen) if scope == Scope.FOLLOWING else chosen.part
    model.titles |= dict.fromkeys({part, *reached}, title)
    model.each(
        lambda date: date.place == chosen.place and date.part == part,
        lambda date: replace(date, title=""),
    )


def _move(model: Model, chosen: Date, scope: str, by: timedelta) -> None:
    if scope == Scope.THIS:
        place = chosen.start + by
        model.each(
            lambda date: date == chosen,
            lambda date: replace(date, start=place, is_own=place != date.place),
        )
    else:
        model.move(chosen, scope, by)


SERIES = [
    "FREQ=WEEKLY;COUNT=8",
    "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=10",
    "FREQ=DAILY;COUNT=9",
    "FREQ=DAILY;INTERVAL=2;UNTIL=20270112T145959Z",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;COUNT=8",
    "FREQ=MONTHLY;BYMONTHDAY=18;COUNT=5",
]
OF_ONE = ("move this", "move this", "cancel this", "name this")
OF_SEVERAL = (
    "move all", "move all", "move following", "move following",
    "name all", "name following", "cancel following",
)  # fmt: skip


def any_story(dice: Random) -> list[str]:
    """Exceptions first, then edits that have to respect them, and so again."""
    acts: list[str] = []
    for _round in range(dice.randint(1, 2)):
        acts += dice.choices(OF_ONE, k=dice.randint(1, 3))
        acts += dice.choices(OF_SEVERAL, k=dice.randint(1, 3))
    return [*acts, "cancel all"] if dice.random() < 0.1 else acts


def any_move(dice: Random) -> timedelta:
    """Never none at all: an edit that changes nothing cuts no series."""
    days = dice.choice([0, 0, 0, 1, 1, -1, 2, 3, -2, 7, -7])
    return days * DAY + dice.choice([-6, -3, -1, 1, 2, 5]) * timedelta(minutes=30)


@pytest.mark.parametrize(
    "examples",
    [15, pytest.param(2000, marks=[pytest.mark.soak, pytest.mark.timeout(3600)])],
)
def test_any_edits_of_a_series_end_as_the_rule_book_says(seoul: Cast, examples: int) -> None:
    numbers = count()

    @settings(
        max_examples=examples, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(seed=st.integers(0, 2**32))
    def play(seed: int) -> None:
        dice = Random(seed)
        run = Play(seoul, dice.choice(SERIES), at(10, day=18), next(numbers))
        for act in any_story(dice):
            run.step(dice.randrange(30), act, any_move(dice))
            run.check()

    play()
