"""Admin SDK Directory: rooms, buildings, features, users."""

import re
from collections.abc import Callable
from typing import Any

from standins.google.calendars import paged
from standins.google.calls import Call
from standins.google.errors import GoogleError, invalid, not_found
from standins.google.model import Account, Building, Room, customer_of

Json = dict[str, Any]
_CLAUSE = re.compile(r"\s*(NOT\s+)?([\w.]+)\s*(!=|=|:)\s*(?:\"([^\"]*)\"|'([^']*)'|(\S+))\s*")
_ROOM_FIELDS: dict[str, Callable[[Json], Any]] = {
    "generatedResourceName": lambda r: r["generatedResourceName"],
    "name": lambda r: r["resourceName"],
    "buildingId": lambda r: r["buildingId"],
    "floor_name": lambda r: r["floorName"],
    "capacity": lambda r: str(r.get("capacity", 0)),
    "resourceEmail": lambda r: r["resourceEmail"],
    "resourceCategory": lambda r: r["resourceCategory"],
    "featureInstances.feature.name": lambda r: [
        f["feature"]["name"] for f in r["featureInstances"]
    ],
}
_ORDERS = ("resourceId", "resourceName", "capacity", "buildingId", "floorName")


def _domain(call: Call, customer: str | None) -> str:
    """The domain the caller administers; 403 for others, 404 for a strange customer id."""
    account = call.account
    if account is None or not account.admin or not account.hd:
        message = "Not Authorized to access this resource/api"
        raise GoogleError(403, "forbidden", message)
    if customer not in (None, "my_customer", customer_of(account.hd)):
        raise not_found()
    return account.hd


def rooms(call: Call) -> Json:
    """`resources.calendars.list`."""
    domain = _domain(call, call.path["customer"])
    items = [_room(room) for room in call.world.rooms.values() if room.domain == domain]
    if "query" in call.query:
        items = [item for item in items if _matches(item, call.query["query"])]
    for name, down in reversed(_ordering(call.query.get("orderBy", "resourceId"))):
        items.sort(key=lambda item: item.get(name, 0), reverse=down)
    return _page(call, items, "admin#directory#resources#calendars#calendarResourcesList", "items")


def get_room(call: Call) -> Json:
    """`resources.calendars.get`."""
    domain = _domain(call, call.path["customer"])
    for room in call.world.rooms.values():
        if room.domain == domain and room.resource_id == call.path["calendarResourceId"]:
            return _room(room)
    raise not_found()


def _page(call: Call, items: list[Json], kind: str, key: str) -> Json:
    return paged(call, items, kind=kind, key=key, size=call.query.get("maxResults", 100))


def _room(room: Room) -> Json:
    where = "-".join(part for part in (room.building, room.floor) if part)
    return {
        "kind": "admin#directory#resources#calendars#CalendarResource",
        "etags": f'"{room.resource_id}"',
        "resourceId": room.resource_id,
        "resourceEmail": room.email,
        "resourceName": room.name,
        "generatedResourceName": f"{where}-{room.name} ({room.capacity})",
        "resourceCategory": room.category,
        **({"capacity": room.capacity} if room.capacity else {}),
        "buildingId": room.building,
        "floorName": room.floor,
        "featureInstances": [{"feature": {"name": name}} for name in room.features],
        "resourceDescription": room.description,
    }


def _ordering(text: str) -> list[tuple[str, bool]]:
    found = []
    for part in text.split(","):
        name, _, direction = part.strip().partition(" ")
        if name not in _ORDERS or direction.strip() not in ("", "asc", "desc"):
            raise invalid(f"Invalid orderBy: {text}", location="orderBy")
        found.append((name, direction.strip() == "desc"))
    return found


def _matches(item: Json, query: str) -> bool:
    return all(_clause(item, clause) for clause in re.split(r"\s+AND\s+", query))


def _clause(item: Json, clause: str) -> bool:
    found = _CLAUSE.fullmatch(clause)
    if found is None or found[2] not in _ROOM_FIELDS:
        raise invalid(f"Invalid query: {clause}", location="query")
    actual = _ROOM_FIELDS[found[2]](item)
    wanted = found[4] or found[5] or found[6] or ""
    values = actual if isinstance(actual, list) else [actual]
    if found[3] == ":" and wanted.endswith("*"):
        hit = any(value.startswith(wanted[:-1]) for value in values)
    else:
        hit = wanted in values
    negated = (found[3] == "!=") ^ bool(found[1])
    return hit ^ negated


def buildings(call: Call) -> Json:
    """`resources.buildings.list`."""
    domain = _domain(call, call.path["customer"])
    items = [_building(b) for b in call.world.buildings.values() if b.domain == domain]
    return _page(call, items, "admin#directory#resources#buildings#buildingsList", "buildings")


def _building(building: Building) -> Json:
    address = {"address": {"addressLines": [building.address]}} if building.address else {}
    return {
        "kind": "admin#directory#resources#buildings#Building",
        "etags": f'"{building.id}"',
        "buildingId": building.id,
        "buildingName": building.name,
        "floorNames": building.floors,
        **address,
    }


def features(call: Call) -> Json:
    """`resources.features.list`."""
    domain = _domain(call, call.path["customer"])
    names = {
        n for room in call.world.rooms.values() if room.domain == domain for n in room.features
    }
    kind = "admin#directory#resources#features#"
    items = [{"kind": f"{kind}Feature", "etags": f'"{n}"', "name": n} for n in sorted(names)]
    return _page(call, items, f"{kind}featuresList", "features")


def users(call: Call) -> Json:
    """`users.list`, of a customer or a domain."""
    if "customer" not in call.query and "domain" not in call.query:
        raise GoogleError(400, "badRequest", "Bad Request")
    domain = _domain(call, call.query.get("customer"))
    if call.query.get("domain", domain) != domain:
        raise not_found()
    found = [a for a in call.world.accounts.values() if a.hd == domain]
    words = call.query.get("query", "").lower().removeprefix("email:").rstrip("*")
    found = [a for a in found if words in f"{a.email} {a.name}".lower()]
    names: dict[str, Callable[[Account], str]] = {
        "email": lambda a: a.email,
        "givenName": lambda a: a.name.partition(" ")[0],
        "familyName": lambda a: a.name.partition(" ")[2],
    }
    found.sort(key=names[call.query.get("orderBy", "email")])
    return _page(call, [_user(a) for a in found], "admin#directory#users", "users")


def _user(account: Account) -> Json:
    given, _, family = account.name.partition(" ")
    return {
        "kind": "admin#directory#user",
        "id": account.sub,
        "etag": f'"{account.sub}"',
        "primaryEmail": account.email,
        "name": {"givenName": given, "familyName": family, "fullName": account.name},
        "isAdmin": account.admin,
        "suspended": account.suspended,
        "archived": account.archived,
        **({"aliases": account.aliases} if account.aliases else {}),
        "isMailboxSetup": True,
        "orgUnitPath": "/",
        "customerId": account.customer,
        "languages": [{"languageCode": account.locale, "preference": "preferred"}],
    }
