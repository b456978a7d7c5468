"""The first-day audit: allow Roomly to read, see how far it is, see what it found."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from bookings.web.spreadsheets import spreadsheet
from calendars.audit.reader import READ_SCOPES, forget_reading
from calendars.audit.report import finished_runs, report_of, table_of
from calendars.audit.runs import begin_audit, end_audit
from calendars.connect import Errand
from calendars.long_work import latest
from calendars.models import AuditGrant, AuditRun, GoogleConnection, LongWork
from calendars.web.connection_views import administrator, to_consent
from calendars.work_kinds import AUDIT
from tenants.access import admin_view
from tenants.errors import NotFound
from tenants.models import Member


@require_GET
@admin_view
def latest_report(request: HttpRequest, member: Member) -> HttpResponse:
    """What an audit is, how far the present one is, and the last report."""
    return _page(request, member, finished_runs().select_related("company").first())


@require_GET
@admin_view
def report(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    """An older report."""
    return _page(request, member, _run(pk))


@require_POST
@admin_view
def connect(request: HttpRequest, member: Member) -> HttpResponseRedirect:
    """Sends the administrator to Google's consent page, to allow reading and nothing else."""
    return to_consent(request, Errand.new(READ_SCOPES), member.email)


@require_POST
@admin_view
def start(_request: HttpRequest, member: Member) -> HttpResponse:
    """Looks at all rooms again."""
    begin_audit(member.company_id, by=member)
    return redirect("google_audit")


@require_POST
def forget(request: HttpRequest) -> HttpResponse:
    """Takes the permission to read back, here and at Google."""
    member = administrator(request)
    end_audit(member.company_id)
    forget_reading(member.company_id, by=member)
    messages.success(request, _("Roomly may no longer read for an audit. The reports stay."))
    return redirect("google_audit")


@require_GET
@admin_view
def table(_request: HttpRequest, _member: Member, pk: int) -> HttpResponse:
    """A report as a table for spreadsheets."""
    run = _run(pk)
    return spreadsheet(f"roomly-audit-{run.started_at:%Y-%m-%d}", table_of(run))


def _run(pk: int) -> AuditRun:
    run: AuditRun | None = finished_runs().select_related("company").filter(pk=pk).first()
    if run is None:
        raise NotFound
    return run


def _page(request: HttpRequest, member: Member, run: AuditRun | None) -> HttpResponse:
    grant, work = AuditGrant.objects.first(), latest([AUDIT]).get(AUDIT)
    has_failed = work is not None and work.state == LongWork.State.FAILED
    context = {
        "member": member,
        "grant": grant,
        "connected": GoogleConnection.objects.exists(),
        "work": work if work and (work.is_open or (grant and has_failed)) else None,
        "report": report_of(run) if run else None,
        "runs": finished_runs()[:10],
    }
    return render(request, "calendars/audit.html", context)
