"""The administrator's page about Slack."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from bookings.access import get_building, get_room
from bookings.drafts import Actor
from bookings.models import Building, Door, Room
from reminders import channels, connections, oauth, sending
from reminders.channel_list import find_channel, listed_channels
from reminders.claims import OVERTAKEN
from reminders.connections import NO_WORKSPACE, WholeOrganization, WorkspaceTaken
from reminders.forms import ChannelForm, SlackForm
from reminders.models import Reminder, SlackConnection
from reminders.reasons import explain
from reminders.slack import SlackTrouble
from tenants.access import admin_view, calling_admin_view
from tenants.errors import InvalidInput, NotFound
from tenants.models import Member
from tenants.scope import company_scope

REPORTED = timedelta(days=7)
MOST_REPORTED = 20


@require_http_methods(["GET", "POST"])
@calling_admin_view
def slack(request: HttpRequest, member: Member) -> HttpResponseBase:
    """Shows how the company's Slack is, and takes a token or a webhook of its own."""
    form = SlackForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _connected(form, member):
        messages.success(request, _("Slack is connected. Send a test message to be sure."))
        return redirect("slack")
    return _page(request, member, form, ChannelForm())


@require_POST
@calling_admin_view
def disconnect_slack(request: HttpRequest, member: Member) -> HttpResponseBase:
    """Forgets the company's Slack."""
    with company_scope(member.company_id):
        installed = connections.disconnect(by=Actor(Door.WEB, member), company=member.company)
    if installed:
        oauth.revoke(installed)
    messages.success(request, _("Slack is disconnected. Reminders wait until it is connected."))
    return redirect("slack")


@require_POST
@calling_admin_view
def test_slack(request: HttpRequest, member: Member) -> HttpResponseBase:
    """Sends a test message, to a chosen channel or the company's, and tells what Slack said."""
    choice = _number(request, "choice") if "choice" in request.POST else None
    try:
        sending.send_test(member.company_id, choice)
    except SlackTrouble as trouble:
        messages.error(request, explain(trouble.code))
    else:
        messages.success(request, _("The test message was sent."))
    return redirect("slack")


@require_POST
@calling_admin_view
def choose_channel(request: HttpRequest, member: Member) -> HttpResponseBase:
    """Chooses the channel of a room, a building or the company."""
    form = ChannelForm(request.POST)
    if form.is_valid() and _chosen(form, member):
        messages.success(request, _("Saved."))
        return redirect("slack")
    return _page(request, member, SlackForm(), form)


@require_POST
@admin_view
def remove_channel(request: HttpRequest, member: Member) -> HttpResponseBase:
    """Takes back a choice of channel."""
    channels.remove_channel(channels.get_channel(_number(request, "choice")), by=member)
    messages.success(request, _("Saved."))
    return redirect("slack")


def _page(
    request: HttpRequest, member: Member, form: SlackForm, choosing: ChannelForm
) -> HttpResponseBase:
    """The page, between whose two looks at the database Slack may be asked for its channels."""
    with company_scope(member.company_id):
        connection = connections.connection_of_company()
    listed = listed_channels(connection) if connection else []
    names = {channel.id: f"#{channel.name}" for channel in listed}  # as they are by now
    with company_scope(member.company_id):
        context = {
            "form": form,
            "choosing": choosing,
            "connection": connection,
            "can_install": bool(settings.SLACK_CLIENT_ID),
            "missing": _missing_scopes(connection),
            "choices": [
                (row, names.get(channels.address_of(row), row.name), explain(row.error))
                for row in channels.chosen_channels()
            ],
            "listed": listed,
            "groups": _places(),
            "waits_until": connections.waits_until(connection) if connection else None,
            "reason": explain(connection.error) if connection else "",
            "troubles": [(row, explain(row.error)) for row in _troubles()],
            "company": member.company,
            "member": member,
        }
        status = 422 if form.errors or choosing.errors else 200
        return render(request, "reminders/slack.html", context, status=status)


def _connected(form: SlackForm, member: Member) -> bool:
    """Whether the door could be taken; the form says why not."""
    token = form.cleaned_data["bot_token"]
    workspace = oauth.whose(token) if token.isascii() and token.isprintable() else NO_WORKSPACE
    try:
        with company_scope(member.company_id):
            connections.connect(
                by=Actor(Door.WEB, member),
                company=member.company,
                workspace=workspace,
                **form.cleaned_data,
            )
    except (InvalidInput, WorkspaceTaken, WholeOrganization) as error:
        form.add_error(error.field, str(error))
        return False
    return True


def _chosen(form: ChannelForm, member: Member) -> bool:
    """Whether there is such a channel; the form says why not. Raises NotFound for no such place."""
    kind, number = form.chosen_place
    with company_scope(member.company_id):
        connection = connections.connection_of_company()
        building = get_building(number) if kind == "building" else None
        room = get_room(number) if kind == "room" else None
    if connection is None:
        raise NotFound
    try:
        found = find_channel(connection, form.cleaned_data["channel"])
    except InvalidInput as error:
        form.add_error("channel", str(error))
        return False
    with company_scope(member.company_id):
        channels.choose_channel(
            company=member.company,
            name=f"#{found.name}" if found.name else found.id,
            channel_id=found.id,
            building=building,
            room=room,
            by=member,
        )
    return True


def _missing_scopes(connection: SlackConnection | None) -> list[str]:
    """What an older installation was not asked for."""
    if connection is None or not connection.is_installed:
        return []
    granted = connection.scopes.replace(",", " ").split()
    return [scope for scope in oauth.SCOPES if scope not in granted]


def _places() -> list[tuple[str, list[tuple[str, str]]]]:
    """What may have a channel of its own, as the form names it."""
    rooms = Room.objects.filter(state=Room.State.OPEN).select_related("building")
    return [
        (_("Buildings"), [(f"building:{row.pk}", row.name) for row in Building.objects.all()]),
        (_("Rooms"), [(f"room:{row.pk}", f"{row.name} · {row.building.name}") for row in rooms]),
    ]


def _number(request: HttpRequest, field: str) -> int:
    try:
        return int(request.POST.get(field, ""))
    except ValueError as error:
        raise NotFound from error


def _troubles() -> QuerySet[Reminder]:
    """The last week's reminders that were not sent, or not surely, or that still wait."""
    return (
        Reminder.objects.select_related("occurrence__booking", "occurrence__room", "member")
        .filter(starts_at__gt=timezone.now() - REPORTED)
        .exclude(error__in=("", OVERTAKEN))
        .exclude(state=Reminder.State.CANCELLED)
        .order_by("-starts_at")[:MOST_REPORTED]
    )
