"""What a company's directory would change about its rooms here: looked at first, then done.

The directory leads for what it says about a room; what it leaves out stays as it is here. A room
that is gone from there is closed, never deleted: its bookings stay where they are.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.equipment import LONGEST_WORD
from bookings.models import Building, Door, Equipment, Room
from bookings.rooms import (
    RoomChange,
    RoomFault,
    RoomRow,
    lock_rooms_of,
    plan_rooms,
    room_values,
    write_rooms,
)
from calendars.models import DirectoryRoom
from tenants.audit_log import note
from tenants.errors import DomainError
from tenants.models import Company, Member

BY_ITSELF = "directory_by_itself"  # key of Company.settings
# How the features of directories are usually called, and our codes for them.
_CODES = {
    "video conference": Equipment.VIDEO,
    "video conferencing": Equipment.VIDEO,
    "videoconference": Equipment.VIDEO,
    "hangouts meet hardware": Equipment.VIDEO,
    "google meet hardware": Equipment.VIDEO,
    "chromebox for meetings": Equipment.VIDEO,
    "화상회의": Equipment.VIDEO,
    "display": Equipment.SCREEN,
    "monitor": Equipment.SCREEN,
    "projector": Equipment.SCREEN,
    "tv": Equipment.SCREEN,
    "스크린": Equipment.SCREEN,
    "프로젝터": Equipment.SCREEN,
    "whiteboard": Equipment.WHITEBOARD,
    "white board": Equipment.WHITEBOARD,
    "화이트보드": Equipment.WHITEBOARD,
    "conference phone": Equipment.PHONE,
    "telephone": Equipment.PHONE,
    "전화": Equipment.PHONE,
    "wheelchair accessible": Equipment.ACCESSIBLE,
}

_NO_CAPACITY = _("The directory does not say for how many people it is.")


class DirectoryChanged(DomainError):
    """Somebody looked at a plan that is not the present one any more."""

    code = "directory_changed"
    status = 409
    message = _("The directory or the rooms changed in the meantime. Look at the changes again.")


@dataclass(frozen=True)
class Gone:
    """A room that the directory names no longer, and how many dates it still has to come."""

    known: DirectoryRoom
    room: Room
    bookings: int


@dataclass(frozen=True)
class DirectoryPlan:
    """What would change. `changes` holds by resource id what the directory says of a room."""

    changes: Mapping[str, RoomChange]
    gone: Sequence[Gone]
    faults: Mapping[str, Sequence[str]]  # by resource id: why nothing is done about a room
    names: Mapping[str, str] = field(default_factory=dict)  # of every room in the directory

    @property
    def new(self) -> dict[str, RoomChange]:
        """Rooms that there are not yet."""
        return {key: change for key, change in self.changes.items() if change.is_new}

    @property
    def changed(self) -> dict[str, RoomChange]:
        """Rooms that would be other than they are."""
        return {key: each for key, each in self.changes.items() if each.differences}

    @property
    def same(self) -> int:
        """How many rooms are here as they are there."""
        return len(self.changes) - len(self.new) - len(self.changed)

    @property
    def todo(self) -> list[str]:
        """The resource ids of all that would change something."""
        return [*self.new, *self.changed, *(each.known.resource_id for each in self.gone)]

    @property
    def tag(self) -> str:
        """Another one for every other plan."""
        told = [
            [(key, room_values(change.room), change.differences)
             for key, change in self.changes.items()],
            [each.known.resource_id for each in self.gone],
        ]  # fmt: skip
        return sha256(repr(told).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Adopted:
    """How many rooms became what the directory says."""

    new: int
    changed: int
    closed: int


def directory_plan(company: Company) -> DirectoryPlan:
    """What the directory, as it was read last, would change. In the company's scope."""
    known = list(DirectoryRoom.objects.order_by("building", "name", "resource_id"))
    there = [each for each in known if each.gone_at is None]
    rows = _rows(company, there)
    changes, faults = plan_rooms(company=company, rows=[row for row in rows if row.capacity])
    faults += [RoomFault(row.line, str(_NO_CAPACITY)) for row in rows if not row.capacity]
    plan = {there[change.line].resource_id: change for change in changes}
    for each in there:
        if each.closed_here and each.resource_id in plan:
            _open_again(plan[each.resource_id])
    return DirectoryPlan(
        changes=plan,
        gone=_gone(known, {each.calendar_id for each in there}),
        faults=_by_resource(there, faults),
        names={each.resource_id: each.name for each in there},
    )


def adopt(
    company: Company,
    *,
    tag: str | None = None,
    only: Collection[str] | None = None,
    by: Member | None = None,
    door: str = "",
) -> Adopted:
    """Makes rooms as the directory says, all of the plan or those with these resource ids.

    `tag` is that of the plan that a person saw; raises DirectoryChanged if it is another by now.
    `by` and `door` are for the audit log. In the company's scope.
    """
    lock_rooms_of(company)
    plan = directory_plan(company)
    if tag is not None and tag != plan.tag:
        raise DirectoryChanged
    chosen = set(plan.todo if only is None else only)
    wanted = {key: change for key, change in plan.changes.items() if key in chosen}
    closing = [each for each in plan.gone if each.known.resource_id in chosen]
    write_rooms([*wanted.values(), *map(_closing, closing)], by=by, door=door)
    DirectoryRoom.objects.filter(resource_id__in=wanted).update(closed_here=False)
    for each in closing:
        DirectoryRoom.objects.filter(pk=each.known.pk).update(closed_here=True)
    new = sum(change.is_new for change in wanted.values())
    changed = sum(bool(change.differences) for change in wanted.values())
    return Adopted(new, changed, len(closing))


def adopt_by_itself(company_id: int) -> None:
    """After a reading: takes over new rooms and changes, if the company wants that.

    It never closes a room by itself: a person looks before anybody loses a room.
    """
    company = Company.objects.get(pk=company_id)
    if follows_by_itself(company):
        plan = directory_plan(company)
        adopt(company, only={*plan.new, *plan.changed}, door=Door.RULE)


def follows_by_itself(company: Company) -> bool:
    """Whether the company wants new rooms and changes taken over without a look."""
    return bool(company.settings.get(BY_ITSELF))


def follow_by_itself(company: Company, wanted: bool, *, by: Member | None = None) -> None:
    """Keeps whether it wants that."""
    before, company.settings[BY_ITSELF] = follows_by_itself(company), wanted
    company.save(update_fields=["settings"])
    note("google.directory", by=by, before={"by_itself": before}, after={"by_itself": wanted})


def equipment_of(features: Sequence[str]) -> list[str]:
    """Codes of equipment for the features of a directory, ours where we have a word for them."""
    words = [" ".join(re.split(r"[\s,;]+", name.lower())).strip() for name in features]
    codes = [str(_CODES.get(word, word[:LONGEST_WORD].strip())) for word in words if word]
    return list(dict.fromkeys(codes))


def _rows(company: Company, there: Sequence[DirectoryRoom]) -> list[RoomRow]:
    rooms = list(Room.objects.select_related("building"))
    by_calendar = {room.google_calendar_id: room for room in rooms if room.google_calendar_id}
    buildings = set(Building.objects.values_list("name", flat=True))
    rows = []
    for line, each in enumerate(there):
        room = by_calendar.get(each.calendar_id)
        building = each.building or (room.building.name if room else company.name)
        # A building that gets another name, or a new one, keeps the hours that its room has kept.
        zone = room.zone_name if room and building not in buildings else ""
        rows.append(
            RoomRow(
                line=line,
                name=each.name,
                building=building,
                floor=each.floor,
                capacity=str(each.capacity or (room.capacity if room else "")),
                equipment=";".join(equipment_of(each.features)),
                timezone=zone,
                calendar_id=each.calendar_id,
            )
        )
    return rows


def _closing(gone: Gone) -> RoomChange:
    room = gone.room
    differences: dict[str, tuple[object, object]] = {"state": (room.state, Room.State.CLOSED)}
    room.state = Room.State.CLOSED
    return RoomChange(0, room, is_new=False, differences=differences)


def _open_again(change: RoomChange) -> None:
    if change.room.state == Room.State.CLOSED:
        change.differences["state"] = (Room.State.CLOSED, Room.State.OPEN)
        change.room.state = Room.State.OPEN


def _gone(known: Sequence[DirectoryRoom], there: Collection[str]) -> list[Gone]:
    to_come = Q(
        occurrences__ends_at__gt=timezone.now(),
        occurrences__status__in=("confirmed", "pending", "held", "conflicted"),
    )
    rooms = (
        Room.objects.select_related("building", "floor")
        .filter(
            google_calendar_id__in={each.calendar_id for each in known} - {*there},
            state=Room.State.OPEN,
        )
        .annotate(to_come=Count("occurrences", filter=to_come))
    )
    by_calendar = {room.google_calendar_id: room for room in rooms}
    return [
        Gone(each, room, room.to_come)
        for each in known
        if (room := by_calendar.get(each.calendar_id)) is not None
    ]


def _by_resource(
    there: Sequence[DirectoryRoom], faults: Sequence[RoomFault]
) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for fault in faults:
        found.setdefault(there[fault.line].resource_id, []).append(fault.message)
    return found
