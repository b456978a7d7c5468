"""The fields about reminders: as usual, at times of the booking's own, or none."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bookings.leads import lead_words
from bookings.rules import LONGEST_LEAD, check_reminders
from tenants.errors import DomainError

USUAL, OWN, NONE = "usual", "own", "none"
REMINDER_FIELDS = ("remind", "remind_before")
OFFERED = (5, 10, 15, 30, 60, 24 * 60)  # minutes


class LeadsField(forms.TypedMultipleChoiceField):
    """Minutes before the start. Any are taken: a program may have chosen others than are offered,
    and somebody else may have changed them since."""

    def to_python(self, value: Any) -> list[str]:
        return [each for each in super().to_python(value) if each]  # none, as a text, is empty

    def valid_value(self, value: Any) -> bool:
        return _is_lead(value)


class ReminderFields(forms.Form):
    """When people are reminded of a booking, in the terms of `Draft.reminders`."""

    remind = forms.ChoiceField(
        label=_("Reminders"),
        required=False,
        choices=[
            (USUAL, pgettext_lazy("reminders", "As usual")),
            (OWN, pgettext_lazy("reminders", "Chosen")),
            (NONE, pgettext_lazy("reminders", "None")),
        ],
        initial=USUAL,
        widget=forms.RadioSelect,
    )
    remind_before = LeadsField(
        label=_("How long before the start"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = {int(each) for each in self["remind_before"].value() or () if _is_lead(each)}
        widget: Any = self.fields["remind_before"].widget
        widget.choices = [(lead, lead_words(lead)) for lead in sorted({*OFFERED, *chosen})]

    def clean_remind_before(self) -> list[int]:
        """In order; of the other answers what is not on the screen is not meant."""
        leads = sorted({*self.cleaned_data["remind_before"]})
        if self.cleaned_data.get("remind") != OWN:
            return []
        if not leads:
            raise forms.ValidationError(_("Choose when, or no reminders at all."))
        try:
            check_reminders(leads)
        except DomainError as error:
            raise forms.ValidationError(error.message) from error
        return leads

    def chosen_reminders(self) -> tuple[int, ...] | None:
        """Minutes before the start; None where the booking says nothing of them."""
        chosen = self.cleaned_data.get("remind")
        if chosen not in (OWN, NONE):
            return None
        return tuple(self.cleaned_data.get("remind_before", ()))

    def is_reminded_as(self, leads: Sequence[int] | None) -> bool:
        """Whether it says the same as a booking does, in whatever order."""
        chosen = self.chosen_reminders()
        if chosen is None or leads is None:
            return chosen is leads
        return {*chosen} == {*leads}


def reminder_values(leads: Sequence[int] | None) -> dict[str, Any]:
    """What a booking says of reminders as the values of the fields."""
    said = USUAL if leads is None else OWN if leads else NONE
    return {"remind": said, "remind_before": sorted(leads or ())}


def _is_lead(value: object) -> bool:
    text = str(value)
    return text.isascii() and text.isdecimal() and int(text) <= LONGEST_LEAD
