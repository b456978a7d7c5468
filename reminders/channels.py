"""Which channel of a company's Slack what concerns a room is posted to: the narrowest there is."""

from django.db.models import Q

from bookings.models import Room
from reminders.models import SlackChannel
from tenants.models import Company


def choose_channel(*, company: Company, name: str) -> SlackChannel:
    """Has a company's messages posted to a channel, by its id or #name, instead of the last one."""
    chosen: SlackChannel
    chosen, _made = SlackChannel.objects.update_or_create(
        company=company, building=None, room=None,
        defaults={"name": name, "channel_id": "", "error": ""},
    )  # fmt: skip
    return chosen


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


def mark_named(channel: SlackChannel | None, channel_id: str) -> None:
    """A message arrived: this is the channel's id, and nothing is wrong with it."""
    if channel and (channel.channel_id, channel.error) != (channel_id, ""):
        SlackChannel.objects.filter(pk=channel.pk).update(channel_id=channel_id, error="")
