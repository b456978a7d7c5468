"""The administrator's page about Slack."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from bookings.drafts import Actor
from bookings.models import Door
from reminders import connections, sending
from reminders.channels import channel_of_company
from reminders.claims import OVERTAKEN
from reminders.forms import SlackForm
from reminders.models import Reminder
from reminders.reasons import explain
from reminders.slack import SlackTrouble
from tenants.access import admin_view, company_of_session, member_of_session
from tenants.errors import InvalidInput, NotAllowed
from tenants.models import Member
from tenants.scope import company_scope

REPORTED = timedelta(days=7)
MOST_REPORTED = 20


@require_http_methods(["GET", "POST"])
@admin_view
def slack(request: HttpRequest, member: Member) -> HttpResponseBase:
    """Shows how the company's Slack is, and takes another token or webhook."""
    form = SlackForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _connected(form, member):
        messages.success(request, _("Slack is connected. Send a test message to be sure."))
        return redirect("slack")
    connection = connections.connection_of_company()
    return render(
        request,
        "reminders/slack.html",
        {
            "form": form,
            "connection": connection,
            "channel": channel_of_company(),
            "waits_until": connections.waits_until(connection) if connection else None,
            "reason": explain(connection.error) if connection else "",
            "troubles": [(row, explain(row.error)) for row in _troubles()],
            "company": member.company,
            "member": member,
        },
        status=422 if form.errors else 200,
    )


@require_POST
@admin_view
def disconnect_slack(request: HttpRequest, member: Member) -> HttpResponseBase:
    """Forgets the company's Slack."""
    connections.disconnect(by=Actor(Door.WEB, member), company=member.company)
    messages.success(request, _("Slack is disconnected. Reminders wait until it is connected."))
    return redirect("slack")


@require_POST
def test_slack(request: HttpRequest) -> HttpResponseBase:
    """Sends a test message and tells what Slack said.

    Slack is called outside any transaction, so this view opens the company's scope by itself.
    """
    company_id = company_of_session(request)
    if company_id is None:
        return redirect_to_login(reverse("slack"))
    with company_scope(company_id):
        member = member_of_session(request)
        if member is None or not member.is_admin:
            raise NotAllowed
    try:
        sending.send_test(company_id)
    except SlackTrouble as trouble:
        messages.error(request, explain(trouble.code))
    else:
        messages.success(request, _("The test message was sent."))
    return redirect("slack")


def _connected(form: SlackForm, member: Member) -> bool:
    """Whether the door could be taken; the form says why not."""
    try:
        connections.connect(by=Actor(Door.WEB, member), company=member.company, **form.cleaned_data)
    except InvalidInput as error:
        form.add_error(error.field, str(error))
        return False
    return True


def _troubles() -> QuerySet[Reminder]:
    """The last week's reminders that were not sent, or not surely, or that still wait."""
    return (
        Reminder.objects.select_related("occurrence__booking", "occurrence__room", "member")
        .filter(starts_at__gt=timezone.now() - REPORTED)
        .exclude(error__in=("", OVERTAKEN))
        .exclude(state=Reminder.State.CANCELLED)
        .order_by("-starts_at")[:MOST_REPORTED]
    )
