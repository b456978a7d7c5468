"""The figures of a report as lines: for the page in words, for spreadsheets in plain numbers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.usage.figures import HOUR, Tally, Usage
from bookings.web.days import first_weekday

LEVELS = 10  # of the heat map's colour
_A_MONDAY = date(2024, 1, 1)
_AHEAD = (
    gettext_lazy("under 15 min"),
    gettext_lazy("15 min to 1 h"),
    gettext_lazy("1 to 4 h"),
    gettext_lazy("4 to 24 h"),
    gettext_lazy("1 to 3 days"),
    gettext_lazy("3 to 7 days"),
    gettext_lazy("1 to 4 weeks"),
    gettext_lazy("over 4 weeks"),
)


@dataclass(frozen=True)
class Cell:
    """An hour of a weekday; without a percentage where no room was meant to be used."""

    percent: int | None
    booked: str

    @property
    def level(self) -> int:
        return -(-(self.percent or 0) * LEVELS // 100)


@dataclass(frozen=True)
class HeatMap:
    """Hours down, weekdays across, as far as rooms are used at all."""

    weekdays: list[str]
    lines: list[tuple[str, list[Cell]]]


@dataclass(frozen=True)
class RoomLine:
    """A room's part."""

    name: str
    building: str
    percent: int | None
    booked: str
    meetings: int


@dataclass(frozen=True)
class AheadLine:
    """How many bookings were made so long ahead."""

    words: str
    bookings: int
    percent: int


def heat_map(usage: Usage) -> HeatMap:
    """Where the week is full, from the first hour that counts to the last."""
    weekdays = [(first_weekday() + day) % 7 for day in range(7)]
    hours = {hour for (_weekday, hour), tally in usage.hours.items() if tally.meant or tally.booked}
    shown = range(min(hours), max(hours) + 1) if hours else range(0)
    lines = [
        (f"{hour:02}:00", [_cell(usage.hours.get((day, hour), Tally())) for day in weekdays])
        for hour in shown
    ]
    return HeatMap([_weekday(day) for day in weekdays], lines)


def room_lines(usage: Usage) -> list[RoomLine]:
    """The rooms, the most used first."""
    return [
        RoomLine(
            room.name, room.building, _percent(tally), hours_words(tally.booked), tally.meetings
        )
        for room, tally in usage.rooms
    ]


def ahead_lines(usage: Usage) -> list[AheadLine]:
    """How long ahead bookings were made, from the shortest on."""
    made = sum(usage.ahead)
    return [
        AheadLine(str(words), number, round(number * 100 / made) if made else 0)
        for words, number in zip(_AHEAD, usage.ahead, strict=True)
    ]


def hours_of(minutes: int) -> str:
    """Hours with one place behind the point."""
    return f"{minutes / HOUR:.1f}"


def hours_words(minutes: int) -> str:
    """The same for people: “2,523 h”, “7.5 h”."""
    places = 1 if minutes % HOUR else 0
    hours = number_format(minutes / HOUR, decimal_pos=places, force_grouping=True)
    return _("%(hours)s h") % {"hours": hours}


def _cell(tally: Tally) -> Cell:
    return Cell(_percent(tally), hours_of(tally.booked).removesuffix(".0") if tally.booked else "")


def _percent(tally: Tally) -> int | None:
    return None if tally.share is None else round(tally.share * 100)


def _weekday(day: int) -> str:
    return date_format(_A_MONDAY + timedelta(days=day), "D")


# -- for spreadsheets --------------------------------------------------------------------------


def _hours_table(usage: Usage) -> Iterator[list[str]]:
    yield [_("Weekday"), _("Hour"), _("Share in %"), *_tally_heads()]
    for weekday, hour in sorted(usage.hours):
        tally = usage.hours[weekday, hour]
        yield [_weekday(weekday), f"{hour:02}:00", _plain(_percent(tally)), *_tally_cells(tally)]


def _rooms_table(usage: Usage) -> Iterator[list[str]]:
    yield [_("Building"), _("Room"), _("Share in %"), *_tally_heads(), _("Meetings")]
    for room, tally in usage.rooms:
        cells = [_plain(_percent(tally)), *_tally_cells(tally), str(tally.meetings)]
        yield [room.building, room.name, *cells]


def _ahead_table(usage: Usage) -> Iterator[list[str]]:
    yield [_("Booked ahead"), _("Bookings"), _("Part in %")]
    for line in ahead_lines(usage):
        yield [line.words, str(line.bookings), str(line.percent)]


def _tally_heads() -> list[str]:
    return [_("Hours to be used"), _("Hours booked in them"), _("Hours booked outside")]


def _tally_cells(tally: Tally) -> list[str]:
    return [hours_of(minutes) for minutes in (tally.meant, tally.within, tally.outside)]


def _plain(percent: int | None) -> str:
    return "" if percent is None else str(percent)


TABLES: dict[str, Callable[[Usage], Iterator[list[str]]]] = {
    "hours": _hours_table,
    "rooms": _rooms_table,
    "ahead": _ahead_table,
}
