"""Displays, and the links that open them.

A link names its company and its display, signed by us (`12.34.<signature>`), so that the company's
scope can be opened before anything is looked up, and a forged one costs no query.
"""

from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils import timezone

from bookings.house_rules.reading import with_rules
from bookings.models import Display, Room
from tenants.audit_log import note
from tenants.errors import NotFound
from tenants.models import Member

SEEN_EVERY = timedelta(minutes=5)
_LONGEST = 100  # characters, of a token
_SIGNER = Signer(sep=".", salt="bookings.display")


def token_of(display: Display) -> str:
    """The secret part of a display's link."""
    return _SIGNER.sign(f"{display.company_id}.{display.pk}")


def link_of(display: Display) -> str:
    """The whole address of a display."""
    return settings.PUBLIC_URL + reverse("display", args=[token_of(display)])


def read_token(token: str) -> tuple[int, int]:
    """The company and the display that a genuine token names; raises NotFound for any other."""
    try:
        company, _dot, display = _SIGNER.unsign(token[:_LONGEST]).partition(".")
    except BadSignature as error:
        raise NotFound from error
    return int(company), int(display)


def get_display(pk: int) -> Display:
    """A display of the active company, with the company, the room and its rules: two queries.

    Raises NotFound for one that was switched off.
    """
    found: Display | None = Display.objects.select_related("company").filter(pk=pk).first()
    if found is None:
        raise NotFound
    rooms = with_rules(Room.objects.select_related("building", "floor", "clock"))
    found.room = rooms.get(pk=found.room_id)
    return found


def display_in(room: Room) -> Display | None:
    """The display at a room's door, if there is one."""
    found: Display | None = Display.objects.filter(room=room).first()
    return found


def make_display(*, room: Room, by: Member) -> Display:
    """Gives a room a display, with a link that no display had before.

    One that it has already stays, so that a second press does not close what the first opened.
    """
    found: tuple[Display, bool] = Display.objects.get_or_create(room=room, defaults={"made_by": by})
    display, is_new = found
    if is_new:
        note("displays.made", by=by, subject=room, target=room.pk)
    return display


def switch_off(room: Room, *, by: Member | None = None) -> None:
    """Closes the link of a room's display for ever."""
    closed, _rows = Display.objects.filter(room=room).delete()
    if closed:
        note("displays.off", by=by, subject=room, target=room.pk)


def note_seen(display: Display) -> None:
    """Notes that a display is in use, every few minutes."""
    now = timezone.now()
    if display.seen_at is None or display.seen_at < now - SEEN_EVERY:
        Display.objects.filter(pk=display.pk).update(seen_at=now)
