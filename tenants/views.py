"""What a person sets for themselves."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from tenants.access import member_view
from tenants.errors import InvalidInput
from tenants.models import Language, Member, User


@require_POST
@member_view
def preferences(request: HttpRequest, member: Member) -> HttpResponse:
    """Keeps the person's language or theme, and goes back to the page they were on."""
    user = member.user
    for name, choices in (("language", Language.values), ("theme", User.Theme.values)):
        if name not in request.POST:
            continue
        if request.POST[name] not in choices:
            raise InvalidInput(field=name)
        setattr(user, name, request.POST[name])
        user.save(update_fields=[name])
    answer = HttpResponseRedirect(_page_to_return_to(request))
    # The page for signing in has no person yet: the browser remembers the language for it.
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        user.language or member.company.language,
        max_age=settings.SESSION_COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return answer


def _page_to_return_to(request: HttpRequest) -> str:
    """The page that the form named, if it is one of ours."""
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if ours else settings.LOGIN_REDIRECT_URL
