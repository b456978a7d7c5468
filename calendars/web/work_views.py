"""Long work as its pages show it: how far it is, trying again, stopping."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from calendars.long_work import begin_again, cancel, get_work
from calendars.work_kinds import KINDS
from tenants.access import admin_view
from tenants.errors import InvalidInput
from tenants.models import Member

ACTS = {"again": begin_again, "stop": cancel}


@require_http_methods(["GET", "HEAD", "POST"])
@admin_view
def long_work(request: HttpRequest, _member: Member, pk: int) -> HttpResponse:
    """The element of `{% long_work %}` as it is now, and what its buttons send.

    Once the work has ended, the page around it is fetched anew: there is more to see.
    """
    work = get_work(pk)
    if request.method == "POST":
        act = ACTS.get(request.POST.get("act", ""))
        if act is None:
            raise InvalidInput(field="act")
        act(work)
        return redirect(KINDS[work.kind].page)
    answer = render(request, "calendars/long_work_alone.html", {"work": work})
    if not work.is_open:
        answer["HX-Refresh"] = "true"
    return answer
