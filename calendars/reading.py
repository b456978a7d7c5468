"""How far a company's calendars are read, after connecting or once everything is read anew.

The calendars' own workers read them (see `calendars.sync`); this work counts.
"""

from functools import partial

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from calendars.budget import Lane
from calendars.links import follow_rooms, restart
from calendars.long_work import Turn, begin
from calendars.models import CalendarLink, GoogleConnection, LongWork
from calendars.waking import wake
from calendars.work_kinds import READING
from tenants.errors import InvalidInput
from tenants.models import Member
from tenants.scope import company_scope

BETWEEN_LOOKS = 2  # seconds
HOPELESS = 3  # listings in a row that failed: it goes on, but nobody should wait for it


def begin_reading(company_id: int, *, by: Member | None = None) -> LongWork:
    """Shows how the calendars that were not read yet are read one after the other."""
    return begin(company_id, READING, by=by)


def read_again(company_id: int, *, by: Member | None = None) -> LongWork:
    """Reads every calendar of a company from the beginning; nothing here is lost by it."""
    follow_rooms(company_id)
    with company_scope(company_id):
        links = list(CalendarLink.objects.order_by("pk"))
        for link in links:
            restart(link)
        pairs = [(company_id, link.pk) for link in links]
        transaction.on_commit(
            partial(wake, "calendars.tasks.sync_link", pairs, Lane.BULK), robust=True
        )
        return begin_reading(company_id, by=by)


def step(turn: Turn) -> None:
    """Counts the calendars that are read, and those for which nobody should wait."""
    with company_scope(turn.company_id):
        google = GoogleConnection.objects.first()
        if google is None:
            raise InvalidInput(_("Google Calendar is not connected."))
        if google.state == GoogleConnection.State.REVOKED:
            raise InvalidInput(_("Google Calendar has to be connected again."))
        links = CalendarLink.objects.all()
        missing = Q(state=CalendarLink.State.MISSING) | Q(failures__gte=HOPELESS)
        total, failed = links.count(), links.filter(missing, sync_token="").count()
        done = links.exclude(sync_token="").count() + failed
        if done < total:
            turn.advance(done=done, total=total, pause=BETWEEN_LOOKS)
        else:
            turn.finish(done=total, result={"failed": failed})
