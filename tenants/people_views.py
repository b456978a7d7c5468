"""The page on which administrators see who is in the company, and choose who else is one."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tenants.access import admin_view
from tenants.errors import InvalidInput, NotFound
from tenants.models import Member
from tenants.people import LastAdministrator, people, set_administrator

PEOPLE_A_PAGE = 100


@require_safe
@admin_view
def all_people(request: HttpRequest, member: Member) -> HttpResponse:
    """The company's members by name, or those whom `q` finds, a hundred a page."""
    words = request.GET.get("q", "").replace("\0", "").strip()
    context = {
        "member": member,
        "words": words,
        "query": request.GET.urlencode(),
        "page": Paginator(people(words), PEOPLE_A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "tenants/people.html", context)


@admin_view
def administrator(request: HttpRequest, member: Member, member_id: int) -> HttpResponse:
    """Makes somebody an administrator (`admin` is `yes`), or takes that away (`no`)."""
    if not Member.objects.filter(pk=member_id).exists():
        raise NotFound
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    wanted = request.POST.get("admin")
    if wanted not in ("yes", "no"):
        raise InvalidInput(field="admin")
    try:
        person = set_administrator(member_id=member_id, admin=wanted == "yes", by=member)
    except LastAdministrator as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _said(person))
        if person.pk == member.pk and not person.is_admin:
            return redirect(settings.LOGIN_REDIRECT_URL)  # the page is theirs no more
    query = request.GET.urlencode()
    return redirect(f"{reverse('people')}{'?' if query else ''}{query}")


def _said(person: Member) -> str:
    if person.is_admin:
        return _("%(person)s is an administrator now.") % {"person": person}
    return _("%(person)s is not an administrator any more.") % {"person": person}
