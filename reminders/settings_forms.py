"""What people type about their reminders: minutes, and times on their own clock."""

import re
from collections.abc import Iterable
from datetime import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from bookings.web.inputs import clock_input
from reminders.models import CompanyReminders, MemberReminders, SettingsOfReminders
from reminders.preferences import Times
from tenants.errors import InvalidInput
from tenants.models import Company

NONE = time(0)  # from then until then: no quiet hours


class LeadsField(forms.CharField):
    """Minutes before a start, several; None where nothing was typed."""

    def __init__(self, **kwargs: Any) -> None:
        attributes = {"inputmode": "numeric", "autocomplete": "off", "placeholder": "10, 60"}
        widget = forms.TextInput(attrs=attributes)
        super().__init__(required=False, max_length=60, widget=widget, **kwargs)

    def clean(self, value: Any) -> list[int] | None:
        parts = [part for part in re.split(r"[\s,;]+", str(super().clean(value))) if part]
        if not all(part.isdecimal() and len(part) < 7 for part in parts):
            raise ValidationError(_("Type whole minutes, with commas between them: 10, 60"))
        return [int(part) for part in parts] or None


def _clock(label: object) -> forms.TimeField:
    """Any minute: it is when somebody gets up or goes to bed, no start of a meeting."""
    widget = clock_input(step=60)
    return forms.TimeField(label=label, required=False, widget=widget)  # type: ignore[arg-type]


class TimesForm(forms.Form):
    """Leads, quiet hours and the agenda, as a company or a person chooses them."""

    leads = LeadsField(label=_("Minutes before a meeting"))
    quiet_from = _clock(_("Quiet from"))
    quiet_until = _clock(_("Quiet until"))
    agenda_at = _clock(_("Your day in one message, at"))

    def refuse(self, error: InvalidInput) -> None:
        """Puts a service's refusal beside the field that it names."""
        self.add_error(error.field if error.field in self.fields else None, error.message)

    def times(self) -> Times:
        typed = self.cleaned_data
        return Times(
            quiet_from=typed["quiet_from"],
            quiet_until=typed["quiet_until"],
            agenda_at=typed["agenda_at"],
        )


class CompanyForm(TimesForm):
    """A company's choice for all."""

    direct = forms.BooleanField(label=_("Tell organizers in a direct message"), required=False)
    in_channels = forms.BooleanField(label=_("Tell the room's channel"), required=False)
    by_mail = forms.BooleanField(label=_("Mail those whom Slack does not reach"), required=False)

    @staticmethod
    def initial_of(company: Company, chosen: CompanyReminders) -> dict[str, Any]:
        return {
            "leads": minutes_of(company.reminder_leads),
            "direct": chosen.direct,
            "in_channels": chosen.in_channels,
            "by_mail": chosen.by_mail,
            **_times_of(chosen),
        }

    def choice(self) -> dict[str, Any]:
        typed = self.cleaned_data
        return {
            "leads": typed["leads"] or [],
            "direct": typed["direct"],
            "in_channels": typed["in_channels"],
            "by_mail": typed["by_mail"],
            "times": self.times(),
        }


class MemberForm(TimesForm):
    """A person's choice for themselves; an empty field is as the company has it."""

    as_organizer = forms.BooleanField(label=_("Of meetings that I booked"), required=False)
    as_guest = forms.BooleanField(label=_("Of meetings to which I am invited"), required=False)
    no_quiet = forms.BooleanField(label=_("No quiet hours"), required=False)
    no_agenda = forms.BooleanField(label=_("Not for me"), required=False)

    @staticmethod
    def initial_of(chosen: MemberReminders) -> dict[str, Any]:
        none = chosen.quiet_from is not None and chosen.quiet_from == chosen.quiet_until
        times = _times_of(chosen) | ({"quiet_from": None, "quiet_until": None} if none else {})
        return {
            "leads": minutes_of(chosen.leads or []),
            "as_organizer": chosen.as_organizer,
            "as_guest": chosen.as_guest,
            "no_quiet": none,
            "no_agenda": chosen.no_agenda,
            **times,
        }

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        either = _("Choose a time or none, not both.")
        if typed.get("no_quiet") and (typed.get("quiet_from") or typed.get("quiet_until")):
            self.add_error("no_quiet", either)
        if typed.get("no_agenda") and typed.get("agenda_at"):
            self.add_error("no_agenda", either)
        return typed

    def choice(self) -> dict[str, Any]:
        typed, times = self.cleaned_data, self.times()
        if typed["no_quiet"]:
            times |= {"quiet_from": NONE, "quiet_until": NONE}
        return {
            "leads": typed["leads"],
            "as_organizer": typed["as_organizer"],
            "as_guest": typed["as_guest"],
            "no_agenda": typed["no_agenda"],
            "times": times,
        }


def minutes_of(leads: Iterable[int]) -> str:
    """Seconds as they are typed; less than a minute counts as one."""
    return ", ".join(str(-(-lead // 60)) for lead in sorted(leads, reverse=True))


def _times_of(chosen: SettingsOfReminders) -> dict[str, time | None]:
    return {name: getattr(chosen, name) for name in ("quiet_from", "quiet_until", "agenda_at")}
