"""The audit of a company as long work: every room looked at once, a room a step.

What a room showed is stored together with the step's end, so that whoever goes on after a worker
died stores it once. Nothing here writes to Google, follows its changes, or books.
"""

from dataclasses import astuple
from hashlib import sha256

import structlog
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.models import Room
from calendars.audit.findings import AuditRoom, Finding, People
from calendars.audit.looking import Look, look_at_company, look_at_room
from calendars.audit.reader import GoogleReader, OnlyReads
from calendars.errors import GoogleError
from calendars.long_work import Turn, begin, cancel, latest
from calendars.models import AuditFinding, AuditGrant, AuditRun, LongWork
from calendars.work_kinds import AUDIT
from tenants.errors import InvalidInput
from tenants.models import Domain, Member
from tenants.scope import company_scope

logger = structlog.get_logger(__name__)

RUNS_KEPT = 10
LONGEST_NAME, LONGEST_ID = 200, 255


def begin_audit(company_id: int, *, by: Member | None = None) -> LongWork:
    """Starts to look at all rooms, or returns the work that is under way.

    Raises InvalidInput without a permission to read.
    """
    with company_scope(company_id):
        _grant()
        return begin(company_id, AUDIT, by=by)


def end_audit(company_id: int) -> None:
    """Stops looking, and forgets who the company's people are; reports stay."""
    with company_scope(company_id):
        work = latest([AUDIT]).get(AUDIT)
        if work is not None:
            cancel(work)
        AuditRun.objects.update(people={})


def step(turn: Turn) -> None:
    """Finds out which rooms there are, then looks at one a step. Calls Google."""
    with company_scope(turn.company_id):
        grant = _grant()
        domains = frozenset(
            Domain.objects.filter(company_id=turn.company_id).values_list("name", flat=True)
        )
        runs = AuditRun.objects.select_related("company").exclude(people={})
        run = runs.filter(pk=turn.cursor.get("run", 0)).first()
    if run is None:
        _plan(turn, grant, domains)
    elif turn.done < len(run.rooms):
        look = _look_at_next(turn, run, grant, domains)
        with company_scope(turn.company_id):
            _store(run, look, run.rooms[turn.done][0])
            turn.advance(done=turn.done + 1, total=len(run.rooms))
    else:
        with company_scope(turn.company_id):
            AuditRun.objects.filter(pk=run.pk).update(people={}, finished_at=timezone.now())
            turn.finish(done=turn.done, result={"run": run.pk})


def _grant() -> AuditGrant:
    grant: AuditGrant | None = AuditGrant.objects.first()
    if grant is None:
        raise InvalidInput(_("There is no permission to read. Connect read-only first."))
    return grant


def _plan(turn: Turn, grant: AuditGrant, domains: frozenset[str]) -> None:
    """Whom and what there is to look at. The oldest reports go, and what was never finished."""
    with company_scope(turn.company_id):
        rooms = Room.objects.order_by("building__name", "name")
        here = [
            AuditRoom(*values)
            for values in rooms.values_list("name", "google_calendar_id", "capacity")
        ]
    with GoogleReader(grant) as google:
        look = look_at_company(google, scopes=grant.scopes, domains=domains, known_here=here)
    with company_scope(turn.company_id):
        done = AuditRun.objects.exclude(finished_at=None).order_by("-pk")
        kept = list(done.values_list("pk", flat=True)[: RUNS_KEPT - 1])
        AuditRun.objects.exclude(pk__in=kept).delete()
        run = AuditRun.objects.create(
            account_email=grant.account_email,
            rooms=[astuple(room) for room in look.rooms],
            people={
                "active": sorted(look.people.active),
                "suspended": sorted(look.people.suspended),
            },
        )
        _store(run, look)
        turn.advance(cursor={"run": run.pk}, done=0, total=len(look.rooms))


def _look_at_next(turn: Turn, run: AuditRun, grant: AuditGrant, domains: frozenset[str]) -> Look:
    room = AuditRoom(*run.rooms[turn.done])
    people = People(frozenset(run.people["active"]), frozenset(run.people["suspended"]), domains)
    try:
        with GoogleReader(grant) as google:
            return look_at_room(
                google,
                room,
                people,
                scopes=grant.scopes,
                account=run.account_email,
                now=timezone.now(),
                until=run.company.bookable_until,
            )
    except (GoogleError, OnlyReads):
        raise
    except Exception:  # a fault of ours: one odd calendar must not cost the whole report
        logger.exception("room not audited", company=turn.company_id, calendar=room.calendar_id)
        return Look(unseen=["failed"])


def _store(run: AuditRun, look: Look, room_name: str = "") -> None:
    """Keeps what a room, or the company, showed. In the company's scope."""
    if look.unseen:
        for code in look.unseen:
            run.unseen.setdefault(code, []).extend([room_name] if room_name else [])
        AuditRun.objects.filter(pk=run.pk).update(unseen=run.unseen)
    AuditFinding.objects.bulk_create(_row(run, finding) for finding in look.findings)


def _row(run: AuditRun, finding: Finding) -> AuditFinding:
    return AuditFinding(
        company_id=run.company_id,
        run=run,
        kind=finding.kind,
        room_name=finding.room.name[:LONGEST_NAME],
        calendar_id=finding.room.calendar_id[:LONGEST_ID],
        identity=sha256(finding.identity.encode()).hexdigest(),
        facts=finding.facts,
        link=finding.link,
    )
