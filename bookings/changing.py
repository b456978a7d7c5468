"""Changing a booking by a form that remembers what its reader saw.

Every field carries its first value, hidden. So only what the person changed is changed, and when
somebody else was faster, both sides can be told apart.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict

from bookings.drafts import Changes
from bookings.forms import DateForm, SingleForm
from bookings.models import Occurrence, Room
from bookings.occurrences import version_tag
from bookings.wall_clock import to_local

TIME_FIELDS = {"room", "date", "start", "end", "end_date"}


class _Remembering(forms.Form):
    version = forms.CharField(widget=forms.HiddenInput, max_length=30)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.show_hidden_initial = name != "version"


class SeriesDateForm(_Remembering, DateForm):
    """One date of a series: the rest belongs to the whole series."""


class ChangeForm(_Remembering, SingleForm):
    """A single booking."""


@dataclass(frozen=True)
class Difference:
    """What somebody else did to a field while the form was open."""

    label: str
    seen: str
    now: str


def change_form(
    occurrence: Occurrence, rooms: Iterable[Room], data: QueryDict | None = None
) -> SeriesDateForm | ChangeForm:
    """The form for a date, filled with what it is now or with what was typed."""
    kind = SeriesDateForm if occurrence.booking.is_series else ChangeForm
    return kind(data, rooms=rooms, initial=shown_values(occurrence))


def shown_values(occurrence: Occurrence) -> dict[str, Any]:
    """A date as its form shows it, on the clock of its room."""
    booking = occurrence.booking
    zone = ZoneInfo(occurrence.room.zone_name)
    start, end = to_local(occurrence.starts_at, zone), to_local(occurrence.ends_at, zone)
    values = {
        "version": version_tag(occurrence),
        "title": occurrence.shown_title,
        "description": occurrence.shown_description,
        "room": occurrence.room_id,
        "date": start.date(),
        "start": start.time(),
        "end": end.time(),
        "end_date": end.date() if end.date() != start.date() else None,
    }
    if not booking.is_series:
        values |= {
            "attendees": "\n".join(guest.email for guest in booking.participants.all()),
            "visibility": booking.visibility,
            "video": booking.video,
        }
    return values


def changes_of(form: SeriesDateForm | ChangeForm) -> Changes:
    """What the person changed, and nothing else; raises InvalidInput for impossible times."""
    changed = set(form.changed_data)
    typed = form.cleaned_data
    changes = Changes()
    for name in changed - TIME_FIELDS - {"version"}:
        changes[name] = typed[name]  # type: ignore[literal-required]
    if changed & TIME_FIELDS:
        changes["starts_at"], changes["ends_at"] = form.times()
        changes["room"] = typed["room"]
    if "room" in changed and isinstance(form, ChangeForm):
        changes["timezone"] = typed["room"].zone_name
    return changes


def caught_up(
    form: SeriesDateForm | ChangeForm, occurrence: Occurrence, rooms: Iterable[Room]
) -> tuple[SeriesDateForm | ChangeForm, list[Difference]]:
    """The form on top of what the date is by now: what was typed stays, the rest is brought up
    to date. And what others had changed."""
    fresh = change_form(occurrence, rooms)
    data = QueryDict(mutable=True)
    data.update(form.data)
    differences = []
    for name in fresh.fields:
        now = _as_hidden(fresh, name)
        seen = form.data.get(f"initial-{name}", "").replace("\r\n", "\n")
        if name != "version" and seen != now:
            label = str(fresh[name].label)
            differences.append(Difference(label, _said(fresh, name, seen), _said(fresh, name, now)))
        if name == "version" or name not in form.changed_data:
            data[name] = now
        data[f"initial-{name}"] = now
    return change_form(occurrence, rooms, data), differences


def _as_hidden(form: forms.Form, name: str) -> str:
    """A field's first value as its hidden input spells it."""
    field = form[name]
    return str(field.field.hidden_widget().format_value(field.initial) or "")


def _said(form: forms.Form, name: str, value: str) -> str:
    """A value as a person reads it: rooms by name, clock times without seconds."""
    if name in ("start", "end"):
        return value[:5]
    choices = getattr(form.fields[name].widget, "choices", ())
    known = {str(key): label for key, label in flat(choices)}
    return str(known.get(value, value))


def flat(choices: Iterable[Any]) -> Iterable[tuple[Any, Any]]:
    """Choices without their groups."""
    for key, label in choices:
        if isinstance(label, list):
            yield from label
        else:
            yield key, label
