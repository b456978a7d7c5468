"""What a form would book, said before it does."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bookings.forms import NewBookingForm
from bookings.recurrence import Series, parse_recurrence
from bookings.repeat_fields import REPEAT_FIELDS
from bookings.rule_words import rule_words
from tenants.errors import DomainError

NOON, AN_HOUR = time(12), timedelta(hours=1)
RELABELLED = ("repeat", "repeat_unit", "repeat_monthly")


def look_context(form: NewBookingForm) -> dict[str, Any]:
    """The rule in words, as far as the form can be read."""
    return {"form": form, "words": words_of(form), "fresh_labels": _fresh_labels(form)}


def _fresh_labels(form: NewBookingForm) -> list[str]:
    """The fields whose labels were drawn for another date, as they are to be drawn in place."""
    if not form.is_bound or form.data.get("named_for") == form.named_for():
        return []
    return [form[name].as_widget(attrs={"hx-swap-oob": "true"}) for name in RELABELLED]


def words_of(form: NewBookingForm) -> str:
    """How often a form repeats, as a person would say it; empty if it cannot be read."""
    if not form.is_bound or any(name in form.errors for name in (*REPEAT_FIELDS, "room")):
        return ""
    zone = form.cleaned_data["room"].zone_name
    start = form.cleaned_data.get("start") or NOON
    first = datetime.combine(form.seen_from(), start)
    try:
        recurrence = parse_recurrence(form.recurrence(ZoneInfo(zone)), zone, start=start)
    except DomainError as error:
        return str(error.message)
    return rule_words(Series(first, zone, AN_HOUR, recurrence))
