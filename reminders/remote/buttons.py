"""What the buttons of a message do: give a date up or bring it back, make it longer, move it.

A press does once what it means, however often its task runs, and a double click is one press: the
intent is remembered in the transaction of the act. What comes after may be done again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from bookings.access import get_occurrence, get_room
from bookings.alternatives import alternatives
from bookings.drafts import Changes
from bookings.edits.asking import check_actor
from bookings.edits.edit_modes import Scope
from bookings.edits.editing import cancel_booking, change_booking
from bookings.edits.restoring import can_come_back, restore_occurrence
from bookings.errors import Changed, RoomTaken
from bookings.guests import guests_of
from bookings.idempotency import Answer, answer_once
from bookings.models import Occurrence
from bookings.occurrences import version_tag
from bookings.overlaps import owner_of
from bookings.recurrence import to_local
from bookings.spans import Span
from reminders import slack
from reminders.blocks import act, actions, section
from reminders.messages import Message, Receiver, place_of, title_for
from reminders.remote.answering import show_instead, tell
from reminders.remote.asked import Press, is_direct
from reminders.remote.dates import RESTORE, as_it_is, has_changed, is_list, is_past
from reminders.remote.lists import list_of_own
from reminders.remote.replies import message, words_alone
from reminders.remote.who import Asker
from reminders.shown import note_shown
from tenants.errors import DomainError, InvalidInput, NotFound
from tenants.scope import company_scope

QUARTER = timedelta(minutes=15)
OTHER_ROOM = "other_room"


@dataclass(frozen=True)
class Outcome:
    """What the pressed message is to say, and what to tell the person alone; None: nothing."""

    instead: Message | None = None
    aside: Message | None = None
    elsewhere: tuple[str, str, Message] | None = None  # channel and name of another message


@dataclass(frozen=True)
class Wanted:
    """A press and the date that it is about, as it is now."""

    press: Press
    asker: Asker
    row: Occurrence

    def reader_of(self, *, alone: bool) -> Receiver:
        """Who reads: the person alone, or everybody in a channel, by the clock of the room."""
        if alone:
            return self.asker.reader
        return Receiver(self.asker.company.language, self.row.room.zone_name)


def press_button(press: Press, asker: Asker) -> None:
    """Does what a button says and shows what came of it; raises SlackTrouble."""
    with company_scope(asker.company.pk):
        outcome = _outcome(press, asker)
    if outcome.instead is not None:
        show_instead(asker.connection, press, outcome.instead)
    if outcome.elsewhere is not None:
        _show_elsewhere(asker, *outcome.elsewhere)
    if outcome.aside is not None:
        tell(press, outcome.aside)


def _outcome(press: Press, asker: Asker) -> Outcome:
    try:
        row = get_occurrence(_subject(press))
    except NotFound:
        return Outcome(words_alone(_("This booking does not exist any more.")))
    wanted = Wanted(press, asker, row)
    if is_past(row) and not (press.action == RESTORE and can_come_back(row)):
        return _now(wanted)
    try:
        if press.action == OTHER_ROOM:
            return _other_rooms(wanted)
        return _now(wanted, _done_once(wanted))
    except Changed:
        return _now(wanted, _("This has changed in the meantime. Look at it again."))
    except RoomTaken as error:
        return Outcome(aside=_taken(wanted, error))
    except DomainError as error:
        return Outcome(aside=words_alone(str(error)))


@transaction.atomic  # a refusal leaves nothing behind
def _done_once(wanted: Wanted) -> str:
    """Does what was pressed, unless it was done before; the words for what was done."""
    press, asker = wanted.press, wanted.asker

    def change() -> Answer:
        if has_changed(wanted.row, press):
            raise Changed
        CHANGES[press.action](wanted)
        return Answer(200, {})

    answer = answer_once(
        actor=f"member:{asker.member.pk}", key=f"slack:{press.intent}",
        request_hash=press.intent, act=change,
    )  # fmt: skip
    return "" if answer.replayed else _WORDS[press.action]()


def _now(wanted: Wanted, lead: str = "") -> Outcome:
    """Shows how it is now in the place of what was pressed."""
    row = get_occurrence(wanted.row.public_id)
    if is_list(wanted.press):
        return Outcome(list_of_own(wanted.asker, lead, row if lead else None))
    shown = as_it_is(row, wanted.reader_of(alone=wanted.press.is_private), lead)
    note_shown(row, wanted.press.channel, wanted.press.message)
    origin = _origin(wanted.press)
    if origin is None:
        return Outcome(shown)
    note_shown(row, *origin)
    there = as_it_is(row, wanted.reader_of(alone=is_direct(origin[0])), lead)
    return Outcome(shown, elsewhere=(*origin, there))


def _give_up(wanted: Wanted) -> None:
    _cancel(wanted, Scope.THIS)


def _give_up_rest(wanted: Wanted) -> None:
    _cancel(wanted, Scope.FOLLOWING)


def _cancel(wanted: Wanted, scope: Scope) -> None:
    cancel_booking(
        by=wanted.asker.by, company=wanted.asker.company, occurrence=wanted.row, scope=scope,
        expected_version=version_tag(wanted.row),
    )  # fmt: skip


def _extend(wanted: Wanted) -> None:
    _change(wanted, {"ends_at": wanted.row.ends_at + QUARTER})


def _take_offer(wanted: Wanted) -> None:
    """Another room at the same time, the same room at another, or both; the length stays."""
    room_id, start = _offered(wanted.press)
    row = wanted.row
    changes: Changes = {"room": get_room(room_id)}
    if start != row.starts_at:
        changes["starts_at"] = start
        changes["ends_at"] = start + (row.ends_at - row.starts_at)
    _change(wanted, changes)


def _change(wanted: Wanted, changes: Changes) -> None:
    change_booking(
        by=wanted.asker.by, company=wanted.asker.company, occurrence=wanted.row, changes=changes,
        expected_version=version_tag(wanted.row),
    )  # fmt: skip


def _restore(wanted: Wanted) -> None:
    restore_occurrence(
        by=wanted.asker.by, company=wanted.asker.company, occurrence=wanted.row,
        expected_version=version_tag(wanted.row),
    )  # fmt: skip


CHANGES: dict[str, Callable[[Wanted], None]] = {
    "give_up": _give_up,
    "give_up_rest": _give_up_rest,
    "extend": _extend,
    "take_offer": _take_offer,
    RESTORE: _restore,
}
ACTS = {*CHANGES, OTHER_ROOM}
_WORDS: dict[str, Callable[[], str]] = {
    "give_up": lambda: _("Given up. The room is free again."),
    "give_up_rest": lambda: _("This date and all that follow are given up."),
    "extend": lambda: _("Fifteen minutes longer."),
    "take_offer": lambda: _("Moved."),
    RESTORE: lambda: _("The room is yours again."),
}


def _taken(wanted: Wanted, error: RoomTaken) -> Message:
    """Who has the room and until when it is free, or what else is free."""
    if wanted.press.action == "take_offer" or not error.conflicts:
        return _offers(wanted, str(error))
    row, zone = wanted.row, wanted.asker.zone
    first = min(error.conflicts, key=lambda other: other.block_from)
    names = {
        "room": place_of(row.room),
        "time": f"{to_local(first.starts_at, zone):%H:%M}",
        "title": title_for(first, wanted.asker.reader),
        "owner": owner_of(first),
    }
    lines = [_("%(room)s is taken from %(time)s on: %(title)s (%(owner)s).") % names]
    if wanted.press.action == RESTORE:
        return words_alone(lines[0])
    free_until = first.block_from - row.room.buffer_after
    if free_until > row.ends_at:
        until = f"{to_local(free_until, zone):%H:%M}"
        lines.append(_("It is free until %(time)s.") % {"time": until})
    else:
        lines.append(_("So it cannot be longer here."))
    return words_alone("\n".join(lines))


def _other_rooms(wanted: Wanted) -> Outcome:
    check_actor(wanted.row.booking, wanted.asker.by)
    if has_changed(wanted.row, wanted.press):
        raise Changed
    return Outcome(aside=_offers(wanted, ""))


def _offers(wanted: Wanted, lead: str) -> Message:
    """Rooms that are free at the date's time, each a button, for the person alone."""
    row = wanted.row
    free = alternatives(
        company=wanted.asker.company, room=row.room, spans=[Span(row.starts_at, row.ends_at)],
        seats=len(guests_of(row)) + 1,
        besides=[row.pk],
    )  # fmt: skip
    rooms = [offer.room for offer in free if offer.room.pk != row.room_id]
    if not rooms:
        return words_alone(f"{lead}\n{_('No other room is free at that time.')}".strip())
    press = wanted.press
    shown = (press.channel, press.message) if press.seen_by == "all" else ("", "")
    origin = _origin(press) or shown
    buttons = [
        act(
            f"take_offer:{number}",
            f"{place_of(room)} ({room.capacity})",
            "|".join([str(row.public_id), str(room.pk), row.starts_at.isoformat(), *origin]),
        )
        for number, room in enumerate(rooms, start=1)
    ]
    seen = f"offers:{row.public_id}:{version_tag(row)}"
    title = _("Free at the same time, instead of %(room)s:") % {"room": place_of(row.room)}
    return message(section(f"{lead}\n{title}".strip()), actions(*buttons, block_id=seen))


def _subject(press: Press) -> UUID:
    """The date that a button is about; what is no id is nobody's date."""
    try:
        return UUID(press.value.partition("|")[0])
    except ValueError as error:
        raise NotFound from error


def _offered(press: Press) -> tuple[int, datetime]:
    """Room and start of an offer: “date|room|start”, and in ours where the date was shown."""
    try:
        _date, room, start = press.value.split("|")[:3]
        at = datetime.fromisoformat(start)
        if at.tzinfo is not None:
            return int(room), at
    except ValueError:
        pass
    raise InvalidInput(_("This offer cannot be read any more."))


def _origin(press: Press) -> tuple[str, str] | None:
    """Channel and name of the message whose “other room” brought these offers."""
    parts = press.value.split("|")
    return (parts[3], parts[4]) if len(parts) == 5 and parts[3] and parts[4] else None


def _show_elsewhere(asker: Asker, channel: str, ts: str, words: Message) -> None:
    """Has the message from which somebody asked for other rooms say how it is now, if it can."""
    try:
        slack.update(asker.connection, channel, ts, words)
    except slack.SlackTrouble:
        return  # it was an incoming webhook's, or is gone
