"""A company's rooms from a table: what would change, and changing it all or not at all."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from bookings import live
from bookings.equipment import codes_in
from bookings.models import Room
from bookings.places import Places, save_place
from tenants.audit_log import line, note_all
from tenants.errors import InvalidInput
from tenants.models import AuditEntry, Company, Member
from tenants.scope import active_company_id


@dataclass(frozen=True, kw_only=True)
class RoomRow:
    """One line of the table, as text; what is left empty stays as it is."""

    line: int
    name: str
    building: str
    capacity: str
    floor: str = ""
    equipment: str = ""
    timezone: str = ""
    calendar_id: str = ""


@dataclass(frozen=True)
class RoomChange:
    """What one line does: `differences` holds the old and the new value by field."""

    line: int
    room: Room
    is_new: bool
    differences: dict[str, tuple[object, object]] = field(default_factory=dict)


class BadRows(InvalidInput):
    """Lines that cannot be right; `faults` names each with its reason."""

    code = "bad_rows"

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class RoomFault:
    """Why a line cannot be right."""

    line: int
    message: str

    def __str__(self) -> str:
        return _("line %(line)d: %(fault)s") % {"line": self.line, "fault": self.message}


def import_rooms(*, company: Company, rows: Sequence[RoomRow], dry_run: bool) -> list[RoomChange]:
    """Makes or updates the active company's rooms, and says what each line did.

    A line means the room with its calendar id or, if there is none, with its building and name.
    Rooms that the table leaves out stay. Raises BadRows before anything is written.
    """
    lock_rooms_of(company)
    changes, faults = plan_rooms(company=company, rows=rows)
    if faults:
        raise BadRows([str(fault) for fault in faults])
    if not dry_run:
        write_rooms(changes)
    return changes


def lock_rooms_of(company: Company) -> None:
    """One import at a time, until the transaction ends."""
    Company.objects.select_for_update(no_key=True).get(pk=company.pk)


def plan_rooms(
    *, company: Company, rows: Sequence[RoomRow]
) -> tuple[list[RoomChange], list[RoomFault]]:
    """What lines would do, as `import_rooms` says, and those that cannot be right; none is written.

    A line with a fault does nothing.
    """
    plan = _Plan(company)
    changes, faults = [], _repeated(rows)
    wrong = {fault.line for fault in faults}
    for row in rows:
        if row.line in wrong:
            continue
        try:
            changes.append(plan.change_for(row))
        except ValidationError as error:
            faults += [RoomFault(row.line, message) for message in _sentences(error)]
    return changes, faults


def write_rooms(changes: Iterable[RoomChange], *, by: Member | None = None, door: str = "") -> None:
    """Makes what was planned in this transaction come true; `by` and `door` are for the audit log.

    Open pages are told to look again.
    """
    changed = [change for change in changes if change.is_new or change.differences]
    for change in changed:
        save_place(change.room)
        change.room.save()
    note_all([_line(change, by, door) for change in changed])
    if changed:
        live.announce_places(active_company_id(), [change.room.pk for change in changed])


def room_line(
    room: Room,
    before: Mapping[str, object] | None,
    after: Mapping[str, object],
    *,
    by: Member | None,
    door: str = "",
) -> AuditEntry | None:
    """What the audit log says of a room that is another one now, or new (`before` is None)."""
    if before is None:
        return line("rooms.made", by=by, subject=room, target=room.pk, door=door)
    return line(
        "rooms.changed", by=by, subject=room, target=room.pk, door=door, before=before, after=after
    )


class _Plan:
    """The company's places as they are, with those that the table adds; nothing is written."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.seen: set[int] = set()
        self.places = Places(company)
        rooms = list(Room.objects.select_related("building", "floor"))
        self.by_calendar = {
            room.google_calendar_id: room for room in rooms if room.google_calendar_id
        }
        self.by_name = {(room.building.name, room.name): room for room in rooms}

    def change_for(self, row: RoomRow) -> RoomChange:
        """What a line does. Raises ValidationError."""
        namesake = self.by_name.get((row.building, row.name))
        room = self.by_calendar.get(row.calendar_id) or namesake
        if namesake and room is not namesake:
            raise ValidationError(_("another room has this building and name"))
        is_new = room is None
        room = room or Room(company=self.company)
        if room.pk in self.seen:
            raise ValidationError(_("an earlier line means the same room"))
        if room.pk:
            self.seen.add(room.pk)
        before = room_values(room) if not is_new else {}
        self._fill(room, row)
        room.clean_fields(exclude=["company", "building", "floor", "equipment"])
        after = room_values(room)
        differences = {
            name: (before.get(name), value)
            for name, value in after.items()
            if not is_new and before[name] != value
        }
        return RoomChange(row.line, room, is_new, differences)

    def _fill(self, room: Room, row: RoomRow) -> None:
        if not row.building:
            raise ValidationError({"building": _("is missing")})
        self.places.put(room, building=row.building, floor=row.floor, zone=row.timezone)
        room.name = row.name
        room.capacity = row.capacity  # text; clean_fields makes it a number
        room.equipment = _equipment(row.equipment) if row.equipment else room.equipment
        room.google_calendar_id = row.calendar_id or room.google_calendar_id


def room_values(room: Room) -> dict[str, object]:
    """What a line of a table says about a room, as it is in the room."""
    return {
        "name": room.name,
        "building": room.building.name,
        "floor": room.floor.name if room.floor else "",
        "capacity": room.capacity,
        "equipment": room.equipment,
        "timezone": room.zone_name,
        "calendar_id": room.google_calendar_id,
    }


def room_state(room: Room) -> dict[str, object]:
    """The same, and whether people may book it."""
    return {**room_values(room), "state": room.state}


def _equipment(text: str) -> list[str]:
    try:
        return codes_in(text)
    except ValidationError as error:
        raise ValidationError({"equipment": error.messages}) from error


def _repeated(rows: Sequence[RoomRow]) -> list[RoomFault]:
    names = Counter((row.building, row.name) for row in rows)
    calendars = Counter(row.calendar_id for row in rows if row.calendar_id)
    return [
        RoomFault(row.line, _("this room is there twice"))
        for row in rows
        if names[row.building, row.name] > 1 or calendars[row.calendar_id] > 1
    ]


def _sentences(error: ValidationError) -> Iterable[str]:
    if hasattr(error, "error_dict"):
        for name, messages in error.message_dict.items():
            yield f"{name}: {' '.join(messages)}"
    else:
        yield " ".join(error.messages)


def _line(change: RoomChange, by: Member | None, door: str) -> AuditEntry | None:
    before, after = (
        {name: pair[side] for name, pair in change.differences.items()} for side in (0, 1)
    )
    return room_line(change.room, None if change.is_new else before, after, by=by, door=door)
