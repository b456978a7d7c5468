"""Which channel of a company's Slack what concerns a room is posted to: the narrowest there is."""

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from bookings.models import Building, Room
from reminders.models import SlackChannel
from tenants.audit_log import note
from tenants.errors import NotFound
from tenants.models import Company, Member
from tenants.notices import end_notice, raise_notice

CHANNEL_NOTICE = "slack_channel"  # what administrators are told, see tenants.notices
CHANNEL_WORDS = _("Roomly cannot post to one of your Slack channels, so its reminders wait.")


def choose_channel(
    *,
    company: Company,
    name: str,
    channel_id: str = "",
    building: Building | None = None,
    room: Room | None = None,
    by: Member | None = None,
) -> None:
    """Has what concerns a room, a building or the company posted to a channel from now on.

    `name` is an id or #name, to be shown; `channel_id` is the id where it is known.
    """
    SlackChannel.objects.update_or_create(
        company=company, building=building, room=room,
        defaults={"name": name, "channel_id": channel_id, "error": ""},
    )  # fmt: skip
    place = {"place": str(building or room or "")}
    note("slack.channel", by=by, subject=name, after=place if place["place"] else None)
    _tell()


def get_channel(pk: int) -> SlackChannel:
    """A choice of the active company. Raises NotFound."""
    found: SlackChannel | None = SlackChannel.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def remove_channel(channel: SlackChannel, *, by: Member | None = None) -> None:
    """Has what went there go to the next wider place's channel."""
    channel.delete()
    note("slack.no_channel", by=by, subject=channel.name)
    _tell()


def chosen_channels() -> list[SlackChannel]:
    """The active company's choices: its own first, then by the names of buildings and rooms."""
    rows = SlackChannel.objects.select_related("building", "room__building")
    return sorted(
        rows,
        key=lambda row: (
            row.building_id is not None or row.room_id is not None,
            row.room_id is not None,
            str(row.building or row.room or ""),
        ),
    )


def channel_of_company() -> SlackChannel | None:
    """The active company's own channel."""
    found: SlackChannel | None = SlackChannel.objects.filter(building=None, room=None).first()
    return found


def channel_of_room(room: Room) -> SlackChannel | None:
    """The room's own channel, or else its building's, or else the company's."""
    places = SlackChannel.objects.filter(
        Q(room=room) | Q(building_id=room.building_id) | Q(room=None, building=None)
    )
    return max(
        places,
        key=lambda place: (place.room_id is not None, place.building_id is not None),
        default=None,
    )


def address_of(channel: SlackChannel | None) -> str:
    """What Slack knows a channel by; empty for that of an incoming webhook."""
    return (channel.channel_id or channel.name) if channel else ""


def mark_unusable(channel: SlackChannel | None, code: str) -> None:
    """Nothing can be posted there until somebody mends it, which administrators are told."""
    if channel and SlackChannel.objects.filter(pk=channel.pk).update(error=code):
        raise_notice(CHANNEL_NOTICE, CHANNEL_WORDS, reverse("slack"))


def forgive_channels() -> None:
    """Another door was opened: through it the channels may be usable."""
    SlackChannel.objects.exclude(error="").update(error="")
    _tell()


def mark_named(channel: SlackChannel | None, channel_id: str) -> None:
    """A message arrived: this is the channel's id, and nothing is wrong with it."""
    if channel and (channel.channel_id, channel.error) != (channel_id, ""):
        SlackChannel.objects.filter(pk=channel.pk).update(channel_id=channel_id, error="")
        _tell()


def _tell() -> None:
    """Ends the telling once nothing is wrong with any channel."""
    if not SlackChannel.objects.exclude(error="").exists():
        end_notice(CHANNEL_NOTICE)
