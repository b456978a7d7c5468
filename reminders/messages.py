"""The words of a reminder, in the receiver's language and on the receiver's clock."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import formats, translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from bookings.access import is_hushed, may_see_details
from bookings.alternatives import Alternative
from bookings.models import BookingEvent, Occurrence, Room
from bookings.overlaps import Overlap, lacks_room, owner_of
from bookings.web.days import clock_span
from reminders.blocks import (
    HEADER_LIMIT,
    TEXT_LIMIT,
    Block,
    act,
    actions,
    context,
    cut,
    escape,
    header,
    link,
    plain,
    section,
)
from reminders.models import Reminder, SlackPerson
from reminders.times import lasting, when
from tenants.models import AdminNotice, Company, Member

MOST_LINES = 40  # of an agenda: a message has 50 blocks
MARK = "booking_reminder"  # the type of the metadata by which a message is recognised


@dataclass(frozen=True)
class Receiver:
    """Whom a message is for: a channel, which has no member, or a person."""

    language: str
    zone: str  # IANA; a channel's is its company's
    member: Member | None = None

    def organizes(self, occurrence: Occurrence) -> bool:
        return self.member is not None and occurrence.booking.organizer_id == self.member.pk


@dataclass(frozen=True)
class Message:
    """What Slack is to show: blocks, their fallback as plain words, and a mark for programs.

    `subject`, `lines` and `path` say the same in a mail.
    """

    text: str
    blocks: list[Block]
    metadata: dict[str, Any] = field(default_factory=dict)
    subject: str = ""
    lines: tuple[str, ...] = ()
    path: str = ""


def receiver_of(reminder: Reminder, person: SlackPerson | None) -> Receiver:
    """The receiver of a reminder, whose company and member are read as loaded."""
    company, member = reminder.company, reminder.member
    if member is None:
        return Receiver(company.language, company.timezone)
    zone = person.timezone if person else ""
    return Receiver(member.user.language or company.language, zone or company.timezone, member)


def reminder_message(reminder: Reminder, receiver: Receiver, now: datetime) -> Message:
    """A reminder as it reads at this instant; its occurrence, booking, room are read as loaded."""
    occurrence = reminder.occurrence
    title = title_for(occurrence, receiver, invited=receiver.member is not None)
    soon = _("Starts in %(time)s in %(room)s") % {
        "time": lasting(occurrence.starts_at - now),
        "room": place_of(occurrence.room),
    }
    times = _times(occurrence, receiver)
    return _message(
        reminder,
        lines=(title, soon, times),
        between=" · ",
        subject=f"{title}: {soon}",
        blocks=[header(title), section(soon), context(times)],
        buttons=buttons_of(occurrence, receiver),
        path=path_of(occurrence),
    )


def booked_message(reminder: Reminder, receiver: Receiver, made: BookingEvent | None) -> Message:
    """That somebody or something else booked for a person."""
    occurrence = reminder.occurrence
    said = {"room": place_of(occurrence.room), "title": title_for(occurrence, receiver)}
    if made and made.member:
        words = _("%(who)s booked %(room)s for you: %(title)s") % {"who": made.member, **said}
    else:
        words = _("A program of your company booked %(room)s for you: %(title)s") % said
    times = _times(occurrence, receiver)
    if occurrence.booking.is_series:
        times = _("%(times)s, and further dates") % {"times": times}
    return _message(
        reminder,
        lines=(words, times),
        between=" · ",
        subject=words,
        blocks=[section(words), context(times)],
        buttons=buttons_of(occurrence, receiver),
        path=path_of(occurrence),
    )


def overlap_message(reminder: Reminder, receiver: Receiver, overlap: Overlap) -> Message:
    """That a date has no room, to its owner and to who has the room, with what is free instead.

    The owner may take any of it by a button; who has the room is led to their own booking.
    """
    occurrence = reminder.occurrence
    organizes = receiver.organizes(occurrence)
    room, times = place_of(occurrence.room), _times(occurrence, receiver)
    lines = [
        _("%(title)s (%(owner)s) has no room: %(room)s is taken at that time.")
        % {
            "title": title_for(occurrence, receiver),
            "owner": owner_of(occurrence),
            "room": room,
        },
        *(
            _("%(title)s (%(owner)s) has it.")
            % {"title": title_for(row, receiver), "owner": owner_of(row)}
            for row in overlap.blockers
        ),
    ]
    offers = [_offer(offer, occurrence, receiver) for offer in overlap.offers]
    free = _("Free instead: %(offers)s") % {"offers": ", ".join(offers)} if offers else ""
    click = _("Free instead – one click moves it there")
    said = [*lines, click if organizes else free] if offers else lines
    subject = _("Two bookings overlap")
    own = next((row for row in overlap.blockers if receiver.organizes(row)), occurrence)
    return _message(
        reminder,
        lines=(*lines, times),
        between=" ",
        subject=subject,
        mailed=(*lines, times, free),
        blocks=[
            header(subject),
            section("\n".join(said)),
            context(times),
            *(_take_offer(o, words, occurrence) for o, words in
              zip(overlap.offers, offers, strict=True) if organizes),
        ],
        buttons=[open_button(own)],
        path=path_of(own),
    )  # fmt: skip


def placed_message(reminder: Reminder, receiver: Receiver) -> Message:
    """That a date which had lacked its room has it now."""
    occurrence = reminder.occurrence
    room, times = place_of(occurrence.room), _times(occurrence, receiver)
    words = _("The room is yours: %(title)s (%(owner)s) has %(room)s.") % {
        "title": title_for(occurrence, receiver),
        "owner": owner_of(occurrence),
        "room": room,
    }
    return _message(
        reminder,
        lines=(words, times),
        between=" ",
        subject=words,
        blocks=[section(words), context(times)],
        buttons=buttons_of(occurrence, receiver),
        path=path_of(occurrence),
    )


def agenda_message(
    reminder: Reminder, receiver: Receiver, day: date, dates: Sequence[Occurrence]
) -> Message:
    """A person's day: every booking with its time and room, those without a room marked."""
    title = _("Your meetings on %(day)s") % {"day": formats.date_format(day, "DATE_FORMAT")}
    lines = [_line(row, receiver) for row in dates[:MOST_LINES]]
    if len(dates) > MOST_LINES:
        lines.append(_("and %(count)d more") % {"count": len(dates) - MOST_LINES})
    return _message(
        reminder,
        lines=(title, *lines),
        between="\n",
        subject=title,
        blocks=[header(title), *(section(line) for line in lines)],
        buttons=[link(_("My bookings"), "/bookings/")],
        path="/bookings/",
    )


def mail_of(message: Message, member: Member, language: str) -> EmailMessage:
    """The same by mail, for a person whom Slack does not reach."""
    with translation.override(language):
        choose = _("When you are reminded, and of what: %(url)s") % {
            "url": f"{settings.PUBLIC_URL}/settings/reminders/"
        }
    body = [*message.lines, "", f"{settings.PUBLIC_URL}{message.path}", "", choose, ""]
    return EmailMessage(subject=message.subject, body="\n".join(body), to=[member.email])


def connection_test(company: Company) -> Message:
    """What an administrator sends to see whether the connection works."""
    with translation.override(company.language):
        words = _("Roomly is connected: reminders of your meetings come here.")
        return Message(text=escape(words), blocks=[section(words)])


def notice_message(notice: AdminNotice) -> Message:
    """What administrators have to do, with a button to where."""
    with translation.override(notice.company.language):
        button = link(_("To the settings"), notice.path)
    return Message(
        text=escape(notice.text),
        blocks=[
            section(notice.text),
            actions(button),
        ],
    )


def mark_of(reminder: Reminder) -> dict[str, str]:
    """What tells one message from every other: the reminder, and the start that it names."""
    return {"reminder": str(reminder.pk), "starts_at": reminder.starts_at.isoformat()}


def _message(
    reminder: Reminder,
    *,
    lines: tuple[str, ...],
    between: str,
    subject: str,
    blocks: list[Block],
    buttons: list[Block],
    path: str,
    mailed: tuple[str, ...] = (),
) -> Message:
    return Message(
        text=escape(cut(between.join(lines), TEXT_LIMIT)),
        blocks=[*blocks, actions(*buttons)],
        metadata={"event_type": MARK, "event_payload": mark_of(reminder)},
        subject=subject,
        lines=tuple(line for line in mailed or lines if line),
        path=path,
    )


def title_for(occurrence: Occurrence, receiver: Receiver, *, invited: bool = False) -> str:
    """The title on one line; a private booking's is for who takes part or may see it."""
    reader = receiver.member
    seen = may_see_details(reader, occurrence) if reader else not is_hushed(occurrence)
    if not invited and not seen:
        return _("Private meeting")
    title = cut(" ".join(occurrence.shown_title.split()), HEADER_LIMIT)
    return title or _("Untitled meeting")


def place_of(room: Room) -> str:
    """A room by its name and floor."""
    return f"{room.name} {room.floor.name}" if room.floor else room.name


def _offer(offer: Alternative, occurrence: Occurrence, receiver: Receiver) -> str:
    """Another room at the same time, or the same room at another."""
    if offer.room.pk != occurrence.room_id:
        return place_of(offer.room)
    return clock_span(offer.span.starts_at, offer.span.ends_at, _zone(offer.room, receiver))


def _take_offer(offer: Alternative, words: str, occurrence: Occurrence) -> Block:
    value = f"{occurrence.public_id}|{offer.room.pk}|{offer.span.starts_at.isoformat()}"
    button = act("take_offer", _("Take it"), value)
    return section(words, button)


def _line(row: Occurrence, receiver: Receiver) -> str:
    """One booking of an agenda."""
    zone = ZoneInfo(receiver.zone)
    title = title_for(row, receiver, invited=True)
    line = f"{clock_span(row.starts_at, row.ends_at, zone)} {title} · {place_of(row.room)}"
    return _("%(booking)s (needs another room)") % {"booking": line} if lacks_room(row) else line


def _times(occurrence: Occurrence, receiver: Receiver) -> str:
    """The day and the wall clock: a channel's is the room's, a person's their own. The zone is
    named where it is not the company's, or not the room's."""
    zone = _zone(occurrence.room, receiver)
    times = when(occurrence.starts_at, occurrence.ends_at, zone)
    usual = receiver.zone if receiver.member is None else occurrence.room.zone_name
    return f"{times} ({zone.key})" if zone.key != usual else times


def _zone(room: Room, receiver: Receiver) -> ZoneInfo:
    return ZoneInfo(room.zone_name if receiver.member is None else receiver.zone)


def buttons_of(occurrence: Occurrence, receiver: Receiver) -> list[Block]:
    """What the organiser may do from where they read it; everybody may open it."""
    if not receiver.organizes(occurrence):
        return [open_button(occurrence)]
    value = str(occurrence.public_id)
    rest = act(
        "give_up_rest", _("Give up the rest"), value,
        _confirm(_("Give up this and all later dates?"), _("They are cancelled for everybody.")),
    )  # fmt: skip
    return [
        open_button(occurrence),
        act("extend", _("+15 min"), value),
        act("other_room", _("Another room"), value),
        act(
            "give_up", _("Give up the room"), value,
            _confirm(_("Give up this meeting?"), _("It is cancelled for everybody.")),
        ),
        *([rest] if occurrence.booking.is_series else []),
    ]  # fmt: skip


def _confirm(title: str, text: str) -> Block:
    return {
        "title": plain(title),
        "text": plain(text),
        "confirm": plain(_("Give up")),
        "deny": plain(_("Keep it")),
        "style": "danger",
    }


def path_of(occurrence: Occurrence) -> str:
    """Of its page in Roomly."""
    return f"/bookings/{occurrence.public_id}/"


def open_button(occurrence: Occurrence) -> Block:
    """Leads to its page."""
    return link(pgettext("button", "Open"), path_of(occurrence))
