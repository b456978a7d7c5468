"""Dealing with all that somebody who left has booked, one booking after the other."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from bookings.drafts import Actor
from bookings.errors import Busy, Changed
from bookings.models import Door, Occurrence
from calendars.leaving import dates_held, hand_over, release
from calendars.long_work import Turn, begin
from calendars.models import LongWork
from calendars.work_kinds import HANDING_OVER
from tenants.errors import DomainError, NotAllowed
from tenants.models import Company, Member
from tenants.scope import company_scope


class AnotherFirst(DomainError):
    """One person's bookings at a time."""

    code = "another_first"
    status = 409
    message = _("The bookings of another person are being dealt with. Try again in a minute.")


def begin_handing_over(company_id: int, email: str, *, to: Member | None, by: Member) -> LongWork:
    """Gives all that a person who left has booked to somebody else; without `to`, calls it off.

    Raises AnotherFirst while another such order is carried out.
    """
    order = {"email": email, "to": to.pk if to else None}
    work = begin(company_id, HANDING_OVER, by=by, cursor=order)
    if any(work.cursor.get(name) != value for name, value in order.items()):
        raise AnotherFirst
    return work


def step(turn: Turn) -> None:
    """One booking, or series. What cannot be changed is left out and counted."""
    with company_scope(turn.company_id):
        by, to = _people(turn)
        skipped = turn.cursor.get("skipped", [])
        held = dates_held([turn.cursor["email"]]).exclude(story__in=skipped)
        row = held.select_related("booking__organizer", "room__building").first()
        if row is None:
            turn.finish(done=turn.done, result={"left": len(skipped)})
            return
        left = held.order_by().values("story").distinct().count()
        cursor = turn.cursor
        try:
            with transaction.atomic():
                _deal_with(row, by, to)
        except (Busy, Changed):  # somebody books in this very room
            turn.advance(done=turn.done, total=turn.done + left, pause=1)
            return
        except DomainError:
            cursor = {**cursor, "skipped": [*skipped, row.story]}
        turn.advance(cursor=cursor, done=turn.done + 1, total=turn.done + left)


def _people(turn: Turn) -> tuple[Member, Member | None]:
    """Who acts, if they still may, and who gets it."""
    by = Member.objects.filter(pk=turn.started_by_id, active=True).first()
    if by is None or not by.runs_rooms:
        raise NotAllowed
    to = turn.cursor["to"]
    return by, Member.objects.get(pk=to) if to else None


def _deal_with(row: Occurrence, by: Member, to: Member | None) -> None:
    company = Company.objects.get(pk=row.company_id)
    actor = Actor(Door.WEB, by)
    if to is None:
        release(by=actor, company=company, occurrence=row)
    else:
        hand_over(by=actor, company=company, occurrence=row, to=to)
