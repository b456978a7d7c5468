"""Long work as its pages show it: how far it is, trying again, stopping."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from calendars.long_work import begin_again, cancel, get_work
from calendars.work_kinds import KINDS
from tenants.access import admin_view
from tenants.models import Member


@require_GET
@admin_view
def show(request: HttpRequest, _member: Member, pk: int) -> HttpResponse:
    """The element of `{% long_work %}` as it is now; the whole page anew once it has ended."""
    work = get_work(pk)
    answer = render(request, "calendars/long_work_alone.html", {"work": work})
    if not work.is_open:
        answer["HX-Refresh"] = "true"
    return answer


@require_POST
@admin_view
def again(_request: HttpRequest, _member: Member, pk: int) -> HttpResponse:
    """Lets work go on that had failed or was stopped."""
    work = get_work(pk)
    begin_again(work)
    return redirect(KINDS[work.kind].page)


@require_POST
@admin_view
def stop(_request: HttpRequest, _member: Member, pk: int) -> HttpResponse:
    """Ends work that is under way; what it has done stays."""
    work = get_work(pk)
    cancel(work)
    return redirect(KINDS[work.kind].page)
