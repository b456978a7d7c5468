"""What a directory would change, in words for a page and for a terminal."""

from django.utils.translation import gettext as _

from bookings.models import Equipment, Room
from bookings.rooms import RoomChange
from calendars.directory.plan import DirectoryPlan


def field_label(name: str) -> str:
    """What people call a field of a room."""
    labels = {
        "name": _("Name"),
        "building": _("Building"),
        "floor": _("Floor"),
        "capacity": _("Seats"),
        "equipment": _("Equipment"),
        "timezone": _("Time zone"),
        "calendar_id": _("Calendar"),
        "state": _("State"),
    }
    return labels[name]


def shown(value: object) -> str:
    """A value of a room as a person reads it; equipment in words, nothing as a dash."""
    if isinstance(value, list):
        words = {code: str(Equipment(code).label) for code in value if code in Equipment}
        return ", ".join(words.get(code, str(code)) for code in value) or "–"
    if isinstance(value, Room.State):
        return str(value.label)
    return str(value) if value not in ("", None) else "–"


def plan_lines(plan: DirectoryPlan) -> list[str]:
    """A plan for a terminal, a line for each room that something would happen to."""
    lines = [f"new        {_place(change)}" for change in plan.new.values()]
    for change in plan.changed.values():
        details = ", ".join(
            f"{name} {shown(old)} → {shown(new)}" for name, (old, new) in change.differences.items()
        )
        lines.append(f"changed    {_place(change)}: {details}")
    lines += [
        f"gone       {gone.room.building.name} / {gone.room.name}: {gone.bookings} dates to come"
        for gone in plan.gone
    ]
    for key, reasons in plan.faults.items():
        lines.append(f"left out   {plan.names[key]}: {'; '.join(reasons)}")
    return lines


def _place(change: RoomChange) -> str:
    return f"{change.room.building.name} / {change.room.name}"
