"""Lines of the audit log as a person reads them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.house_rules.values import Rule
from bookings.house_rules.words import hours_words, length_words
from bookings.models import Booking, BookingEvent, Door, Equipment, Room
from bookings.recurrence.wall_clock import to_local
from bookings.web.audit_log.reading import Item
from bookings.web.history_words import Change, Known, act_words, changes_of, known_of
from tenants.audit_log import ACTS, Area
from tenants.models import AuditEntry, Company, Language, Member

_NOTHING = "–"
_FIELDS = {
    "name": gettext_lazy("Name"),
    "building": gettext_lazy("Building"),
    "floor": gettext_lazy("Floor"),
    "capacity": gettext_lazy("Seats"),
    "equipment": gettext_lazy("Equipment"),
    "timezone": gettext_lazy("Time zone"),
    "calendar_id": gettext_lazy("Calendar"),
    "state": gettext_lazy("State"),
    "language": gettext_lazy("Language"),
    "accent": gettext_lazy("Accent colour"),
    "scopes": gettext_lazy("What it may do"),
    "url": gettext_lazy("Address"),
    "description": gettext_lazy("What it is for"),
    "events": gettext_lazy("What is told"),
    "overlaps": gettext_lazy("Events in Google that overlap"),
    "by_itself": gettext_lazy("By itself"),
    "place": gettext_lazy("Place"),
    "leads": gettext_lazy("Minutes before a meeting"),
    "direct": gettext_lazy("Tell organizers in a direct message"),
    "in_channels": gettext_lazy("Tell the room's channel"),
    "by_mail": gettext_lazy("Mail those whom Slack does not reach"),
    "quiet_from": gettext_lazy("Quiet from"),
    "quiet_until": gettext_lazy("Quiet until"),
    "agenda_at": gettext_lazy("Your day in one message, at"),
    Rule.OPENING_HOURS: gettext_lazy("Opening hours"),
    Rule.MIN_LENGTH: gettext_lazy("Shortest booking"),
    Rule.MAX_LENGTH: gettext_lazy("Longest booking"),
    Rule.NOTICE: gettext_lazy("Minimum notice"),
    Rule.HORIZON: gettext_lazy("How far ahead"),
    Rule.STEP: gettext_lazy("Begins and ends on"),
    Rule.PRIVATE_TITLES: gettext_lazy("Titles only for the people in a booking"),
}


@dataclass(frozen=True)
class LogLine:
    """Who did what, by which door, when (on the company's wall), and what it became.

    `email` finds more of the same person; `path` leads to the thing, if there is a page of it.
    """

    at: datetime
    who: str
    email: str
    door: str
    kind: str
    act: str
    thing: str
    path: str
    changes: list[Change]


def lines_of(
    items: Iterable[Item], zone: ZoneInfo, dates: Mapping[int, Any] | None = None
) -> list[LogLine]:
    """Lines in the order of the log, in two queries; `dates` are addresses of bookings by event."""
    items = list(items)
    events = [item for item in items if isinstance(item, BookingEvent)]
    known = known_of(events, [event.booking.organizer_email for event in events])
    return [
        _of_booking(item, known, zone, (dates or {}).get(item.pk))
        if isinstance(item, BookingEvent)
        else _of_setting(item, zone)
        for item in items
    ]


def table_of(lines: Iterable[LogLine]) -> Iterator[tuple[str, ...]]:
    """The log for spreadsheets."""
    yield (
        _("When"), _("Who"), _("Address"), _("By way of"), _("What"), _("Act"), _("Thing"),
        _("Change"),
    )  # fmt: skip
    for line in lines:
        changes = "; ".join(
            f"{each.what}: {each.before or _NOTHING} → {each.after or _NOTHING}"
            for each in line.changes
        )
        yield (
            f"{line.at:%Y-%m-%d %H:%M:%S}", line.who, line.email, line.door, line.kind, line.act,
            line.thing, changes,
        )  # fmt: skip


def _of_booking(event: BookingEvent, known: Known, zone: ZoneInfo, date: Any) -> LogLine:
    booking = event.booking
    return LogLine(
        at=to_local(event.at, zone),
        who=_who(event.member) or _stranger(event, known),
        email=event.member.email if event.member else "",
        door=str(Door(event.door).label),
        kind=_("Bookings"),
        act=act_words(event.act),
        thing=_booking_words(booking, event.original_start or booking.dtstart_local),
        path=reverse("booking", args=[date]) if date else "",
        changes=changes_of(event, known, ZoneInfo(booking.room.zone_name)),
    )


def _of_setting(entry: AuditEntry, zone: ZoneInfo) -> LogLine:
    act = ACTS[entry.act]
    args = [entry.target] if act.of_one else []
    return LogLine(
        at=to_local(entry.at, zone),
        who=_who(entry.member),
        email=entry.member.email if entry.member else "",
        door=str(Door(entry.door).label),
        kind=str(Area(entry.act.partition(".")[0]).label),
        act=str(act.words),
        thing=entry.subject,
        path=reverse(act.page, args=args),
        changes=[
            Change(_field_words(name), _value(name, before), _value(name, after))
            for name, (before, after) in entry.details.items()
        ],
    )


def _who(member: Member | None) -> str:
    return str(member) if member else ""


def _stranger(event: BookingEvent, known: Known) -> str:
    """Whose act it was where no member did it: in Google it is the organiser's booking."""
    if event.door == Door.KIOSK:
        return _("Somebody at the door")
    made_there = event.act == "created" and event.door == Door.GOOGLE
    return known.person(event.booking.organizer_email) if made_there else ""


def _booking_words(booking: Booking, start: datetime) -> str:
    title = booking.title or _("(no title)")
    return f"{title} · {booking.room} · {start:%Y-%m-%d %H:%M}"


def _field_words(name: str) -> str:
    return str(_FIELDS.get(name, name))


def _value(name: str, value: Any) -> str:
    """A value as it is kept, in words; empty where there is none."""
    if value in (None, "", []):
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    match name:
        case Rule.OPENING_HOURS:
            return ", ".join(hours_words(tuple(zip(value[::2], value[1::2], strict=True))))
        case Rule.MIN_LENGTH | Rule.MAX_LENGTH | Rule.NOTICE | Rule.STEP:
            return length_words(timedelta(minutes=value))
        case Rule.HORIZON:
            return length_words(timedelta(days=value))
        case "leads":
            return ", ".join(f"{lead // 60}" for lead in value)
        case "quiet_from" | "quiet_until" | "agenda_at":
            return str(value)[:5]
        case "equipment":
            return Equipment.words(value)
        case "scopes":
            return ", ".join(_scope_words(scope) for scope in value)
        case "events":
            return ", ".join(value)
    chosen = {**dict(Room.State.choices), **dict(Language.choices)}
    if name in ("state", "language"):
        return str(chosen.get(value, value))
    if name == "overlaps":
        return str(dict(Company.GoogleOverlaps.choices).get(value, value))
    return str(value)


def _scope_words(scope: str) -> str:
    words = {"read": _("Read"), "book": _("Book"), "admin": _("Administer")}
    return words.get(scope, scope)
