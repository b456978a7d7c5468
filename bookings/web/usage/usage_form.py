"""Which period a report is about."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.usage.figures import Period
from bookings.web.inputs import DayField

LONGEST = timedelta(days=366)


class PeriodForm(forms.Form):
    """The first and the last date."""

    first = DayField(label=gettext_lazy("From"))
    last = DayField(label=gettext_lazy("Until"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", _("The end must be after the start."))
        elif first and last and last - first > LONGEST:
            self.add_error("last", _("A report covers at most a year."))
        return cleaned

    def period(self) -> Period:
        """What was typed, once it is valid."""
        return Period(self.cleaned_data["first"], self.cleaned_data["last"])


def this_month(today: date) -> Period:
    """The running month up to today."""
    return Period(today.replace(day=1), today)


def last_month(today: date) -> Period:
    """The whole month before."""
    last = today.replace(day=1) - timedelta(days=1)
    return Period(last.replace(day=1), last)
