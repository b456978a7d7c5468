"""What the form of a change would do to its date, said before it does."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from bookings.drafts import Actor, Changes
from bookings.edits.date_edits import try_to_move
from bookings.errors import RoomTaken
from bookings.models import Door, Occurrence
from bookings.recurrence.wall_clock import to_local
from bookings.spans import Span
from bookings.web.days import clock_span
from bookings.web.form.changing import ChangeForm, place_changes_of
from bookings.web.form.date_lines import Line, short_day
from bookings.web.form.look_ahead import Look
from bookings.web.form.offers import allowed_instead, taken_by
from bookings.web.form.repeat_words import repeat_words
from bookings.web.repeats import rule_of
from tenants.errors import DomainError
from tenants.models import Member

PLACE = {"room", "date", "start", "end", "end_date"}


def look_at_change(form: ChangeForm, occurrence: Occurrence, member: Member) -> Look:
    """How often the booking would repeat, and why its date cannot be where the form moves it; of
    a series it is this date alone. Nothing is written."""
    if not form.is_bound:
        return Look(words=rule_of(occurrence.booking))
    words = repeat_words(form)
    changes = readable_place(form, occurrence)
    if not changes:
        return Look(words=words)
    span = Span(
        changes.get("starts_at", occurrence.starts_at), changes.get("ends_at", occurrence.ends_at)
    )
    room = changes.get("room", occurrence.room)
    zone = ZoneInfo(room.zone_name)
    line = Line(
        id=str(occurrence.public_id),
        day=short_day(to_local(span.starts_at, zone).date()),
        times=clock_span(span.starts_at, span.ends_at, zone),
    )
    try:
        by = Actor(Door.WEB, member)
        try_to_move(by=by, company=member.company, occurrence=occurrence, changes=changes)
    except RoomTaken as error:
        found = taken_by(error, room, span, member, moving=occurrence)
        moved = replace(line, in_the_way=found["conflicts"])
        return Look(words=words, moved=moved, offers=found["offers"])
    except DomainError as error:
        instead = allowed_instead(error, form, member, moving=occurrence)
        moved = replace(line, reason=str(error.message))
        return Look(words=words, moved=moved, offers=instead.get("offers", ()))
    return Look(words=words)


def readable_place(form: ChangeForm, occurrence: Occurrence) -> Changes:
    """Where a form moves its date; nothing where it does not, or where that cannot be read."""
    form.is_valid()
    if PLACE & form.errors.keys():
        return Changes()
    try:
        return place_changes_of(form, occurrence)
    except DomainError:  # a time that the clocks leave out
        return Changes()
