"""Calendar v3 events.list and events.instances: filters, pages, incremental synchronisation."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from standins.google import cursors, rendering, series, times
from standins.google.calls import Call, role_of
from standins.google.clock import rfc3339
from standins.google.errors import GoogleError, empty_range, invalid
from standins.google.model import Calendar, Event

Json = dict[str, Any]
UPDATED_MIN_REACH = timedelta(days=28)


def list_events(call: Call) -> Json:
    """One page of a calendar's events, or of what changed since a sync token."""
    calendar = call.calendar("freeBusyReader")
    query = call.query
    _check_range(query)
    if query.get("orderBy") == "startTime" and not query.get("singleEvents"):
        message = "The requested ordering is not available for the particular query."
        raise invalid(message, location="orderBy")
    if "syncToken" in query:
        since = cursors.read_sync_token(call.world, calendar, query)
        found = _changed(calendar, since, single=query.get("singleEvents", False))
    else:
        _check_updated_min(call)
        found = _all(calendar, query)
    wanted = [event for event in found if _matches(calendar, event, query)]
    return _page(call, calendar, wanted, tokens=query.get("orderBy") is None and _plain(query))


def _plain(query: Json) -> bool:
    """Whether a listing may end in a sync token: filters other than times rule that out."""
    return not any(
        name in query
        for name in ("q", "iCalUID", "privateExtendedProperty", "sharedExtendedProperty")
    )


def instances(call: Call) -> Json:
    """The occurrences of a series. Here `timeMin` includes an event that ends just then."""
    calendar = call.calendar("freeBusyReader")
    query = dict(call.query)
    _check_range(query)
    if "timeMin" in query:
        query["timeMin"] -= timedelta(microseconds=1)
    master = series.find(calendar, call.path["eventId"])
    found = _expanded(calendar, master, query) if master.recurring else [master]
    if master.recurring and not query.get("showDeleted"):
        found = (event for event in found if not event.cancelled)
    if "originalStart" in query:
        found = (e for e in found if _original(calendar, e) == _parsed(query["originalStart"]))
    wanted = [event for event in found if master.recurring or not event.cancelled]
    return _page(call, calendar, wanted, tokens=False)


def _original(calendar: Calendar, event: Event) -> Any:
    start = event.original_start or event.body["start"]
    if times.all_day(start):
        return start["date"]
    return times.instant(start, calendar.time_zone)


def _parsed(text: str) -> Any:
    if "T" not in text:
        return text
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise invalid(location="originalStart") from None


def _check_range(query: Json) -> None:
    if "timeMin" in query and "timeMax" in query and query["timeMax"] <= query["timeMin"]:
        raise empty_range()
    if "timeZone" in query:
        times.zone(query["timeZone"])


def _check_updated_min(call: Call) -> None:
    moment = call.query.get("updatedMin")
    if moment is not None and moment < call.world.clock.moment() - UPDATED_MIN_REACH:
        message = "The requested minimum modification time lies too far in the past."
        raise GoogleError(
            410, "updatedMinTooLongAgo", message, domain="calendar", location="updatedMin"
        )


def _all(calendar: Calendar, query: Json) -> Iterable[Event]:
    single = query.get("singleEvents", False)
    deleted = query.get("showDeleted", False) or "updatedMin" in query
    for event in calendar.events.values():
        if single and event.recurring and not event.cancelled:
            yield from (e for e in _expanded(calendar, event, query) if deleted or not e.cancelled)
        elif single and event.recurring_event_id:
            continue
        elif not event.cancelled or deleted or (event.recurring_event_id and not event.ghost):
            yield event


def _expanded(calendar: Calendar, master: Event, query: Json) -> Iterable[Event]:
    return series.occurrences(
        calendar, master, since=query.get("timeMin"), until=query.get("timeMax")
    )


def _changed(calendar: Calendar, since: int, *, single: bool) -> Iterable[Event]:
    for event in calendar.events.values():
        if event.change <= since:
            continue
        if single and event.recurring and not event.cancelled:
            yield from series.occurrences(calendar, event)
        elif not (single and event.recurring_event_id):
            yield event


def _matches(calendar: Calendar, event: Event, query: Json) -> bool:
    if "iCalUID" in query and event.ical_uid != query["iCalUID"]:
        return False
    kind = event.body.get("eventType", "default")
    if "eventTypes" in query and kind not in query["eventTypes"] and not event.ghost:
        return False
    if "updatedMin" in query and event.updated < query["updatedMin"].timestamp() * 1_000_000:
        return False
    for kind in ("private", "shared"):
        for text in query.get(f"{kind}ExtendedProperty", ()):
            name, _, value = text.partition("=")
            if event.body.get("extendedProperties", {}).get(kind, {}).get(name) != value:
                return False
    if "q" in query and not _mentions(event, query["q"]):
        return False
    return _in_window(calendar, event, query.get("timeMin"), query.get("timeMax"))


def _mentions(event: Event, text: str) -> bool:
    body = event.body
    people = [v for a in body.get("attendees", ()) for v in (a["email"], a.get("displayName"))]
    where = [body.get("summary"), body.get("description"), body.get("location"), *people]
    haystack = " ".join(part for part in (*where, event.organizer) if part).lower()
    return all(word in haystack for word in text.lower().split())


def _in_window(
    calendar: Calendar, event: Event, since: datetime | None, until: datetime | None
) -> bool:
    if since is None and until is None:
        return True
    if event.recurring and not event.cancelled:
        members = series.occurrences(calendar, event, since=since, until=until)
        return next(iter(members), None) is not None
    return series.overlaps(calendar, event, since, until)


def _page(call: Call, calendar: Calendar, found: list[Event], *, tokens: bool) -> Json:
    query, settings = call.query, call.world.settings
    page = cursors.read_page_token(calendar.id, query)
    change = page.change if page else calendar.change
    keyed = sorted(((_key(call, calendar, e), e) for e in found), key=lambda pair: pair[0])
    if page:
        keyed = [pair for pair in keyed if pair[0] > page.after]
    size = min(query.get("maxResults", 250), 2500, settings.largest_page)
    if settings.empty_first_page and page is None and keyed:
        size = 0
    shown = keyed[:size]
    answer = _head(call, calendar) | {"items": [_item(call, calendar, e) for _, e in shown]}
    if len(keyed) > size:
        after = shown[-1][0] if shown else []
        token = cursors.PageToken(calendar.id, change, cursors.page_hash(query), after)
        answer["nextPageToken"] = cursors.encode(token)
    elif tokens:
        answer["nextSyncToken"] = cursors.sync_token(call.world, calendar, query, change)
    return answer


def _key(call: Call, calendar: Calendar, event: Event) -> list[Any]:
    """Where an item stands in the listing: stable while pages are read."""
    ordering = call.query.get("orderBy")
    if ordering == "startTime":
        start = times.instant(event.body["start"], calendar.time_zone).timestamp()
        return [start, event.ordinal, event.id]
    if ordering == "updated":
        return [event.updated, event.ordinal, event.id]
    order = call.world.settings.list_order
    if order == "exceptions_first":
        return [event.recurring_event_id is None, event.ordinal, event.id]
    if order == "shuffled":
        return [hashlib.sha256(event.id.encode()).hexdigest()]
    # Occurrences stand together: their ids sort by their original starts.
    expanded = call.query.get("singleEvents") or "eventId" in call.path
    master = calendar.events.get(event.recurring_event_id or "") if expanded else None
    return [(master or event).ordinal, event.id]


def _head(call: Call, calendar: Calendar) -> Json:
    moment = calendar.updated or calendar.etag_updated
    return {
        "kind": "calendar#events",
        "etag": f'"p{calendar.change:x}g{calendar.token_epoch}"',
        "summary": calendar.summary,
        "description": calendar.description or "",
        "updated": rfc3339(moment),
        "timeZone": call.query.get("timeZone") or calendar.time_zone,
        "accessRole": role_of(call.world, calendar, call.access.email),
        "defaultReminders": [],
    }


def _item(call: Call, calendar: Calendar, event: Event) -> Json:
    zone = call.query.get("timeZone") or calendar.time_zone
    # Without showDeleted, and in every incremental list, the deleted are bare.
    full_wanted = call.query.get("showDeleted") and "syncToken" not in call.query
    if event.cancelled and not full_wanted:
        return rendering.tombstone(event, zone)
    return rendering.full(
        call.world,
        calendar,
        event,
        zone=zone,
        role=role_of(call.world, calendar, call.access.email),
        attendees_max=call.query.get("maxAttendees"),
    )
