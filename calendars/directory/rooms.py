"""Reading the rooms of a company's directory, page by page, into DirectoryRoom."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from calendars.directory.plan import adopt_by_itself
from calendars.directory.reader import (
    RESOURCES_SCOPE,
    DirectoryAccess,
    DirectoryRefused,
    GoogleDirectory,
    Part,
)
from calendars.errors import GoogleRefused
from calendars.google import Item
from calendars.long_work import Turn, begin
from calendars.models import DirectoryRoom, LongWork
from calendars.work_kinds import ROOMS
from tenants.models import Member
from tenants.scope import company_scope

NO_PLACE = "OTHER"  # the category of what is no room: cars, projectors
LONGEST = 255


def begin_reading_rooms(company_id: int, *, by: Member | None = None) -> LongWork:
    """Reads the rooms of the directory anew; nothing else changes by that alone."""
    return begin(company_id, ROOMS, by=by)


def step(turn: Turn) -> None:
    """One page: of the buildings first, whose names rooms do not tell, then of the rooms."""
    page, buildings = turn.cursor.get("page", ""), turn.cursor.get("buildings", {})
    in_rooms = bool(turn.cursor.get("in_rooms"))
    listing = GoogleDirectory.rooms if in_rooms else GoogleDirectory.buildings
    part = read_part(turn, RESOURCES_SCOPE, listing, page)
    if part is None:
        return
    with company_scope(turn.company_id):
        if not in_rooms:
            named = {str(item["buildingId"]): _building_name(item) for item in part.items}
            known = {"buildings": {**buildings, **named}, "in_rooms": not part.next_page}
            turn.advance(cursor={**turn.cursor, **known, "page": part.next_page}, done=0)
            return
        done = turn.done + _store(turn, part.items, buildings)
        if part.next_page:
            turn.advance(cursor={**turn.cursor, "page": part.next_page}, done=done)
        else:
            _note_gone(turn)
            adopt_by_itself(turn.company_id)
            turn.finish(done=done)


def read_part(
    turn: Turn, scope: str, listing: Callable[[GoogleDirectory, str], Part], page: str
) -> Part | None:
    """A page of a list. None, and the work begins anew, where its token is worth nothing by now."""
    with DirectoryAccess(turn.company_id, scope) as access:
        try:
            return access(lambda google: listing(google, page))
        except GoogleRefused:
            if not page or turn.cursor.get("anew"):
                raise
    with company_scope(turn.company_id):
        turn.advance(cursor={"anew": True}, done=0)
    return None


def _building_name(item: Item) -> str:
    return str(item.get("buildingName") or item["buildingId"])[:LONGEST]


def _store(turn: Turn, items: Sequence[Item], buildings: Mapping[str, str]) -> int:
    rooms = [item for item in items if item.get("resourceCategory") != NO_PLACE]
    DirectoryRoom.objects.bulk_create(
        [
            DirectoryRoom(
                company_id=turn.company_id,
                resource_id=str(item["resourceId"]),
                seen_by=turn.work_id,
                **_fields(item, buildings),
            )
            for item in rooms
        ],
        update_conflicts=True,
        unique_fields=["company", "resource_id"],
        update_fields=[
            "calendar_id", "name", "building", "floor", "capacity", "features", "seen_by",
            "gone_at",
        ],
    )  # fmt: skip
    return len(rooms)


def _fields(item: Item, buildings: Mapping[str, str]) -> dict[str, Any]:
    building = str(item.get("buildingId") or "")
    features = [
        str(each.get("feature", {}).get("name", "")) for each in item.get("featureInstances", ())
    ]
    return {
        "calendar_id": str(item.get("resourceEmail", ""))[:LONGEST],
        "name": str(item.get("resourceName", "")).strip()[:LONGEST],
        "building": buildings.get(building, building)[:LONGEST],
        "floor": str(item.get("floorName") or "")[:LONGEST],
        "capacity": int(item["capacity"]) if item.get("capacity") else None,
        "features": [name[:LONGEST] for name in features if name],
    }


def _note_gone(turn: Turn) -> None:
    """What a whole reading did not name is gone; a list that is empty all at once is a fault."""
    known = DirectoryRoom.objects.filter(gone_at=None)
    if known.exists() and not known.filter(seen_by=turn.work_id).exists():
        raise DirectoryRefused(
            _(
                "Google's directory named not one room, though it did before. Nothing was taken"
                " for gone. Look there, then read it again."
            )
        )
    known.exclude(seen_by=turn.work_id).update(gone_at=timezone.now())
