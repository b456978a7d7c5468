"""The filters of the day as chips: what can be chosen, what is, and the address of each choice."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.models import Equipment
from bookings.shown import ShownRoom
from bookings.web.day.day_filters import ALL_ROOMS, DayFilter

SIZES = (2, 4, 6, 8, 10, 12, 16, 20, 30, 50, 100)  # seats to choose from


@dataclass(frozen=True)
class Chip:
    """One choice; its address chooses it, or takes it back."""

    label: str
    query: str
    on: bool
    name: str = ""  # for scripts


@dataclass(frozen=True)
class Menu:
    """Choices behind one chip, which says what is chosen."""

    name: str
    label: str
    on: bool
    chips: Sequence[Chip]


@dataclass(frozen=True)
class Chips:
    """All filters of a day. `kept` is what a form about the time carries along."""

    menus: list[Menu]
    toggles: list[Chip]
    free: str
    since: str
    until: str
    kept: list[tuple[str, str]]
    clear: str
    count: str


def chips_of(rooms: DayFilter, all_rooms: Sequence[ShownRoom], shown: int, date: str) -> Chips:
    """The chips for a filter; `date` is empty for today, `shown` the number of rooms it leaves."""
    drawer = _Drawer(rooms, {"date": date} if date else {})
    menus = [*drawer.places(all_rooms), *drawer.sizes(all_rooms), *drawer.equipment(all_rooms)]
    since, until = rooms.free or ("", "")
    is_on = rooms != ALL_ROOMS
    count = ngettext("%(shown)d of %(all)d room", "%(shown)d of %(all)d rooms", len(all_rooms))
    return Chips(
        menus=menus,
        toggles=[
            drawer.toggle(_("Favourites"), "starred"),
            drawer.toggle(_("Bookable"), "bookable"),
        ],
        free=_("Free %(since)s–%(until)s") % {"since": since, "until": until} if since else "",
        since=since,
        until=until,
        kept=[*drawer.more.items(), *replace(rooms, free=None).pairs],
        clear=ALL_ROOMS.query(**drawer.more) if is_on else "",
        count=count % {"shown": shown, "all": len(all_rooms)} if is_on else "",
    )


@dataclass(frozen=True)
class _Drawer:
    rooms: DayFilter
    more: dict[str, str]

    def toggle(self, label: str, name: str) -> Chip:
        on = bool(getattr(self.rooms, name))
        return self._chip(label, on=on, name=name, **{name: not on})

    def places(self, all_rooms: Sequence[ShownRoom]) -> Iterator[Menu]:
        chosen = self.rooms.building_id
        buildings = {room.building_id: room.building for room in all_rooms}
        if len(buildings) > 1:
            chips = [
                self._chip(_("All buildings"), on=chosen is None, building_id=None, floor_id=None),
                *(
                    self._chip(name, on=pk == chosen, building_id=pk, floor_id=None)
                    for pk, name in buildings.items()
                ),
            ]
            label = buildings.get(chosen or 0, _("Building"))
            yield Menu("building", label, chosen is not None, chips)
        if chosen is None and len(buildings) > 1:
            return  # floors of other buildings have the same names
        floors = {
            room.floor_id: room.floor or ""
            for room in all_rooms
            if room.floor_id and chosen in (None, room.building_id)
        }
        if len(floors) > 1:
            floor = self.rooms.floor_id
            chips = [
                self._chip(_("All floors"), on=floor is None, floor_id=None),
                *(self._chip(name, on=pk == floor, floor_id=pk) for pk, name in floors.items()),
            ]
            yield Menu("floor", floors.get(floor or 0, _("Floor")), floor is not None, chips)

    def sizes(self, all_rooms: Iterable[ShownRoom]) -> Iterator[Menu]:
        chosen, capacities = self.rooms.seats, [room.capacity for room in all_rooms]
        sizes = {*_telling(capacities), *([chosen] if chosen else [])}
        if sizes:
            chips = [
                self._chip(_("Any size"), on=not chosen, seats=0),
                *(
                    self._chip(_seats(size), on=size == chosen, seats=size)
                    for size in sorted(sizes)
                ),
            ]
            label = _seats(chosen) if chosen else _("Seats")
            yield Menu("seats", label, bool(chosen), chips)

    def equipment(self, all_rooms: Iterable[ShownRoom]) -> Iterator[Menu]:
        chosen, ours = self.rooms.equipment, list(Equipment.values)
        found = {*chosen}.union(*(room.equipment for room in all_rooms))
        codes = [*(code for code in ours if code in found), *sorted(found.difference(ours))]
        if codes:
            chips = [self._equipment_chip(code) for code in codes]
            yield Menu("equipment", Equipment.words(chosen) or _("Equipment"), bool(chosen), chips)

    def _equipment_chip(self, code: str) -> Chip:
        chosen = {*self.rooms.equipment}
        wanted = tuple(sorted(chosen ^ {code}))
        return self._chip(Equipment.words([code]), on=code in chosen, equipment=wanted)

    def _chip(self, label: str, *, on: bool, name: str = "", **changes: Any) -> Chip:
        return Chip(label, replace(self.rooms, **changes).query(**self.more), on, name)


def _telling(capacities: Sequence[int]) -> Iterator[int]:
    """The sizes that some rooms have and some do not, each with fewer rooms than the one before."""
    before = len(capacities)
    for size in SIZES:
        fitting = sum(capacity >= size for capacity in capacities)
        if 0 < fitting < before:
            yield size
            before = fitting


def _seats(number: int) -> str:
    words = ngettext("%(seats)s seat or more", "%(seats)s seats or more", number)
    return words % {"seats": number}
