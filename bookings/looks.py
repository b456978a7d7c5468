"""How a booking looks on the time line, and the same in words: state is never colour alone."""

from collections.abc import Callable, Iterable

from django.utils.translation import gettext as _

from bookings.models import Occurrence
from bookings.sync_state import Sync, SyncState
from tenants.models import Member

WORDS: dict[str, Callable[[], str]] = {
    "mine": lambda: _("yours"),
    "pending": lambda: _("to be confirmed"),
    "held": lambda: _("held"),
    "conflicted": lambda: _("conflicting"),
    "free": lambda: _("does not block the room"),
    "sending": lambda: _("on its way to Google Calendar"),
    "failed": lambda: _("not in Google Calendar"),
}


def looks_of(row: Occurrence, member: Member, sync: SyncState) -> list[str]:
    """The classes of a date's bar; the confirmed booking of somebody else has none."""
    looks = []
    if row.booking.organizer_id == member.pk:
        looks.append("mine")
    if row.room_response == Occurrence.RoomResponse.DECLINED:
        looks.append("conflicted")
    elif row.status != Occurrence.Status.CONFIRMED:
        looks.append(row.status)
    if row.transparent:
        looks.append("free")
    if sync.state != Sync.SYNCED:
        looks.append("failed" if sync.state == Sync.FAILED else "sending")
    return looks


def in_words(looks: Iterable[str]) -> str:
    """What looks say, for those who do not see them."""
    return ", ".join(WORDS[look]() for look in looks)


def legend(seen: Iterable[str]) -> list[tuple[str, str]]:
    """The looks on the screen with their words, in a fixed order."""
    found = set(seen)
    return [(look, word()) for look, word in WORDS.items() if look in found]
