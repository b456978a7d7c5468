"""Orders about calendars, rooms and events, the latter as a person edits them."""

import dataclasses
from typing import Any

from standins.google import ui_edits, writing
from standins.google.model import Building, Calendar, Room
from standins.google.orders import Json, Orders
from standins.google.rendering import full


class CalendarControls(Orders):
    """Calendars and what stands in them."""

    def add_calendar(
        self,
        id: str,
        summary: str | None = None,
        time_zone: str = "UTC",
        kind: str = "secondary",
        owner: str | None = None,
        acl: dict[str, str] | None = None,
        push: bool = True,
    ) -> None:
        """A calendar with access rules such as {"user:a@x": "writer", "default": "reader"}."""
        calendar = Calendar(id, summary or id, time_zone, kind, owner)
        calendar.acl, calendar.push_supported = dict(acl or {}), push
        self._place(calendar)

    def add_building(
        self, id: str, domain: str, name: str | None = None, floors: list[str] | None = None
    ) -> None:
        """A building in a domain's Directory."""
        self.world.buildings[id] = Building(id, name or id, floors or ["1"], domain)

    def add_room_calendar(
        self,
        id: str,
        name: str,
        time_zone: str = "UTC",
        domain: str | None = None,
        writers: list[str] | None = None,
        building: str = "",
        floor: str = "",
        capacity: int = 4,
        features: list[str] | None = None,
        push: bool = True,
        auto_accept: bool = True,
    ) -> None:
        """A room: its resource calendar and, with a domain, its Directory entry.

        `writers` may write; with a domain, its admins own the calendar and its members read it;
        with neither, every account may write.
        """
        calendar = Calendar(id, name, time_zone, "resource", None, domain)
        calendar.auto_accept, calendar.push_supported = auto_accept, push
        calendar.acl = {f"user:{email}": "writer" for email in writers or ()}
        if domain:
            calendar.acl[f"domain:{domain}"] = "reader"
            taken = [int(room.resource_id) for room in self.world.rooms.values()]
            number = str(max(taken, default=0) + 1).zfill(9)
            place = (building, floor, capacity, features or [], domain)
            self.world.rooms[id] = Room(id, name, *place, resource_id=number)
            self._floor(building, floor, domain)
        elif writers is None:
            calendar.acl["default"] = "owner"
        self._place(calendar)

    def change_room(self, id: str, **values: Any) -> None:
        """Set what the Directory says of a room: name, building, floor, capacity (0: it does not
        say), features, description, category."""
        allowed = {"name", "building", "floor", "capacity", "features", "description", "category"}
        if unknown := set(values) - allowed:
            raise ValueError(f"cannot set {', '.join(sorted(unknown))}")
        room = self.world.rooms[id] = dataclasses.replace(self.world.rooms[id], **values)
        self._floor(room.building, room.floor, room.domain)

    def delete_room(self, id: str) -> None:
        """Delete a room in the Directory: lists name it no longer, its calendar is not found."""
        del self.world.rooms[id]
        self.world.calendars[id].deleted = True

    def _floor(self, building: str, floor: str, domain: str) -> None:
        if not building:
            return
        known = self.world.buildings.get(building)
        if known is None:
            known = self.world.buildings[building] = Building(building, building, [], domain)
        if floor and floor not in known.floors:
            known.floors.append(floor)

    def change_calendar(self, id: str, **values: Any) -> None:
        """Set fields of a calendar: push_supported, auto_accept, time_zone, summary, deleted."""
        calendar = self.world.calendars[id]
        for name, value in values.items():
            if name not in ("push_supported", "auto_accept", "time_zone", "summary", "deleted"):
                raise ValueError(f"cannot set {name}")
            setattr(calendar, name, value)

    def set_acl(self, id: str, scope: str, role: str | None) -> None:
        """Give or (None) take a role; sync tokens of the calendar die, as with Google."""
        calendar = self.world.calendars[id]
        calendar.acl.pop(scope, None)
        calendar.acl |= {scope: role} if role else {}
        calendar.token_epoch += 1

    def invalidate_sync_tokens(self, id: str | None = None) -> None:
        """Let sync tokens answer 410, of one calendar or all."""
        for calendar in self.world.calendars.values():
            if id in (None, calendar.id):
                calendar.token_epoch += 1

    def ui_create(self, calendar: str, body: Json, actor: str | None = None) -> Json:
        """Create an event as Google's own page does; returns it."""
        target = self.world.calendars[calendar]
        event = writing.insert(self.world, target, body, actor=actor or target.id)
        return full(self.world, target, event)

    def ui_edit(
        self,
        calendar: str,
        event: str,
        scope: str = "this",
        summary: str | None = None,
        start: str | None = None,
        end: str | None = None,
        fields: Json | None = None,
    ) -> Json:
        """Retitle or move an event; `scope` this, following or all. Returns what stands there."""
        if scope not in ui_edits.SCOPES:
            raise ValueError(f"scope is one of {', '.join(ui_edits.SCOPES)}")
        target = self.world.calendars[calendar]
        change = ui_edits.Change(summary, start, end, fields)
        return full(self.world, target, ui_edits.edit(self.world, target, event, change, scope))

    def ui_delete(self, calendar: str, event: str, scope: str = "this") -> None:
        """Delete an event; `scope` this, following or all."""
        if scope not in ui_edits.SCOPES:
            raise ValueError(f"scope is one of {', '.join(ui_edits.SCOPES)}")
        ui_edits.delete(self.world, self.world.calendars[calendar], event, scope)

    def events(self, calendar: str, cancelled: bool = False) -> list[Json]:
        """What a calendar holds: singles, masters and exceptions."""
        target = self.world.calendars[calendar]
        kept = [e for e in target.events.values() if cancelled or not e.cancelled]
        return [full(self.world, target, event) for event in kept]
