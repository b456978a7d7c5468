"""The booking form as a modal: filled in with what is known, checked while the person waits.

A submission comes to the web process, which cannot ask whose workspace it is. The form carries
that, signed by us, and it counts only for the person and the workspace that it was opened for.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core import signing
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from bookings.access import get_occurrence, get_room
from bookings.alternatives import Alternative, alternatives
from bookings.availability import find_rooms
from bookings.creating import create_booking
from bookings.drafts import Actor, Draft
from bookings.errors import RoomTaken
from bookings.idempotency import Answer, KeyReused, answer_once
from bookings.models import Door, Occurrence, Room
from bookings.overlaps import owner_of
from bookings.ranking import Wish as RoomWish
from bookings.rules import TITLE_LIMIT, instant_of
from bookings.spans import Span
from bookings.web.days import clock_span
from bookings.web.form.forms import attendees_in
from reminders import blocks, slack
from reminders.blocks import Block, plain
from reminders.messages import Receiver, open_button, place_of, title_for
from reminders.models import SlackConnection
from reminders.remote.answering import tell
from reminders.remote.asked import Asked, Malformed, Press, id_in, person_in
from reminders.remote.replies import words_alone
from reminders.remote.who import Asker, language_of
from reminders.times import lasting, when
from tenants.errors import DomainError, InvalidInput
from tenants.models import Member
from tenants.scope import company_scope

FORM = "book_room"  # the callback id
SALT = "reminders.remote.booking_form"
OPEN_FOR = timedelta(hours=12)
PATIENCE = "1500ms"  # with others who book the room: Slack waits three seconds for an answer
MOST_ROOMS = 100  # of a select
LENGTHS = (15, 30, 45, 60, 90, 120, 150, 180, 240, 300, 360, 480)  # minutes
FIELD_OF_ERROR = {
    "title": "title", "attendees": "people", "start": "start", "timezone": "start",
    "end": "length", "room": "room",
}  # fmt: skip

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Prefilled:
    """The form's first values, on the clock of who asks."""

    day: date
    start: time
    length: timedelta
    title: str = ""
    room_id: int | None = None
    seats: int = 1
    equipment: tuple[str, ...] = ()


@dataclass(frozen=True)
class Filled:
    """What somebody sent."""

    title: str
    room_id: int
    start: datetime  # wall clock
    length: timedelta
    people: str


@dataclass(frozen=True)
class Sender:
    """Who sent a form, and on which clock they filled it in."""

    member: Member
    zone: ZoneInfo
    key: str  # of this form, once opened

    @property
    def reader(self) -> Receiver:
        return Receiver(language_of(self.member), self.zone.key, self.member)


def open_form(asked: Asked, asker: Asker, known: Prefilled) -> None:
    """Shows the form; its permission to do so lasts three seconds. Raises SlackTrouble."""
    with company_scope(asker.company.pk):
        options = _rooms(asker, known)
    if not options:
        return tell(asked, words_alone(_("There is no room that can be booked.")))
    try:
        slack.open_view(asker.connection, asked.trigger, _view(asked, asker, known, options))
    except slack.Throttled:
        raise
    except slack.SlackTrouble:
        words = _("Slack did not open the form. Please try once more.")
        tell(asked, words_alone(words))
    return None


def offered(press: Press, asker: Asker) -> Prefilled:
    """The first values that a “Book” button carries: “room|start|minutes”. Raises InvalidInput."""
    try:
        room_id, start, minutes = press.value.split("|")
        at = datetime.fromisoformat(start).astimezone(asker.zone)
        return Prefilled(
            day=at.date(), start=at.time().replace(second=0, microsecond=0),
            length=timedelta(minutes=int(minutes)), room_id=int(room_id),
        )  # fmt: skip
    except (ValueError, OverflowError) as error:
        raise InvalidInput(_("This offer cannot be read any more.")) from error


def submit(payload: Json) -> Json:
    """Books what a form says; Slack's answer, which shows what is wrong beside the fields.

    Runs in the web process, without calling Slack. Raises Malformed for what was not sent from a
    form of ours by the person for whom it was opened.
    """
    team, user = person_in(payload)
    view = payload.get("view")
    if not isinstance(view, dict):
        raise Malformed
    carried = _carried(view)
    if carried is None:
        return _errors("title", _("This form is too old. Please open it again."))
    if (carried["team"], carried["user"]) != (team, user):
        raise Malformed
    with company_scope(carried["company"], lock_timeout=PATIENCE):
        member = _member(carried)
        if member is None:
            return _errors("title", _("You cannot book here any more."))
        with translation.override(language_of(member)):
            sender = Sender(member, ZoneInfo(carried["zone"]), id_in(view.get("id")))
            return _booked(sender, view)


def _booked(sender: Sender, view: Json) -> Json:
    try:
        filled = _filled(view)
        answer = _book_once(sender, filled)
    except KeyReused:
        return _errors("title", _("This form has booked already. Open a new one to book again."))
    except DomainError as error:
        return _errors(FIELD_OF_ERROR.get(error.field or "", "room"), str(error))
    return {"response_action": "update", "view": _done(sender, answer.body["id"])}


def _book_once(sender: Sender, filled: Filled) -> Answer:
    """Books, or finds what the same form has booked; says what is free where the room is taken."""
    try:
        with transaction.atomic():  # a refusal leaves nothing behind
            return answer_once(
                actor=f"member:{sender.member.pk}", key=f"slack:{sender.key}",
                request_hash=_hash(filled), act=lambda: _book(sender, filled),
            )  # fmt: skip
    except RoomTaken as error:
        raise InvalidInput(_taken(sender, filled, error), field="room") from error


def _book(sender: Sender, filled: Filled) -> Answer:
    room = get_room(filled.room_id)
    span = _span(sender, filled)
    booked = create_booking(
        by=Actor(Door.SLACK, sender.member),
        company=sender.member.company,
        room=room,
        draft=Draft(
            title=filled.title,
            starts_at=span.starts_at,
            ends_at=span.ends_at,
            timezone=room.zone_name,
            attendees=tuple(attendees_in(filled.people)),
        ),
    )
    return Answer(201, {"id": str(booked.occurrences[0].public_id)})


def _span(sender: Sender, filled: Filled) -> Span:
    start = instant_of(filled.start, sender.zone.key, field="start")
    return Span(start, start + filled.length)


def _taken(sender: Sender, filled: Filled, error: RoomTaken) -> str:
    """Who has the room, and what is free instead."""
    room, span = get_room(filled.room_id), _span(sender, filled)
    holder = error.conflicts[0] if error.conflicts else None
    words = [_held_by(holder, sender)] if holder else [str(error)]
    seats = len(list(attendees_in(filled.people))) + 1
    offers = alternatives(company=sender.member.company, room=room, spans=[span], seats=seats)
    rooms = [place_of(offer.room) for offer in offers if offer.room.pk != room.pk]
    times = [_clock(offer, sender) for offer in offers if offer.room.pk == room.pk]
    if rooms:
        words.append(_("Free then: %(rooms)s.") % {"rooms": ", ".join(rooms)})
    if times:
        words.append(_("Free here: %(times)s.") % {"times": ", ".join(times)})
    return " ".join(words)


def _held_by(row: Occurrence, sender: Sender) -> str:
    return _("Taken %(times)s: %(title)s (%(owner)s).") % {
        "times": clock_span(row.starts_at, row.ends_at, sender.zone),
        "title": title_for(row, sender.reader),
        "owner": owner_of(row),
    }


def _clock(offer: Alternative, sender: Sender) -> str:
    return clock_span(offer.span.starts_at, offer.span.ends_at, sender.zone)


def _carried(view: Json) -> Json | None:
    """What the form was opened with; None once it is too old. Raises Malformed for a forgery."""
    try:
        carried = signing.loads(view.get("private_metadata") or "", salt=SALT, max_age=OPEN_FOR)
    except signing.SignatureExpired:
        return None
    except (signing.BadSignature, TypeError, ValueError) as error:
        raise Malformed from error
    return dict(carried)


def _member(carried: Json) -> Member | None:
    """Who opened the form, if they may still book and the workspace is still the company's."""
    if not SlackConnection.objects.filter(team_id=carried["team"]).exists():
        return None
    member: Member | None = (
        Member.objects.select_related("user", "company")
        .filter(pk=carried["member"], active=True, user__is_active=True)
        .filter(company__suspended_at=None)
        .first()
    )
    return member


def _filled(view: Json) -> Filled:
    """What the fields hold; raises InvalidInput for what is missing, Malformed for what is none."""
    state = view.get("state")
    values = state.get("values") if isinstance(state, dict) else None
    if not isinstance(values, dict):
        raise Malformed
    day, start = _value(values, "day", "selected_date"), _value(values, "start", "selected_time")
    if not day:
        raise InvalidInput(_("Choose a day."), field="start")
    if not start:
        raise InvalidInput(_("Choose a time."), field="start")
    try:
        return Filled(
            title=_value(values, "title", "value"),
            room_id=int(_value(values, "room", "selected_option")),
            start=datetime.combine(date.fromisoformat(day), time.fromisoformat(start[:5])),
            length=timedelta(minutes=int(_value(values, "length", "selected_option"))),
            people=_value(values, "people", "value"),
        )
    except (ValueError, OverflowError) as error:
        raise Malformed from error


def _value(values: Json, name: str, key: str) -> str:
    """A field's value: each stands alone in a block of its own name."""
    try:
        value = values.get(name, {}).get(name, {}).get(key)
        if isinstance(value, dict):
            value = value.get("value")
    except AttributeError as error:
        raise Malformed from error
    if value is not None and not isinstance(value, str):
        raise Malformed
    return value or ""


def _hash(filled: Filled) -> str:
    return signing.Signer(salt=SALT).signature(repr(filled))[:64]


def _errors(name: str, words: str) -> Json:
    return {"response_action": "errors", "errors": {name: words}}


def _rooms(asker: Asker, known: Prefilled) -> list[Block]:
    """All open rooms as options: those that are free and fit first."""
    rooms = Room.objects.select_related("building", "floor").filter(state=Room.State.OPEN)
    free = _free(asker, known)
    ordered = [*free, *(room for room in rooms if room not in free)]
    ordered.sort(key=lambda room: room.pk != known.room_id)
    return [_option(_room_words(room, room in free), str(room.pk)) for room in ordered[:MOST_ROOMS]]


def _free(asker: Asker, known: Prefilled) -> list[Room]:
    try:
        local = datetime.combine(known.day, known.start)
        start = instant_of(local, asker.zone.key, field="start")
        wish = RoomWish(
            window=Span(start, start + known.length), length=known.length, seats=known.seats,
            equipment=known.equipment,
        )  # fmt: skip
        found = find_rooms(company=asker.company, wish=wish, member=asker.member)
    except DomainError:
        return []  # a time that nobody can book; the form will say so
    return [each.room for each in found]


def _room_words(room: Room, is_free: bool) -> str:
    name = f"{place_of(room)} ({room.capacity})"
    return f"{name} · {_('free')}" if is_free else name


def _view(asked: Asked, asker: Asker, known: Prefilled, rooms: list[Block]) -> Json:
    lengths = sorted({*LENGTHS, max(1, int(known.length / timedelta(minutes=1)))})
    options = [_option(lasting(timedelta(minutes=each)), str(each)) for each in lengths]
    minutes = str(int(known.length / timedelta(minutes=1)))
    zone = _("On the clock of %(zone)s") % {"zone": asker.zone.key}
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": signing.dumps(
            {
                "company": asker.company.pk, "member": asker.member.pk,
                "team": asked.team, "user": asked.user, "zone": asker.zone.key,
            },
            salt=SALT,
        ),
        "title": plain(_("Book a room"), blocks.MODAL_LIMIT),
        "submit": plain(_("Book"), blocks.MODAL_LIMIT),
        "close": plain(_("Close"), blocks.MODAL_LIMIT),
        "blocks": [
            _input("title", _("Title"), _text(known.title[:TITLE_LIMIT], max_length=TITLE_LIMIT)),
            _input("room", _("Room"), _select(rooms, rooms[0])),
            _input("day", _("Date"), {
                "type": "datepicker", "initial_date": known.day.isoformat(),
            }),
            _input("start", _("Start"), {
                "type": "timepicker", "initial_time": f"{known.start:%H:%M}",
            }, hint=zone),
            _input("length", _("Length"), _select(
                options, next(each for each in options if each["value"] == minutes)
            )),
            _input("people", _("People"), _text("", multiline=True), optional=True,
                   hint=_("E-mail addresses, separated by commas or lines.")),
        ],
    }  # fmt: skip


def _done(sender: Sender, public_id: str) -> Json:
    """The form once it has booked."""
    row = get_occurrence(public_id)  # type: ignore[arg-type]
    return {
        "type": "modal",
        "title": plain(_("Booked"), blocks.MODAL_LIMIT),
        "close": plain(_("Close"), blocks.MODAL_LIMIT),
        "blocks": [
            blocks.section(f"{title_for(row, sender.reader)} · {place_of(row.room)}"),
            blocks.context(when(row.starts_at, row.ends_at, sender.zone)),
            blocks.actions(open_button(row)),
        ],
    }


def _input(
    name: str, label: str, element: Block, *, hint: str = "", optional: bool = False
) -> Block:
    return {
        "type": "input", "block_id": name, "label": plain(label),
        "element": {**element, "action_id": name}, "optional": optional,
    } | ({"hint": plain(hint)} if hint else {})  # fmt: skip


def _text(initial: str, **options: Any) -> Block:
    return {"type": "plain_text_input", **options} | ({"initial_value": initial} if initial else {})


def _select(options: list[Block], chosen: Block) -> Block:
    return {"type": "static_select", "options": options, "initial_option": chosen}


def _option(words: str, value: str) -> Block:
    return {"text": plain(words, blocks.OPTION_LIMIT), "value": value}
