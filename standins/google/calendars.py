"""Calendar v3 calendars, calendarList, acl and freeBusy."""

from datetime import datetime, timedelta
from typing import Any

from standins.google import invitations, series, times
from standins.google.calls import Call, rank, role_of
from standins.google.errors import GoogleError, empty_range, invalid, not_found, required
from standins.google.model import ROLES, Calendar

Json = dict[str, Any]
_SCOPE_TYPES = ("default", "user", "group", "domain")


def _etag(calendar: Calendar) -> str:
    return f'"{calendar.etag_updated * 2}"'


def _resource(calendar: Calendar) -> Json:
    item: Json = {
        "kind": "calendar#calendar",
        "etag": _etag(calendar),
        "id": calendar.id,
        "summary": calendar.summary,
        "timeZone": calendar.time_zone,
        "conferenceProperties": {"allowedConferenceSolutionTypes": ["hangoutsMeet"]},
    }
    optional = {"description": calendar.description, "location": calendar.location}
    item |= {name: value for name, value in optional.items() if value}
    if calendar.kind == "secondary" and calendar.owner:
        item["dataOwner"] = calendar.owner
    if calendar.kind == "resource":
        item["autoAcceptInvitations"] = calendar.auto_accept
    return item


def get(call: Call) -> Json:
    """One calendar."""
    return _resource(call.calendar("freeBusyReader"))


def patch(call: Call) -> Json:
    """Change the mentioned fields; the same values leave the etag alone, as observed."""
    calendar = call.calendar("owner")
    call.check_etag(_etag(calendar))
    before = _resource(calendar)
    if zone := call.body.get("timeZone"):
        calendar.time_zone = times.zone(zone).key
    calendar.summary = call.body.get("summary") or calendar.summary
    calendar.description = call.body.get("description", calendar.description)
    calendar.location = call.body.get("location", calendar.location)
    if "autoAcceptInvitations" in call.body and calendar.kind == "resource":
        calendar.auto_accept = bool(call.body["autoAcceptInvitations"])
    if _resource(calendar) != before:
        calendar.etag_updated = max(call.world.microseconds(), calendar.etag_updated + 1)
    return _resource(calendar)


def insert(call: Call) -> Json:
    """A secondary calendar that the caller owns."""
    if not call.body.get("summary"):
        raise required("Missing title.")
    owner = call.account
    zone = times.zone(call.body.get("timeZone") or "UTC").key
    calendar = Calendar(
        id=f"c_{call.world.new_event_id()}@group.calendar.google.com",
        summary=call.body["summary"],
        time_zone=zone,
        owner=call.access.email,
        domain=owner.hd if owner else None,
        description=call.body.get("description"),
        location=call.body.get("location"),
        etag_updated=call.world.microseconds(),
    )
    call.world.calendars[calendar.id] = calendar
    return _resource(calendar)


def delete(call: Call) -> None:
    """Delete a secondary calendar: 404 from then on."""
    calendar = call.calendar("owner")
    if calendar.kind != "secondary":
        raise invalid("Only secondary calendars can be deleted.")
    calendar.deleted = True


def clear(call: Call) -> None:
    """Delete all events of a primary calendar; 400 on others."""
    calendar = call.calendar("owner")
    if calendar.kind != "primary":
        raise invalid("Only primary calendars can be cleared.")
    for event in list(calendar.live_singles_and_masters()):
        event.status = "cancelled"
        call.world.stamp(calendar, event)
    call.world.changed(calendar)


def _entry(call: Call, calendar: Calendar) -> Json:
    role = role_of(call.world, calendar, call.access.email)
    primary = {"primary": True} if calendar.id == call.access.email else {}
    return _resource(calendar) | {
        "kind": "calendar#calendarListEntry",
        "accessRole": role,
        "defaultReminders": [],
        "colorId": "1",
        "backgroundColor": "#ac725e",
        "foregroundColor": "#1d1d1d",
        "selected": True,
        **primary,
    }


def get_entry(call: Call) -> Json:
    """One calendar as the caller's list shows it."""
    return _entry(call, call.calendar("freeBusyReader"))


def insert_entry(call: Call) -> Json:
    """Put a calendar on the caller's list, where every readable one stands already."""
    if not call.body.get("id"):
        raise required("Missing calendar id.")
    return _entry(call, call.calendar("freeBusyReader", given=call.body["id"]))


def list_entries(call: Call) -> Json:
    """The calendars the caller may see, by pages of at most 250."""
    least = call.query.get("minAccessRole", "freeBusyReader")
    found = [
        calendar
        for calendar in sorted(call.world.calendars.values(), key=lambda c: c.id)
        if not calendar.deleted
        and rank(role_of(call.world, calendar, call.access.email)) >= rank(least)
        and (calendar.kind != "primary" or calendar.id == call.access.email)
    ]
    return paged(
        call,
        [_entry(call, calendar) for calendar in found],
        kind="calendar#calendarList",
        key="items",
        size=min(call.query.get("maxResults", 100), 250),
    )


def paged(call: Call, items: list[Json], *, kind: str, key: str, size: int) -> Json:
    """One page of a list whose page tokens are plain positions."""
    text = call.query.get("pageToken", "0")
    if not text.isdigit():
        raise invalid(location="pageToken")
    start = int(text)
    answer: Json = {"kind": kind, "etag": f'"p{len(items)}"', key: items[start : start + size]}
    if start + size < len(items):
        answer["nextPageToken"] = str(start + size)
    return answer


def _rule(scope: str, role: str) -> Json:
    kind, _, value = scope.partition(":")
    where = {"type": kind} | ({"value": value} if value else {})
    return {
        "kind": "calendar#aclRule",
        "etag": f'"{role}"',
        "id": scope,
        "scope": where,
        "role": role,
    }


def _rules(calendar: Calendar) -> dict[str, str]:
    own = {f"user:{calendar.owner}": "owner"} if calendar.owner else {}
    return own | calendar.acl


def list_rules(call: Call) -> Json:
    """The access rules of a calendar; for its owners."""
    rules = _rules(call.calendar("owner"))
    items = [_rule(scope, role) for scope, role in rules.items()]
    size = min(call.query.get("maxResults", 100), 250)
    return paged(call, items, kind="calendar#acl", key="items", size=size)


def get_rule(call: Call) -> Json:
    """One access rule."""
    rules = _rules(call.calendar("owner"))
    if call.path["ruleId"] not in rules:
        raise not_found()
    return _rule(call.path["ruleId"], rules[call.path["ruleId"]])


def insert_rule(call: Call) -> Json:
    """Give a role to somebody. An ACL change ends the calendar's sync tokens."""
    calendar = call.calendar("owner")
    scope, role = call.body.get("scope") or {}, call.body.get("role")
    if role not in ROLES or scope.get("type") not in _SCOPE_TYPES:
        raise invalid()
    if scope["type"] != "default" and not scope.get("value"):
        raise required("Missing scope value.")
    name = scope["type"] + (f":{scope['value']}" if scope.get("value") else "")
    _set_rule(call, calendar, name, role)
    return _rule(name, role)


def patch_rule(call: Call) -> Json:
    """Change the role of a rule."""
    calendar, name = call.calendar("owner"), call.path["ruleId"]
    if name not in calendar.acl:
        raise not_found()
    _set_rule(call, calendar, name, call.body.get("role") or calendar.acl[name])
    return _rule(name, calendar.acl[name])


def delete_rule(call: Call) -> None:
    """Take a rule away."""
    calendar, name = call.calendar("owner"), call.path["ruleId"]
    if name not in calendar.acl:
        raise not_found()
    del calendar.acl[name]
    _tokens_end(call, calendar)


def _set_rule(call: Call, calendar: Calendar, name: str, role: str) -> None:
    if role not in ROLES:
        raise invalid()
    calendar.acl[name] = role
    _tokens_end(call, calendar)


def _tokens_end(call: Call, calendar: Calendar) -> None:
    calendar.token_epoch += 1
    call.world.changed(calendar, "acl")


def free_busy(call: Call) -> Json:
    """Busy ranges by calendar; a calendar that cannot be read is an error inside the 200."""
    body = call.body
    for name in ("timeMin", "timeMax"):
        if not body.get(name):
            raise required(f"Missing {name}.")
    since, until = (_moment(body[name]) for name in ("timeMin", "timeMax"))
    if until <= since:
        raise empty_range()
    zone = body.get("timeZone") or "UTC"
    times.zone(zone)
    items = [item.get("id") or "" for item in body.get("items") or ()]
    most = min(body.get("calendarExpansionMax") or 50, 50)
    shown = {
        name: _busy(call, name, since, until, zone)
        if index < most
        else _failed("tooManyCalendarsRequested")
        for index, name in enumerate(dict.fromkeys(items))
    }
    return {
        "kind": "calendar#freeBusy",
        "timeMin": times.text_of(since.astimezone(times.zone("UTC"))),
        "timeMax": times.text_of(until.astimezone(times.zone("UTC"))),
        "calendars": shown,
    }


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise GoogleError(400, "badRequest", "Bad Request")
    return moment


def _failed(reason: str) -> Json:
    return {"errors": [{"domain": "global", "reason": reason}], "busy": []}


def _busy(call: Call, name: str, since: datetime, until: datetime, zone: str) -> Json:
    calendar = call.world.calendars.get(call.access.email if name == "primary" else name)
    if calendar is None or calendar.deleted:
        return _failed("notFound")
    if rank(role_of(call.world, calendar, call.access.email)) < rank("freeBusyReader"):
        return _failed("notFound")
    ranges = sorted(
        (max(start, since), min(end, until))
        for start, end in _taken(calendar, since, until)
        if start < end
    )
    return {
        "busy": [
            {
                name: times.text_of(moment.astimezone(times.zone(zone)))
                for name, moment in zip(("start", "end"), pair, strict=True)
            }
            for pair in _joined(ranges)
        ]
    }


def _taken(calendar: Calendar, since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    found = []
    for event in calendar.live_singles_and_masters():
        members = (
            series.occurrences(calendar, event, since=since, until=until)
            if event.recurring
            else [event]
        )
        for member in members:
            if member.cancelled or not invitations.blocks(calendar, member):
                continue
            if series.overlaps(calendar, member, since, until):
                body, own = member.body, calendar.time_zone
                found.append((times.instant(body["start"], own), times.instant(body["end"], own)))
    return found


def _joined(ranges: list[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    joined: list[tuple[datetime, datetime]] = []
    for start, end in ranges:
        if joined and start - joined[-1][1] <= timedelta(0):
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
