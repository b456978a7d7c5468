"""The repeats that the booking form offers for a date, as Google Calendar does, and their names."""

from datetime import date
from enum import StrEnum

from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from bookings.recurrence.words import which_one
from bookings.web.form.repeat_form import (
    Monthly,
    Repeat,
    Unit,
    is_last_day,
    is_last_weekday,
    week_of_month,
)

WORKDAYS = frozenset(range(5))
LAST, FIFTH = -1, 5


class Preset(StrEnum):
    """What can be chosen, in the order in which it is offered."""

    NEVER = ""
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY_WEEKDAY = "monthly-weekday"
    MONTHLY_LAST_WEEKDAY = "monthly-last-weekday"
    MONTHLY = "monthly"
    MONTHLY_LAST_DAY = "monthly-last-day"
    YEARLY = "yearly"
    WORKDAYS = "workdays"
    CUSTOM = "custom"
    KEPT = "kept"  # a rule that the form has no words for


_REPEATS = {
    Preset.DAILY: Repeat(unit=Unit.DAY),
    Preset.MONTHLY_WEEKDAY: Repeat(unit=Unit.MONTH, monthly=Monthly.WEEKDAY),
    Preset.MONTHLY_LAST_WEEKDAY: Repeat(unit=Unit.MONTH, monthly=Monthly.LAST_WEEKDAY),
    Preset.MONTHLY: Repeat(unit=Unit.MONTH),
    Preset.MONTHLY_LAST_DAY: Repeat(unit=Unit.MONTH, monthly=Monthly.LAST_DAY),
    Preset.YEARLY: Repeat(unit=Unit.YEAR),
    Preset.WORKDAYS: Repeat(unit=Unit.WEEK, weekdays=WORKDAYS),
}


def repeat_named(preset: Preset, seen_from: date) -> Repeat:
    """What a preset means for a date, without an end."""
    if preset == Preset.WEEKLY:
        return Repeat(unit=Unit.WEEK, weekdays=frozenset({seen_from.weekday()}))
    return _REPEATS[preset]


def preset_of(repeat: Repeat, seen_from: date) -> Preset:
    """The preset that a repeat is, whatever its end; CUSTOM if it is none."""
    for preset in (Preset.WEEKLY, *_REPEATS):
        if repeat.endless == repeat_named(preset, seen_from):
            return preset
    return Preset.CUSTOM


def presets_for(day: date, chosen: str = "") -> list[tuple[str, str]]:
    """What to offer for a date, with labels that name it; what is chosen stays on offer."""
    unfit = _unfit(day, Preset.MONTHLY_WEEKDAY, Preset.MONTHLY_LAST_WEEKDAY, chosen)
    unfit |= set() if is_last_day(day) else {Preset.MONTHLY_LAST_DAY}
    unfit = (unfit - {chosen}) | {Preset.KEPT}
    return [(preset, _label(preset, day)) for preset in Preset if preset not in unfit]


def monthly_for(day: date, chosen: str = "") -> list[tuple[str, str]]:
    """The days of a month that fit a date, for the custom form."""
    unfit = _unfit(day, Monthly.WEEKDAY, Monthly.LAST_WEEKDAY, chosen) - {chosen}
    labels = {
        Monthly.DAY: _("on day %(day)d") % {"day": day.day},
        Monthly.WEEKDAY: _("on the %(which)s %(weekday)s") % _nth(week_of_month(day), day),
        Monthly.LAST_WEEKDAY: _("on the %(which)s %(weekday)s") % _nth(LAST, day),
        Monthly.LAST_DAY: _("on the last day"),
    }
    return [(monthly, label) for monthly, label in labels.items() if monthly not in unfit]


def _unfit(day: date, weekday: str, last_weekday: str, chosen: str) -> set[str]:
    """Of “the nth” and “the last” weekday, what does not fit: the fifth is always the last."""
    if week_of_month(day) == FIFTH:
        return {last_weekday if chosen == weekday else weekday}
    return set() if is_last_weekday(day) else {last_weekday}


def _label(preset: Preset, day: date) -> str:
    labels = {
        Preset.NEVER: _("Does not repeat"),
        Preset.DAILY: _("Daily"),
        Preset.WEEKLY: _("Weekly on %(weekday)s") % {"weekday": WEEKDAYS[day.weekday()]},
        Preset.MONTHLY_WEEKDAY: _("Monthly on the %(which)s %(weekday)s")
        % _nth(week_of_month(day), day),
        Preset.MONTHLY_LAST_WEEKDAY: _("Monthly on the %(which)s %(weekday)s") % _nth(LAST, day),
        Preset.MONTHLY: _("Monthly on day %(day)d") % {"day": day.day},
        Preset.MONTHLY_LAST_DAY: _("Monthly on the last day"),
        Preset.YEARLY: _("Annually on %(date)s")
        % {"date": date_format(day, pgettext("date format without a year", "F j"))},
        Preset.WORKDAYS: _("Every weekday (Monday to Friday)"),
        Preset.CUSTOM: _("Custom …"),
    }
    return labels[preset]


def _nth(week: int, day: date) -> dict[str, object]:
    return {"which": which_one(week if week < FIFTH else LAST), "weekday": WEEKDAYS[day.weekday()]}
