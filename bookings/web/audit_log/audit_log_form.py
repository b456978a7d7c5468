"""What of the audit log somebody wants to see."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.web.audit_log.reading import BOOKINGS, Wish
from bookings.web.inputs import DayField
from tenants.audit_log import Area

LONGEST = 200  # letters


class LogForm(forms.Form):
    """The filters, all of which may be empty."""

    who = forms.CharField(
        label=gettext_lazy("Who"),
        required=False,
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("Name or address")}),
    )
    kind = forms.ChoiceField(label=gettext_lazy("What"), required=False)
    first = DayField(label=gettext_lazy("From"), required=False)
    last = DayField(label=gettext_lazy("Until"), required=False)
    text = forms.CharField(
        label=gettext_lazy("Title or name"),
        required=False,
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"type": "search"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [("", _("Everything")), (BOOKINGS, _("Bookings")), *Area.choices]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", _("The end must be after the start."))
        return cleaned

    def wish(self, zone: ZoneInfo) -> Wish:
        """What was typed, once it is valid; days are those of a zone."""
        typed = self.cleaned_data
        return Wish(
            who=typed["who"],
            kind=typed["kind"],
            since=_midnight(typed["first"], zone),
            until=_midnight(typed["last"] and typed["last"] + timedelta(days=1), zone),
            text=typed["text"],
        )


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    return datetime.combine(day, time(), zone) if day else None
