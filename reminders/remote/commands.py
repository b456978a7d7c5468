"""/room: what is free, what one has booked, and the form to book, answered to who asks alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.availability import find_rooms, nearest
from bookings.models import Equipment, Room
from bookings.ranking import FreeRoom
from bookings.ranking import Wish as RoomWish
from bookings.recurrence import to_instant, to_local
from bookings.rules import LATE_START, instant_of
from bookings.spans import Span
from bookings.web.days import clock_span
from reminders.blocks import Block, act, context, section
from reminders.messages import Message, place_of
from reminders.remote.answering import tell
from reminders.remote.asked import Command
from reminders.remote.booking_form import Prefilled, open_form
from reminders.remote.lists import list_of_own
from reminders.remote.replies import message, words_alone
from reminders.remote.vocabulary import Verb
from reminders.remote.who import Asker
from reminders.remote.wording import Wish, read
from reminders.times import day_words, lasting, when
from tenants.errors import DomainError
from tenants.scope import company_scope

DEFAULT_LENGTH = timedelta(minutes=30)
SHORTEST = timedelta(minutes=15)  # that is worth going to a room for
AT_ONCE = timedelta(minutes=1)
DAY = timedelta(days=1)
MOST_ROOMS = 8


@dataclass(frozen=True)
class Search:
    """What is looked for, as instants: a length somewhere in a window, or all of it."""

    window: Span
    length: timedelta
    wish: Wish
    any_hour: bool = False

    def as_room_wish(self) -> RoomWish:
        """As the search of rooms takes it."""
        return RoomWish(
            window=self.window, length=self.length, seats=self.wish.seats or 1,
            equipment=self.wish.equipment, any_hour=self.any_hour,
        )  # fmt: skip


def run_command(command: Command, asker: Asker) -> None:
    """Answers /room; raises SlackTrouble."""
    now = timezone.now()
    verb, wish = read(command.text, to_local(now, asker.zone).date())
    if verb == Verb.BOOK:
        return open_form(command, asker, prefilled(wish, asker, now))
    with company_scope(asker.company.pk):
        answer = _answer(verb, wish, asker, now)
    return tell(command, answer)


def prefilled(wish: Wish, asker: Asker, now: datetime) -> Prefilled:
    """The form's first values: what was said, and what is likely where nothing was."""
    zone, today = asker.zone, to_local(now, asker.zone).date()
    day, start = wish.day, wish.start
    if start is None:
        quarter = to_local(_next_quarter(now), zone)
        is_now = (day or today) == today and quarter.date() == today
        start = quarter.time() if is_now else asker.company.working_from
    if day is None:
        over = to_instant(datetime.combine(today, start), zone) < now - LATE_START
        day = today + DAY if over else today
    return Prefilled(
        title=wish.title or wish.rest, day=day, start=start,
        length=wish.length or DEFAULT_LENGTH, seats=wish.seats or 1, equipment=wish.equipment,
    )  # fmt: skip


def _answer(verb: Verb, wish: Wish, asker: Asker, now: datetime) -> Message:
    if verb == Verb.MINE:
        return list_of_own(asker)
    if verb == Verb.HELP or (verb == Verb.FIND and wish.is_empty):
        return _help(wish)
    try:
        search = _now(wish, asker, now) if verb == Verb.NOW else _later(wish, asker, now)
        if verb == Verb.NOW:
            return _free_now(search, asker, now)
        return _found(search, asker)
    except DomainError as error:
        return words_alone(str(error))


def _help(wish: Wish) -> Message:
    said = [_not_understood(wish)] if wish.rest else []
    examples = (
        _("/room now 6 video – what is free at this moment"),
        _("/room find tomorrow 3pm 1h – what is free then"),
        _("/room book Design review, Friday 10:00–11:00 – the form, filled in"),
        _("/room mine – your bookings, with buttons"),
    )
    return message(*(section(words) for words in said), section("\n".join(examples)))


def _now(wish: Wish, asker: Asker, now: datetime) -> Search:
    """From this minute on, whatever the hour; what was said of another time is no part of it."""
    start = now.replace(second=0, microsecond=0)
    midnight = to_instant(
        datetime.combine(to_local(now, asker.zone).date() + DAY, time()), asker.zone
    )
    length = wish.length or SHORTEST
    return Search(Span(start, max(midnight, start + length)), length, wish, any_hour=True)


def _later(wish: Wish, asker: Asker, now: datetime) -> Search:
    """At the time that was said, or somewhere on that day, a day off not before people come."""
    zone, length = asker.zone, wish.length or DEFAULT_LENGTH
    today = to_local(now, zone).date()
    if wish.start is None:
        day = wish.day or today
        since = to_instant(datetime.combine(day, asker.company.working_from), zone)
        until = to_instant(datetime.combine(day + DAY, time()), zone)
        return Search(Span(since, until), length, wish)
    start = instant_of(datetime.combine(wish.day or today, wish.start), zone.key, field="start")
    if wish.day is None and start < now - LATE_START:
        local = datetime.combine(today + DAY, wish.start)
        start = instant_of(local, zone.key, field="start")
    return Search(Span(start, start + length), length, wish)


def _free_now(search: Search, asker: Asker, now: datetime) -> Message:
    found = find_rooms(company=asker.company, wish=search.as_room_wish(), member=asker.member)
    free = [each for each in found if each.slots[0].span.starts_at - now < AT_ONCE]
    blocks = list(_heading(search, asker, _("Now")))
    length = search.wish.length or DEFAULT_LENGTH
    for number, each in enumerate(free[:MOST_ROOMS], start=1):
        start, until = search.window.starts_at, each.slots[0].gap.ends_at
        span = Span(start, min(start + length, until))
        blocks += _room(each, number, span, _free_until(until, now, asker))
    if not free:
        blocks.append(section(_("No room is free now.")))
        blocks += _near(search, asker)
    return message(*blocks)


def _found(search: Search, asker: Asker) -> Message:
    wish = search.as_room_wish()
    found = find_rooms(company=asker.company, wish=wish, member=asker.member, limit=MOST_ROOMS)
    said = _said_time(search, asker.zone)
    blocks = list(_heading(search, asker, said))
    for number, each in enumerate(found, start=1):
        spans = [slot.span for slot in each.slots]
        times = ", ".join(clock_span(s.starts_at, s.ends_at, asker.zone) for s in spans)
        blocks += _room(each, number, spans[0], "" if wish.is_exact else times)
    if not found:
        blocks.append(section(_("No room is free then.")))
        blocks += _near(search, asker)
    return message(*blocks)


def _heading(search: Search, asker: Asker, said: str) -> Iterator[Block]:
    """What was understood, said back; and what was not, with an example."""
    if search.wish.rest:
        yield section(_not_understood(search.wish))
    parts = [said, *_said_room(search.wish)]
    yield section(", ".join(parts))
    if asker.zone.key != asker.company.timezone:
        yield context(_("Times in %(zone)s") % {"zone": asker.zone.key})


def _not_understood(wish: Wish) -> str:
    words = _("I did not understand “%(words)s”. For example: /room find tomorrow 3pm 1h 6 video")
    return words % {"words": wish.rest}


def _said_time(search: Search, zone: ZoneInfo) -> str:
    window = search.window
    if search.length == window.length:
        return when(window.starts_at, window.ends_at, zone)
    day = day_words(to_local(window.starts_at, zone).date(), zone)
    return _("%(day)s, for %(length)s") % {"day": day, "length": lasting(search.length)}


def _said_room(wish: Wish) -> Iterator[str]:
    if wish.seats:
        yield ngettext("for %(n)d person", "for %(n)d people", wish.seats) % {"n": wish.seats}
    if wish.equipment:
        labels = dict(Equipment.choices)
        names = ", ".join(str(labels[code]).lower() for code in wish.equipment)
        yield _("with %(things)s") % {"things": names}


def _room(free: FreeRoom, number: int, span: Span, times: str) -> list[Block]:
    line = " · ".join(part for part in (place_of(free.room), times) if part)
    more = context(" · ".join([*free.reasons, *_has(free.room)]))
    return [section(line, _book_button(free.room, span, number)), more]


def _near(search: Search, asker: Asker) -> list[Block]:
    """What comes nearest to a wish that nothing fits, each with its button."""
    blocks: list[Block] = []
    proposals = nearest(company=asker.company, wish=search.as_room_wish(), member=asker.member)
    for number, each in enumerate(proposals[:MOST_ROOMS], start=1):
        span = each.span
        line = f"{place_of(each.room)} · {when(span.starts_at, span.ends_at, asker.zone)}"
        blocks.append(section(line, _book_button(each.room, span, number)))
        if each.reasons:
            blocks.append(context(" · ".join(each.reasons)))
    return blocks


def _book_button(room: Room, span: Span, number: int) -> Block:
    minutes = int(span.length / timedelta(minutes=1))
    value = f"{room.pk}|{span.starts_at.isoformat()}|{minutes}"
    return act(f"book:{number}", _("Book"), value)


def _has(room: Room) -> list[str]:
    labels = dict(Equipment.choices)
    return [str(labels.get(code, code)) for code in room.equipment]


def _free_until(until: datetime, now: datetime, asker: Asker) -> str:
    if to_local(until, asker.zone).date() > to_local(now, asker.zone).date():
        return _("free for the rest of the day")
    return _("free until %(time)s (%(length)s)") % {
        "time": f"{to_local(until, asker.zone):%H:%M}", "length": lasting(until - now),
    }  # fmt: skip


def _next_quarter(instant: datetime) -> datetime:
    quarter = timedelta(minutes=15)
    midnight = instant.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + -(-(instant - midnight) // quarter) * quarter
