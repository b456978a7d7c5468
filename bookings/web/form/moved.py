"""What the page says after a booking was moved by hand, and how it can be taken back."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bookings.access import get_occurrence
from bookings.edits.edit_modes import Scope
from bookings.edits.lineage import parts_of
from bookings.edits.rejoining import Whole
from bookings.edits.series_edits import Edited
from bookings.models import Occurrence
from bookings.occurrences import version_tag
from bookings.recurrence.wall_clock import to_local
from bookings.web.day.grid import title_for
from bookings.web.days import clock_span
from bookings.web.form.date_lines import short_day
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
    in_parts: bool  # the series was cut before
    whole: Whole | None = None  # of a series that the move may cut in two

    @classmethod
    def of(cls, occurrence: Occurrence, scope: Scope) -> "Seen":
        """In the transaction of the move, before it."""
        return cls(
            room_id=occurrence.room_id,
            starts_at=occurrence.starts_at,
            ends_at=occurrence.ends_at,
            scope=scope,
            is_exception=bool(occurrence.override_mask),
            in_parts=scope != Scope.THIS and parts_of(occurrence.booking).count() > 1,
            whole=Whole.of(occurrence.booking) if scope != Scope.THIS else None,
        )

    def can_come_back(self, edited: Edited) -> bool:
        """Whether moving back by the same rules would leave all dates as they were."""
        if self.scope == Scope.THIS:
            return True
        if self.in_parts and edited.occurrence.room_id != self.room_id:
            return False  # other parts came along, from whatever rooms they had
        return not (self.is_exception or edited.lost or edited.skipped)

    def was_cut(self, edited: Edited) -> bool:
        """Whether the move has cut the series in two."""
        return self.whole is not None and self.whole.half_in(edited.occurrence.booking) is not None


def show_moved(
    request: HttpRequest, member: Member, edited: Edited, *, seen: Seen | None
) -> HttpResponse:
    """Says where the date is now; with what was `seen` before, offers to put it back."""
    now = get_occurrence(edited.occurrence.public_id)
    undo = seen if seen and seen.can_come_back(edited) else None
    whole = undo.whole if undo and undo.was_cut(edited) else None
    zone = ZoneInfo(member.company.timezone)
    context = {
        "occurrence": now,
        "title": title_for(member, now),
        "day": short_day(to_local(now.starts_at, zone).date()),
        "times": clock_span(now.starts_at, now.ends_at, zone),
        "undo": undo,
        "cut": whole.signed() if whole else "",
        "version": version_tag(now),
    }
    answer = render(request, "bookings/moved.html", context)
    answer["HX-Retarget"], answer["HX-Reswap"] = TOAST, "innerHTML"
    answer["HX-Trigger-After-Swap"] = "booking-moved"
    return answer
