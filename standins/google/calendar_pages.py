"""The person's pages: all calendars, and one calendar's day with its events to change."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from standins.google import rendering, series, times, ui_edits, writing
from standins.google.calls import rank, role_of
from standins.google.errors import GoogleError
from standins.google.model import Calendar, Event
from standins.google.pages import render
from standins.google.world import World

Json = dict[str, Any]
RECENT = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One event as the day page shows it; times as the form fields want them."""

    id: str
    summary: str
    start: str
    end: str
    all_day: bool
    part_of_series: bool
    moved: bool
    organizer: str
    status: str


def _world(request: Request) -> World:
    world: World = request.app.state.world
    return world


async def index(request: Request) -> Response:
    """`/`: every calendar by building, with a search; the last notifications and requests."""
    world = _world(request)
    words = request.query_params.get("q", "")
    groups: dict[str, list[dict[str, Any]]] = {}
    rooms_first = sorted(world.calendars.values(), key=lambda c: c.kind != "resource")
    for calendar in rooms_first:
        room = world.rooms.get(calendar.id)
        group = (room.building or "Rooms") if room else _KINDS[calendar.kind]
        text = f"{calendar.summary} {calendar.id} {group}".lower()
        if not calendar.deleted and all(word in text for word in words.lower().split()):
            about = f"{room.floor} · {room.capacity} seats" if room else calendar.id
            entry = {"id": calendar.id, "name": _name(world, calendar), "about": about}
            groups.setdefault(group, []).append(entry)
    return render(
        request,
        "calendars.html",
        groups=groups,
        q=words,
        deliveries=list(request.app.state.deliverer.log)[-RECENT:][::-1],
        requests=list(world.requests)[-RECENT:][::-1],
    )


_KINDS = {
    "primary": "People",
    "secondary": "Other calendars",
    "resource": "Rooms",
    "generated": "Other calendars",
}


def _name(world: World, calendar: Calendar) -> str:
    account = world.accounts.get(calendar.id)
    return account.name if account else calendar.summary


def _calendar(request: Request) -> Calendar:
    return _known(request, request.path_params["calendar"])


def _known(request: Request, calendar_id: str) -> Calendar:
    calendar = _world(request).calendars.get(calendar_id)
    if calendar is None or calendar.deleted:
        raise HTTPException(404)
    return calendar


async def event_link(request: Request) -> Response:
    """`/calendar/event?eid=`: where `htmlLink` leads; the day of that event."""
    event_id, calendar_id = rendering.linked(request.query_params.get("eid", ""))
    calendar = _known(request, calendar_id)
    try:
        event = series.find(calendar, event_id)
    except GoogleError:
        raise HTTPException(404) from None
    return _back(calendar, _field(event.body["start"], calendar.time_zone))


async def day(request: Request) -> Response:
    """`/calendars/<id>?date=`: one day's events."""
    return _day(request, _calendar(request), request.query_params.get("date", ""))


def _day(
    request: Request, calendar: Calendar, text: str, *, error: str = "", status: int = 200
) -> Response:
    world = _world(request)
    today = world.clock.moment().astimezone(times.zone(calendar.time_zone)).date()
    try:
        shown = date.fromisoformat(text) if text else today
    except ValueError:
        shown = today
    return render(
        request,
        "day.html",
        status=status,
        calendar=calendar,
        name=_name(world, calendar),
        room=world.rooms.get(calendar.id),
        path=f"/calendars/{quote(calendar.id)}",
        shown=shown,
        today=today,
        before=shown - timedelta(days=1),
        after=shown + timedelta(days=1),
        lines=[_line(calendar, event) for event in _events(calendar, shown)],
        error=error,
    )


def _events(calendar: Calendar, shown: date) -> list[Event]:
    zone = times.zone(calendar.time_zone)
    since = datetime.combine(shown, datetime.min.time(), zone).astimezone(UTC)
    until = datetime.combine(shown + timedelta(days=1), datetime.min.time(), zone).astimezone(UTC)
    found: list[Event] = []
    for event in calendar.live_singles_and_masters():
        members: Iterable[Event] = (
            series.occurrences(calendar, event, since=since, until=until)
            if event.recurring
            else [event]
        )
        found += [
            member
            for member in members
            if not member.cancelled and series.overlaps(calendar, member, since, until)
        ]
    return sorted(found, key=lambda e: times.instant(e.body["start"], calendar.time_zone))


def _line(calendar: Calendar, event: Event) -> Line:
    all_day = times.all_day(event.body["start"])
    return Line(
        id=event.id,
        summary=event.body.get("summary", ""),
        start=_field(event.body["start"], calendar.time_zone),
        end=_field(event.body["end"], calendar.time_zone),
        all_day=all_day,
        part_of_series=event.recurring_event_id is not None,
        moved=event.original_start not in (None, event.body["start"]),
        organizer=event.organizer,
        status=event.status,
    )


def _field(moment: Json, zone: str) -> str:
    """The value of a date or datetime-local field, in the calendar's zone."""
    if times.all_day(moment):
        return str(moment["date"])
    local = times.instant(moment, zone).astimezone(times.zone(zone))
    return f"{local:%Y-%m-%dT%H:%M}"


async def create(request: Request) -> Response:
    """Make an event."""
    calendar, form = _calendar(request), await request.form()
    world = _world(request)
    start, end = str(form.get("start", "")), str(form.get("end", ""))
    body: Json = {"summary": str(form.get("summary", "")).strip()}
    rule = str(form.get("repeat", ""))
    if rule:
        body["recurrence"] = [f"RRULE:{rule}"]
    try:
        body["start"], body["end"] = (_time(text, calendar) for text in (start, end))
        writing.insert(world, calendar, body, actor=_person(world, calendar))
    except (GoogleError, ValueError) as error:
        return _refused(request, calendar, form, error)
    return _back(calendar, start)


def _time(text: str, calendar: Calendar) -> Json:
    if "T" not in text:
        return {"date": date.fromisoformat(text).isoformat()}
    return {"dateTime": datetime.fromisoformat(text).isoformat(), "timeZone": calendar.time_zone}


def _person(world: World, calendar: Calendar) -> str:
    """Somebody who may write here, to be the event's creator."""
    for account in world.accounts.values():
        if rank(role_of(world, calendar, account.email)) >= rank("writer"):
            return account.email
    return calendar.id


async def change(request: Request) -> Response:
    """Move, retitle or delete an event: this one, this and following, or all."""
    calendar, form = _calendar(request), await request.form()
    event_id, scope = request.path_params["event"], str(form.get("scope", "this"))
    world = _world(request)
    if scope not in ui_edits.SCOPES:
        raise HTTPException(400)
    try:
        if form.get("action") == "delete":
            ui_edits.delete(world, calendar, event_id, scope)
        else:
            member = series.find(calendar, event_id)
            wanted = _change(calendar, member, form)
            ui_edits.edit(world, calendar, event_id, wanted, scope)
    except (GoogleError, ValueError) as error:
        return _refused(request, calendar, form, error)
    return _back(calendar, str(form.get("start") or form.get("date") or ""))


def _change(calendar: Calendar, member: Event, form: FormData) -> ui_edits.Change:
    """Only what differs from what the form showed; a moved start keeps a given end."""
    shown = _line(calendar, member)
    summary = str(form.get("summary", shown.summary)).strip()
    start = str(form.get("start") or shown.start)
    end = str(form.get("end") or shown.end)
    moved = start != shown.start
    return ui_edits.Change(
        summary=summary if summary != shown.summary else None,
        start=start if moved else None,
        end=end if moved or end != shown.end else None,
    )


def _refused(request: Request, calendar: Calendar, form: FormData, error: Exception) -> Response:
    words = error.message if isinstance(error, GoogleError) else "A date or time is not valid."
    text = str(form.get("date") or form.get("start") or "")[:10]
    return _day(request, calendar, text, error=words, status=400)


def _back(calendar: Calendar, moment: str) -> Response:
    query = f"?date={moment[:10]}" if moment else ""
    return RedirectResponse(f"/calendars/{quote(calendar.id)}{query}", 303)
