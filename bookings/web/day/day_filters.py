"""Which rooms of a day are asked for: an address that can be shared, and what it lets through."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from urllib.parse import urlencode

from django.http import QueryDict

from bookings.house_rules.checking import allowed, leaves_time
from bookings.models import BLOCKING, Room
from bookings.recurrence.wall_clock import to_instant
from bookings.shown import ShownDate, ShownRoom
from bookings.spans import Span
from bookings.web.days import Day
from bookings.web.inputs import END_OF_DAY, parsed
from tenants.errors import NotFound

_YES = "1"
_DECLINED = "declined"


@dataclass(frozen=True)
class DayFilter:
    """What is empty lets every room through. `free` is a time of the day as it was typed."""

    building_id: int | None = None
    floor_id: int | None = None
    seats: int = 0
    equipment: tuple[str, ...] = ()
    free: tuple[str, str] | None = None
    starred: bool = False
    bookable: bool = False

    @classmethod
    def of(cls, query: QueryDict) -> "DayFilter":
        """The filter of an address; raises InvalidInput for what cannot be read."""
        since, until = query.get("from"), query.get("until")
        return cls(
            building_id=_number(query, "building"),
            floor_id=_number(query, "floor"),
            seats=_number(query, "seats") or 0,
            equipment=tuple(sorted({code for code in query.getlist("equipment") if code})),
            free=(since, until) if since and until else None,
            starred=query.get("starred") == _YES,
            bookable=query.get("bookable") == _YES,
        )

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Its part of an address, name by name."""
        since, until = self.free or ("", "")
        plain = {
            "building": self.building_id,
            "floor": self.floor_id,
            "seats": self.seats,
            "from": since,
            "until": until,
            "starred": _YES if self.starred else "",
            "bookable": _YES if self.bookable else "",
        }
        found = [(name, str(value)) for name, value in plain.items() if value]
        return [*found, *(("equipment", code) for code in self.equipment)]

    @property
    def depends_on_now(self) -> bool:
        """Whether it may let other rooms through a minute later, though nothing was changed."""
        return self.bookable or self.free is not None

    def query(self, **more: str) -> str:
        return urlencode([*more.items(), *self.pairs])

    def of_places(self, rooms: list[ShownRoom]) -> list[ShownRoom]:
        """The rooms in the chosen building and on the chosen floor; raises NotFound where the
        company has no room there."""
        for name in ("building_id", "floor_id"):
            wanted = getattr(self, name)
            if wanted is not None:
                rooms = [room for room in rooms if getattr(room, name) == wanted]
                if not rooms:
                    raise NotFound
        return rooms

    def of_kind(
        self, rooms: Iterable[ShownRoom], day: Day, *, now: datetime, until: datetime
    ) -> list[ShownRoom]:
        """The rooms that are as wished; `until` is where the company's bookings end."""
        wanted = {*self.equipment}
        whole = Span(day.starts_at, day.ends_at)
        return [
            room
            for room in rooms
            if room.capacity >= self.seats
            and wanted.issubset(room.equipment)
            and (room.starred or not self.starred)
            and (not self.bookable or _can_be_booked(room, whole, now, until))
        ]

    def of_free(
        self,
        rooms: Iterable[ShownRoom],
        dates: Iterable[ShownDate],
        day: Day,
        *,
        now: datetime,
        until: datetime,
    ) -> list[ShownRoom]:
        """The rooms that can be had at the wished time, as far as a day shows it."""
        if self.free is None:
            return [*rooms]
        span = _span(self.free, day)
        taken = {
            date.room_id
            for date in dates
            if _blocks(date) and date.starts_at < span.ends_at and span.starts_at < date.ends_at
        }
        return [
            room
            for room in rooms
            if room.pk not in taken
            and room.state == Room.State.OPEN
            and not _is_held(room, span)
            and allowed(room, [span], now=now, until=until)
        ]


ALL_ROOMS = DayFilter()


def _number(query: QueryDict, name: str) -> int | None:
    typed = query.get(name)
    return parsed(int, typed) if typed else None


def _span(free: tuple[str, str], day: Day) -> Span:
    since, until = (_instant(typed, day) for typed in free)
    return Span(since, until if until > since else since + timedelta(minutes=1))


def _instant(typed: str, day: Day) -> datetime:
    if typed == END_OF_DAY:
        return day.ends_at
    clock = parsed(time.fromisoformat, typed).replace(tzinfo=None)
    return to_instant(datetime.combine(day.date, clock), day.zone)


def _blocks(date: ShownDate) -> bool:
    """Whether a date takes its room, as `Occurrence.blocks` has it."""
    declined = date.room_response == _DECLINED
    return date.status in BLOCKING and not (date.transparent or declined)


def _is_held(room: ShownRoom, span: Span) -> bool:
    return any(
        datetime.fromisoformat(hold["starts_at"]) < span.ends_at
        and span.starts_at < datetime.fromisoformat(hold["ends_at"])
        for hold in room.held
    )


def _can_be_booked(room: ShownRoom, day: Span, now: datetime, until: datetime) -> bool:
    return room.state == Room.State.OPEN and leaves_time(room, day, now=now, until=until)
