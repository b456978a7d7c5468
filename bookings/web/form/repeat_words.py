"""What a form says about repeating, in words, as far as it can be read."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.text import capfirst

from bookings.recurrence import Series, parse_recurrence
from bookings.recurrence.words import rule_words
from bookings.web.form.presets import Preset
from bookings.web.form.repeat_fields import REPEAT_FIELDS, RepeatFields
from tenants.errors import DomainError

NOON, AN_HOUR = time(12), timedelta(hours=1)


def repeat_words(form: RepeatFields) -> str:
    """How often a form repeats, as a person would say it; empty if it cannot be read."""
    form.is_valid()
    if any(name in form.errors for name in (*REPEAT_FIELDS, "room")):
        return ""
    if form.cleaned_data["repeat"] == Preset.KEPT:
        return form.kept_words
    zone = form.cleaned_data["room"].zone_name
    start = form.cleaned_data.get("start") or NOON
    first = datetime.combine(form.seen_from(), start)
    try:
        recurrence = parse_recurrence(form.recurrence(ZoneInfo(zone)), zone, start=start)
    except DomainError:
        return ""
    return capfirst(rule_words(Series(first, zone, AN_HOUR, recurrence)))
