"""What others are about to book, on the day's time line. It comes along with the rooms."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from bookings.models import Hold, Room
from bookings.web.days import Day, clock_span
from bookings.web.places import STEP
from tenants.models import Member


@dataclass(frozen=True, slots=True)
class HeldBar:
    """One hold, all text; `until` is Unix time, when the page takes it away by itself."""

    who: str
    times: str
    place: str  # classes
    until: int
    words: str


def with_holds(rooms: QuerySet[Room], now: datetime, member: Member) -> QuerySet[Room]:
    """Rooms that bring along what is held in them for others than a member."""
    holds = (
        Hold.objects.filter(room=OuterRef("pk"), expires_at__gt=now)
        .exclude(member=member)
        .values(
            hold=JSONObject(
                name="member__name", email="member__email", starts_at="starts_at",
                ends_at="ends_at", expires_at="expires_at",
            )
        )
    )  # fmt: skip
    return rooms.annotate(held=ArraySubquery(holds))


def held_bars(room: Room, day: Day) -> list[HeldBar]:
    """The holds of a room (of `with_holds`) that a day shows."""
    bars = (_bar(hold, day) for hold in vars(room)["held"])
    return [bar for bar in bars if bar is not None]


def _bar(hold: dict[str, Any], day: Day) -> HeldBar | None:
    starts_at, ends_at, expires_at = (
        datetime.fromisoformat(hold[name]) for name in ("starts_at", "ends_at", "expires_at")
    )
    first, last = day.minute_of(starts_at) // STEP, -(-day.minute_of(ends_at) // STEP)
    if ends_at <= day.starts_at or starts_at >= day.ends_at:
        return None
    until = {"time": f"{expires_at.astimezone(day.zone):%H:%M}"}
    return HeldBar(
        who=hold["name"] or hold["email"],
        times=clock_span(starts_at, ends_at, day.zone),
        place=f"s{first} w{max(last - first, 1)}",
        until=int(expires_at.timestamp()),
        words=_("held until %(time)s") % until,
    )
