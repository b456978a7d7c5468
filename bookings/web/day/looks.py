"""How a booking looks on the time line, and the same in words: state is never colour alone."""

from collections.abc import Callable, Iterable

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils.translation import gettext as _

from bookings.models import Occurrence
from bookings.overlaps import lacks_room
from bookings.shown import ShownDate
from bookings.sync_state import Sync
from bookings.web.repeats import repeats
from tenants.models import Member

LACKS_ROOM = ExpressionWrapper(
    Q(status=Occurrence.Status.CONFLICTED) | Q(room_response=Occurrence.RoomResponse.DECLINED),
    output_field=BooleanField(),
)

WORDS: dict[str, Callable[[], str]] = {
    "mine": lambda: _("yours"),
    "series": lambda: _("repeats"),
    "pending": lambda: _("to be confirmed"),
    "held": lambda: _("held"),
    "conflicted": lambda: _("conflicting"),
    "todo": lambda: _("needs another room or time"),
    "free": lambda: _("does not block the room"),
    "sending": lambda: _("on its way to Google Calendar"),
    "failed": lambda: _("not in Google Calendar"),
    "closed": lambda: _("closed"),
    "off": lambda: _("outside of working hours"),
}


def looks_of(row: ShownDate, member: Member) -> tuple[str, ...]:
    """The classes of a date's bar; the confirmed booking of somebody else has none."""
    looks = []
    if row.booking.organizer_id == member.pk:
        looks.append("mine")
    if repeats(row.booking):
        looks.append("series")
    if lacks_room(row):
        looks.append("conflicted")
        if "mine" in looks:
            looks.append("todo")
    elif row.status != Occurrence.Status.CONFIRMED:
        looks.append(row.status)
    if row.transparent:
        looks.append("free")
    if row.sync != Sync.SYNCED:
        looks.append("failed" if row.sync == Sync.FAILED else "sending")
    return tuple(looks)


def in_words(looks: Iterable[str]) -> str:
    """What looks say, for those who do not see them."""
    return ", ".join(WORDS[look]() for look in looks)


def legend(seen: Iterable[str]) -> list[tuple[str, str]]:
    """The looks on the screen with their words, in a fixed order."""
    found = set(seen)
    return [(look, word()) for look, word in WORDS.items() if look in found]
