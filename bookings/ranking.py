"""How well a free room suits a wish, and why, in words. No queries."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.alternatives import meets, nearest_start
from bookings.house_rules.judging import breach_of
from bookings.house_rules.reading import rules_of
from bookings.house_rules.words import length_words
from bookings.models import Equipment, Room
from bookings.recurrence import to_local
from bookings.spans import MARK, Span

OTHER_BUILDING = 10  # any floor of the same one is nearer
_NONE = timedelta()
AT_ONCE = timedelta(minutes=15)  # between two meetings that follow each other


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody looks for: `length` somewhere in the window, or all of it.

    At `any_hour`, or while people work if that is long enough for it.
    `busy` are times at which people cannot come without whom it makes no sense, `optional` those
    of others, by e-mail address.
    """

    window: Span
    length: timedelta
    seats: int = 1
    equipment: Collection[str] = ()
    building_id: int | None = None
    any_hour: bool = False
    busy: Sequence[Span] = ()
    optional: Mapping[str, Sequence[Span]] = field(default_factory=dict)

    @property
    def is_exact(self) -> bool:
        """Whether it is meant for one time and no other."""
        return self.length == self.window.length

    @property
    def first(self) -> Span:
        """The time that is wanted most."""
        return Span(self.window.starts_at, self.window.starts_at + self.length)


@dataclass(frozen=True)
class Place:
    """Where somebody was: a room, its building and floor, and how high that is."""

    room_id: int
    building_id: int
    floor_id: int | None
    storey: int | None


@dataclass(frozen=True)
class Habits:
    """What is known of who asks: where they were last, and what they have booked around."""

    last: Place | None = None
    own: Sequence[Span] = ()


@dataclass(frozen=True)
class Slot:
    """A free time in a room, and how long the room is free around it."""

    span: Span
    gap: Span
    away: Sequence[str] = ()  # optional people who are busy then


@dataclass(frozen=True)
class FreeRoom:
    """A room with the times that suit, the best first. Of two scores the lower one is better."""

    room: Room
    slots: Sequence[Slot]
    score: float
    wish: Wish
    habits: Habits

    @cached_property
    def reasons(self) -> list[str]:
        """Why the room is offered, in a few short words each."""
        reasons = _reasons(self.room, self.slots[0], self.wish, self.habits)
        return list(dict.fromkeys(reasons))  # two meetings at one hour are one reason


def rated(
    room: Room, gaps: Iterable[Span], wish: Wish, habits: Habits, *, most: int
) -> FreeRoom | None:
    """A room by its gaps, with at most so many times; None where the wish fits into no gap."""
    found = [slot for gap in gaps if (slot := _slot_in(gap, wish, room))]
    if not found:
        return None
    costs = sorted((_cost_of(slot, wish), slot.span.starts_at, slot) for slot in found)
    score = costs[0][0] + _cost_of_room(room, wish, habits.last)
    slots = [slot for _cost, _start, slot in costs[:most]]
    return FreeRoom(room, slots, score, wish, habits)


def ranked(rooms: Iterable[FreeRoom]) -> list[FreeRoom]:
    """The best first; alike ones in the order of the company's rooms."""
    return sorted(rooms, key=lambda free: (free.score, order_of(free.room)))


def order_of(room: Room) -> tuple[object, ...]:
    """The place of a room in its company: by building and floor."""
    storey = room.floor.position if room.floor else 0
    return (room.building.position, room.building.name, storey, room.position, room.name, room.pk)


def _slot_in(gap: Span, wish: Wish, room: Room) -> Slot | None:
    """The time in a gap that is nearest to the wanted one, if the room's rules allow it."""
    rules = rules_of(room)
    start = nearest_start(gap, wish.first, mark=rules.step.value if rules.step else MARK)
    if start is None:
        return None
    span = Span(start, start + wish.length)
    if breach_of(span, rules, None):
        return None
    away = [email for email, busy in wish.optional.items() if meets(span, busy)]
    return Slot(span, gap, away)


def missing_equipment(room: Room, wish: Wish) -> list[str]:
    """The codes of what was asked for and is not there."""
    return [code for code in wish.equipment if code not in room.equipment]


def _cost_of(slot: Slot, wish: Wish) -> float:
    shift: float = abs(slot.span.starts_at - wish.window.starts_at) / MARK
    return 4 * shift + 3 * len(slot.away) - 2 * (slot.span == slot.gap)


def _cost_of_room(room: Room, wish: Wish, last: Place | None) -> float:
    spare = max(0, room.capacity - wish.seats)
    return _distance(room, wish, last) + spare / 2 + 5 * len(missing_equipment(room, wish))


def _distance(room: Room, wish: Wish, last: Place | None) -> float:
    """How far a room is from the building that is asked for, and from where the person was last."""
    if wish.building_id not in (None, room.building_id):
        return OTHER_BUILDING
    if last is None:
        return 0
    if room.building_id != last.building_id:
        return 0 if wish.building_id else OTHER_BUILDING
    if room.floor is None or last.storey is None:
        return 0
    return float(min(OTHER_BUILDING - 1, 3 * abs(room.floor.position - last.storey)))


def _reasons(room: Room, slot: Slot, wish: Wish, habits: Habits) -> Iterable[str]:
    yield _seats(room, wish)
    if near := _near(room, habits.last):
        yield near
    yield from _beside_own(room, slot, habits)
    if slot.span == slot.gap and not wish.is_exact:
        yield _("fills a gap exactly")
    if slot.away:
        yield _("%(names)s cannot come") % {"names": ", ".join(slot.away)}


def _seats(room: Room, wish: Wish) -> str:
    spare = room.capacity - wish.seats
    seats = ngettext("%(seats)s seat", "%(seats)s seats", room.capacity) % {"seats": room.capacity}
    if wish.seats <= 1:
        return seats
    if not spare:
        return _("%(seats)s, just right") % {"seats": seats}
    return _("%(seats)s, %(spare)d to spare") % {"seats": seats, "spare": spare}


def _near(room: Room, last: Place | None) -> str:
    if last is None or room.building_id != last.building_id:
        return ""
    if room.pk == last.room_id:
        return _("the room you had last")
    if room.floor_id and room.floor_id == last.floor_id:
        return _("same floor as your last booking")
    return _("same building as your last booking")


def _beside_own(room: Room, slot: Slot, habits: Habits) -> Iterable[str]:
    for own in habits.own:
        if _NONE <= slot.span.starts_at - own.ends_at < AT_ONCE:
            yield _("right after your %(clock)s") % {"clock": _clock(own, room)}
        elif _NONE <= own.starts_at - slot.span.ends_at < AT_ONCE:
            yield _("right before your %(clock)s") % {"clock": _clock(own, room)}


def _clock(own: Span, room: Room) -> str:
    return f"{to_local(own.starts_at, ZoneInfo(room.zone_name)):%H:%M}"


def lacks(room: Room, wish: Wish) -> Iterable[str]:
    """What a room is missing of a wish."""
    if wish.building_id not in (None, room.building_id):
        yield _("in %(building)s") % {"building": room.building}
    if missing := missing_equipment(room, wish):
        yield _("without: %(equipment)s") % {"equipment": Equipment.words(missing)}


def shifted(by: timedelta) -> str:
    """How much earlier or later a time is than what was asked for."""
    if by == _NONE:
        return _("outside of working hours")
    length = {"length": length_words(abs(by))}
    return (_("%(length)s later") if by > _NONE else _("%(length)s earlier")) % length


def shortened(length: timedelta, wanted: timedelta) -> str:
    """How much shorter a meeting would be."""
    lengths = {"length": length_words(length), "wanted": length_words(wanted)}
    return _("%(length)s instead of %(wanted)s") % lengths
