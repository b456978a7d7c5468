"""What the page says after a booking was moved by hand, and how it can be taken back."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bookings.access import get_occurrence
from bookings.edits.edit_modes import Scope
from bookings.edits.series_edits import Edited
from bookings.models import Occurrence
from bookings.occurrences import version_tag
from bookings.recurrence.wall_clock import to_local
from bookings.web.date_lines import short_day
from bookings.web.days import clock_span
from bookings.web.grid import title_for
from tenants.models import Member

BY_HAND = "by_hand"  # says that a form was filled in by a drag
TOAST = "#toast"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Where a date was before it was moved, and how far the move reached."""

    room_id: int
    starts_at: datetime
    ends_at: datetime
    scope: Scope
    is_exception: bool

    @classmethod
    def of(cls, occurrence: Occurrence, scope: Scope) -> "Seen":
        return cls(
            room_id=occurrence.room_id,
            starts_at=occurrence.starts_at,
            ends_at=occurrence.ends_at,
            scope=scope,
            is_exception=bool(occurrence.override_mask),
        )

    def can_come_back(self, edited: Edited) -> bool:
        """Whether moving back by the same rules would leave all dates as they were."""
        if self.scope == Scope.THIS:
            return True
        return not (self.is_exception or edited.lost or edited.skipped)


def show_moved(
    request: HttpRequest, member: Member, edited: Edited, *, seen: Seen | None
) -> HttpResponse:
    """Says where the date is now; with what was `seen` before, offers to put it back."""
    now = get_occurrence(edited.occurrence.public_id)
    undo = seen if seen and seen.can_come_back(edited) else None
    zone = ZoneInfo(member.company.timezone)
    context = {
        "occurrence": now,
        "title": title_for(member, now),
        "day": short_day(to_local(now.starts_at, zone).date()),
        "times": clock_span(now.starts_at, now.ends_at, zone),
        "undo": undo,
        "version": version_tag(now),
    }
    answer = render(request, "bookings/moved.html", context)
    answer["HX-Retarget"], answer["HX-Reswap"] = TOAST, "innerHTML"
    answer["HX-Trigger-After-Swap"] = "booking-moved"
    return answer
