"""What differs between two states of a booking's form, in words; and how a form catches up."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from bookings.leads import reminder_words
from bookings.models import Occurrence, Room
from bookings.web.form.changing import ChangeForm, change_form
from bookings.web.form.reminder_fields import REMINDER_FIELDS
from bookings.web.form.repeat_fields import REPEAT_FIELDS
from bookings.web.form.repeat_words import repeat_words


@dataclass(frozen=True)
class Difference:
    """A field as somebody saw it, and as it is now."""

    label: str
    seen: str
    now: str


def differences(before: ChangeForm, after: ChangeForm) -> list[Difference]:
    """What differs between two forms of one booking."""
    found = []
    for name in before.fields:
        if name == "version" or name in (*REPEAT_FIELDS, *REMINDER_FIELDS):
            continue
        seen, now = _said(before, name), _said(after, name)
        if seen != now:
            found.append(Difference(str(before[name].label), seen, now))
    for name, words in (("repeat", repeat_words), ("remind", _reminded)):
        seen, now = words(before), words(after)
        if seen != now:
            found.append(Difference(str(before[name].label), seen, now))
    return found


def as_seen(form: ChangeForm, occurrence: Occurrence, rooms: Iterable[Room]) -> ChangeForm:
    """The form as its reader got it."""
    data = QueryDict(mutable=True)
    for name in form.fields:
        data.setlist(name, form.data.getlist(f"initial-{name}"))  # type: ignore[attr-defined]
    return change_form(occurrence, rooms, data)


def caught_up(
    form: ChangeForm, occurrence: Occurrence, rooms: Iterable[Room]
) -> tuple[ChangeForm, list[Difference]]:
    """The form on top of what the date is by now: what was typed stays, the rest is brought up
    to date. And what others had changed."""
    fresh = change_form(occurrence, rooms)
    data = QueryDict(mutable=True)
    for name in form.data:
        data.setlist(name, form.data.getlist(name))  # type: ignore[attr-defined]
    for name in fresh.fields:
        now = _as_hidden(fresh, name)
        if name == "version" or name not in form.changed_data:
            data.setlist(name, now)
        data.setlist(f"initial-{name}", now)
    current = QueryDict(mutable=True)
    for name in fresh.fields:
        current.setlist(name, _as_hidden(fresh, name))
    others = differences(as_seen(form, occurrence, rooms), change_form(occurrence, rooms, current))
    return change_form(occurrence, rooms, data), others


def _reminded(form: ChangeForm) -> str:
    form.is_valid()
    return "" if "remind_before" in form.errors else reminder_words(form.chosen_reminders())


def _as_hidden(form: forms.Form, name: str) -> list[str]:
    """A field's first value as its hidden inputs spell it."""
    field = form[name]
    value = field.field.hidden_widget().format_value(field.initial)
    values = value if isinstance(value, list) else [value]
    return [str(each) for each in values if each not in (None, "")]


def _said(form: forms.Form, name: str) -> str:
    """A value as a person reads it: rooms by name, clock times without seconds."""
    value: Any = form[name].value()
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    choices = getattr(form.fields[name].widget, "choices", ())
    known = {str(key): label for key, label in flat(choices)}
    if str(value) in known:
        return str(known[str(value)])
    text = str(form.fields[name].widget.format_value(value) or "").replace("\r\n", "\n")
    return text[:5] if name in ("start", "end") else text


def flat(choices: Iterable[Any]) -> Iterable[tuple[Any, Any]]:
    """Choices without their groups."""
    for key, label in choices:
        if isinstance(label, list):
            yield from label
        else:
            yield key, label
