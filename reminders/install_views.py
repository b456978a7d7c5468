"""Adding Roomly to a company's Slack: to Slack's page, and back with a code.

https://docs.slack.dev/authentication/installing-with-oauth
"""

import secrets
import time

import structlog
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from bookings.drafts import Actor
from bookings.models import Door
from reminders import connections, oauth
from tenants.access import admin_view, calling_admin_view
from tenants.errors import DomainError
from tenants.models import Member
from tenants.scope import company_scope

logger = structlog.get_logger(__name__)

ERRAND = "slack_errand"  # session key
LASTS = 600  # seconds from leaving for Slack to coming back


class NoSlackApp(DomainError):
    """The operator has not given this server a Slack app."""

    code = "no_slack_app"
    status = 404
    message = gettext_lazy(
        "This server has no Slack app, so Roomly cannot be added to Slack with a click. A token or"
        " a webhook works all the same; or ask whoever runs Roomly."
    )


class OutOfTurn(DomainError):
    """Not the way back from where this browser was sent, for this company, just now."""

    code = "slack_out_of_turn"
    status = 403
    message = gettext_lazy("This page was opened out of turn. Start again from the settings.")


@require_GET
@admin_view
def install(request: HttpRequest, member: Member) -> HttpResponseBase:
    """Sends the administrator to Slack's page, on which they choose a workspace and allow it."""
    if not settings.SLACK_CLIENT_ID:
        raise NoSlackApp
    state = secrets.token_urlsafe(32)
    request.session[ERRAND] = {
        "state": state, "company": member.company_id, "until": time.time() + LASTS
    }  # fmt: skip
    return HttpResponseRedirect(oauth.authorize_url(state, _redirect_uri()))


@require_GET
@calling_admin_view
def callback(request: HttpRequest, member: Member) -> HttpResponseBase:
    """Comes back from Slack with a code, or a refusal."""
    if not settings.SLACK_CLIENT_ID:
        raise NoSlackApp
    _check_errand(request, member)
    if request.GET.get("error"):
        messages.error(request, _("Slack was not connected, because it was not allowed there."))
        return redirect("slack")
    try:
        grant = oauth.redeem(request.GET.get("code", ""), _redirect_uri())
    except (oauth.GrantRefused, oauth.NoAnswer) as error:
        logger.warning("slack code refused", company=member.company_id, code=error.code)
        messages.error(request, _("Slack did not confirm the installation. Try again."))
        return redirect("slack")
    try:
        with company_scope(member.company_id):
            actor = Actor(Door.WEB, member)
            replaced = connections.install(by=actor, company=member.company, grant=grant)
    except connections.WorkspaceTaken as error:
        messages.error(request, str(error))
        return redirect("slack")
    except connections.WholeOrganization as error:
        oauth.revoke(grant.bot_token)
        messages.error(request, str(error))
        return redirect("slack")
    if replaced:
        oauth.revoke(replaced)
    words = _("Roomly is in %(workspace)s now.") % {"workspace": grant.workspace.team_name}
    messages.success(request, words)
    return redirect("slack")


def _check_errand(request: HttpRequest, member: Member) -> None:
    """The errand is over, whatever comes of it."""
    errand = request.session.pop(ERRAND, None)
    if (
        errand is None
        or not constant_time_compare(request.GET.get("state", ""), errand["state"])
        or errand["company"] != member.company_id
        or errand["until"] < time.time()
    ):
        raise OutOfTurn


def _redirect_uri() -> str:
    return settings.PUBLIC_URL + reverse("slack_callback")
