"""The browser's own inputs for dates and times, filled the way they read them; values of a URL."""

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tenants.errors import InvalidInput

FIRST_YEAR, LAST_YEAR = 1970, 9000  # beyond, zones and neighbours of a day leave the calendar
END_OF_DAY = "24:00"

T = TypeVar("T")


def clock_input(**attrs: Any) -> forms.TimeInput:
    return forms.TimeInput(format="%H:%M", attrs={"type": "time", "step": 300, **attrs})


def date_input(**attrs: Any) -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", **attrs})


class DayField(forms.DateField):
    """A date that has neighbours."""

    widget = date_input()

    def validate(self, value: date | None) -> None:
        super().validate(value)
        if value and not FIRST_YEAR <= value.year <= LAST_YEAR:
            raise ValidationError(_("Enter a valid date."), code="invalid")


def parsed(kind: Callable[[str], T], typed: str) -> T:
    """A value of a URL; raises InvalidInput where it is none of its kind."""
    try:
        return kind(typed)
    except ValueError as error:
        raise InvalidInput(gettext("“%(value)s” cannot be read.") % {"value": typed}) from error


def parsed_date(typed: str) -> date:
    """A date of a URL, with room for its neighbours; raises InvalidInput."""
    found = parsed(date.fromisoformat, typed)
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise InvalidInput(gettext("“%(value)s” cannot be read.") % {"value": typed})
    return found
