"""Changing a booking by a form that remembers what its reader saw.

Every field carries its first value, hidden. So only what the person changed is changed, and when
somebody else was faster, both sides can be told apart.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from bookings.drafts import Changes
from bookings.edits.edit_modes import Scope
from bookings.errors import InvalidRule
from bookings.guests import guests_of
from bookings.models import Booking, Occurrence, Room
from bookings.occurrences import series_of, version_tag
from bookings.recurrence.edits import shifted
from bookings.recurrence.wall_clock import to_local
from bookings.recurrence.words import rule_words
from bookings.web.form.forms import SingleForm
from bookings.web.form.presets import Preset
from bookings.web.form.reminder_fields import REMINDER_FIELDS, reminder_values
from bookings.web.form.repeat_fields import RepeatFields, repeat_values
from bookings.web.form.repeat_form import Repeat, repeat_of, rule_line

PLACE_FIELDS = {"room", "date", "start"}
TIME_FIELDS = {*PLACE_FIELDS, "end", "end_date"}
OF_A_DATE = ("title", "description", "attendees")
OF_ALL_DATES = ("visibility", "video")


class ChangeForm(RepeatFields, SingleForm):
    """A booking, seen from one of its dates; `place` is where its rule puts that date."""

    version = forms.CharField(widget=forms.HiddenInput, max_length=30)

    def __init__(self, *args: Any, place: date, **kwargs: Any) -> None:
        self._place = place
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.show_hidden_initial = name != "version"

    def seen_from(self) -> date:
        """The date's place, moved as far as the person moves the date."""
        moved: timedelta = super().seen_from() - self.initial["date"]
        return self._place + moved

    @property
    def remembered(self) -> SafeString:
        """The first values of the fields that are drawn box by box."""
        names = ("repeat_weekdays", "repeat_ends", *REMINDER_FIELDS)
        return format_html_join("", "{}", ((self[n].as_hidden(only_initial=True),) for n in names))

    def says(self) -> Repeat | Preset:
        """How often, or that it does not repeat, or that its rule is to be kept."""
        return self.chosen_repeat() or Preset(self.cleaned_data["repeat"])


def change_form(
    occurrence: Occurrence, rooms: Iterable[Room], data: QueryDict | None = None
) -> ChangeForm:
    """The form for a date, filled with what it is now or with what was typed."""
    return ChangeForm(
        data,
        rooms=rooms,
        place=occurrence.original_start.date(),
        kept_words=_kept_words(occurrence.booking),
        initial=shown_values(occurrence),
    )


def as_typed(form: ChangeForm) -> QueryDict:
    """What a browser would send if nobody had touched the form."""
    data = QueryDict(mutable=True)
    for bound in form:
        shown = bound.field.hidden_widget().format_value(bound.value())
        values = shown if isinstance(shown, list) else [shown or ""]
        data.setlist(bound.html_name, values)
        if bound.field.show_hidden_initial:
            data.setlist(bound.html_initial_name, values)
    return data


def shown_values(occurrence: Occurrence) -> dict[str, Any]:
    """A date as its form shows it, on the clock of its room."""
    booking = occurrence.booking
    zone = ZoneInfo(occurrence.room.zone_name)
    start, end = to_local(occurrence.starts_at, zone), to_local(occurrence.ends_at, zone)
    place = occurrence.original_start.date()
    repeat = _repeat_of(occurrence)
    return {
        "version": version_tag(occurrence),
        "title": occurrence.shown_title,
        "description": occurrence.shown_description,
        "room": occurrence.room_id,
        "date": start.date(),
        "start": start.time(),
        "end": end.time(),
        "end_date": end.date() if end.date() != start.date() else None,
        "attendees": "\n".join(guest.email for guest in guests_of(occurrence)),
        "visibility": booking.visibility,
        "video": booking.video,
        **reminder_values(occurrence.shown_reminders),
        **repeat_values(repeat if isinstance(repeat, Repeat) else None, place),
        **({"repeat": repeat} if isinstance(repeat, Preset) else {}),
    }


def reaches_all_dates(form: ChangeForm, occurrence: Occurrence) -> bool:
    """Whether something was changed that no date has of its own."""
    changed = set(form.changed_data) & {*OF_ALL_DATES}
    return bool(changed) or form.says() != _repeat_of(occurrence)


def changes_of(form: ChangeForm, occurrence: Occurrence, scope: Scope = Scope.ALL) -> Changes:
    """What the person changed, and nothing else; raises InvalidInput for impossible times."""
    changed, typed = set(form.changed_data), form.cleaned_data
    changes = place_changes_of(form, occurrence)
    for name in changed & {*OF_A_DATE, *OF_ALL_DATES}:
        changes[name] = typed[name]  # type: ignore[literal-required]
    if not form.is_reminded_as(occurrence.shown_reminders):
        changes["reminders"] = form.chosen_reminders()
    if scope == Scope.THIS and occurrence.booking.is_series:
        return changes  # a date has neither a zone nor a rule of its own
    if "room" in changed and typed["room"].zone_name != occurrence.booking.timezone:
        changes["timezone"] = typed["room"].zone_name
    rule = _new_rule(form, occurrence, changes)
    if rule is not None:
        changes["recurrence"] = rule
    return changes


def place_changes_of(form: ChangeForm, occurrence: Occurrence) -> Changes:
    """What the person changed of room and time, whatever else in the form cannot be read."""
    changed, changes = set(form.changed_data), Changes()
    if changed & TIME_FIELDS:
        starts_at, ends_at = form.times()
        if changed & PLACE_FIELDS and starts_at != occurrence.starts_at:
            changes["starts_at"] = starts_at
        if ends_at != occurrence.ends_at:
            changes["ends_at"] = ends_at
    if "room" in changed:
        changes["room"] = form.cleaned_data["room"]
    return changes


def _new_rule(form: ChangeForm, occurrence: Occurrence, changes: Changes) -> tuple[str, ...] | None:
    """The rule that the person chose; None where the booking's own goes on, or along."""
    booking, before = occurrence.booking, _repeat_of(occurrence)
    zone = None if booking.all_day else ZoneInfo(changes.get("timezone", booking.timezone))
    if form.says() != before:
        return form.recurrence(zone)
    if not isinstance(before, Repeat) or _goes_along(occurrence, changes):
        return None
    rule = form.recurrence(zone)
    return rule if rule != (rule_line(before, occurrence.original_start.date(), zone),) else None


def _goes_along(occurrence: Occurrence, changes: Changes) -> bool:
    """Whether the rule finds its new days by itself when this date is moved."""
    by = changes.get("starts_at", occurrence.starts_at) - occurrence.starts_at
    try:
        shifted(series_of(occurrence.booking), occurrence.original_start, by)
    except InvalidRule:
        return False
    return True


def _repeat_of(occurrence: Occurrence) -> Repeat | Preset:
    booking = occurrence.booking
    if not booking.is_series:
        return Preset.NEVER
    if booking.opaque:
        return Preset.KEPT
    return repeat_of(series_of(booking), occurrence.original_start.date()) or Preset.KEPT


def _kept_words(booking: Booking) -> str:
    """How a booking repeats, for the choice to leave it so."""
    if booking.opaque:
        return _("As Google Calendar has it")
    return capfirst(rule_words(series_of(booking))) if booking.is_series else ""
