"""What people say of the room that they look for, as a form whose address can be shared."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.access import get_building
from bookings.equipment import codes_in_use
from bookings.house_rules.words import length_words
from bookings.models import Building, Equipment
from bookings.people import MOST_PEOPLE
from bookings.ranking import Wish
from bookings.recurrence.wall_clock import to_instant, to_local
from bookings.rules import instant_of
from bookings.spans import Span, next_mark
from bookings.web.inputs import DayField, clock_input
from tenants.errors import DomainError
from tenants.models import Company

LENGTHS = (15, 30, 45, 60, 90, 120, 180, 240)  # minutes
USUAL = 30
MOST_SEATS = 1000
EVENING = timedelta(hours=2)  # how long is searched after work


class FindForm(forms.Form):
    """When, how long, how many, with what, where and with whom; times of the company's wall."""

    date = DayField(label=_("Date"))
    start = forms.TimeField(label=_("Not before"), widget=clock_input())
    end = forms.TimeField(label=_("Not after"), widget=clock_input())
    length = forms.TypedChoiceField(label=_("How long"), coerce=int)
    seats = forms.IntegerField(
        label=_("How many people"),
        required=False,
        min_value=1,
        max_value=MOST_SEATS,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    building = forms.TypedChoiceField(
        label=_("Building"), required=False, coerce=int, empty_value=None
    )
    equipment = forms.MultipleChoiceField(
        label=_("Equipment needed"), required=False, widget=forms.CheckboxSelectMultiple
    )
    people = forms.CharField(
        label=_("Who has to be free"),
        required=False,
        max_length=5000,
        widget=forms.TextInput(
            attrs={"placeholder": "name@example.com", "spellcheck": "false", "autocomplete": "off"}
        ),
        help_text=_("E-mail addresses, separated by commas."),
    )

    def __init__(self, query: QueryDict, company: Company) -> None:
        data = query.copy()
        for name, value in _usual(company).items():
            data.setdefault(name, value)
        super().__init__(data)
        self._zone = ZoneInfo(company.timezone)
        lengths = sorted({*LENGTHS, *_length_of(data)})
        self._offer("length", [(n, length_words(timedelta(minutes=n))) for n in lengths])
        buildings = list(Building.objects.all())
        self._offer("building", [("", _("Any building")), *((b.pk, b.name) for b in buildings)])
        if len(buildings) < 2 and "building" not in query:
            del self.fields["building"]
        self._offer("equipment", [(code, Equipment.words([code])) for code in codes_in_use()])

    def _offer(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices

    def clean_people(self) -> list[str]:
        found = [part.lower() for part in re.split(r"[\s,;]+", self.cleaned_data["people"]) if part]
        for email in found[: MOST_PEOPLE + 1]:
            try:
                validate_email(email)
            except ValidationError as error:
                raise ValidationError(
                    _("“%(email)s” is not an e-mail address.") % {"email": email}
                ) from error
        if len(found) > MOST_PEOPLE:
            raise ValidationError(_("At most %(most)d people.") % {"most": MOST_PEOPLE})
        return list(dict.fromkeys(found))

    def wish(self) -> Wish:
        """What was typed; raises InvalidInput where its times do not exist."""
        typed = self.cleaned_data
        day, zone = typed["date"], self._zone.key
        window = Span(
            instant_of(datetime.combine(day, typed["start"]), zone, field="start"),
            instant_of(datetime.combine(day, typed["end"]), zone, field="end"),
        )
        return Wish(
            window=window,
            length=timedelta(minutes=typed["length"]),
            seats=typed["seats"] or 1,
            equipment=typed["equipment"],
            building_id=typed.get("building"),
        )

    def refuse(self, error: DomainError) -> None:
        """Puts a service's refusal beside the field that it names."""
        self.add_error(error.field if error.field in self.fields else None, str(error.message))


def check_building(query: QueryDict) -> None:
    """Raises NotFound where a building is asked for that is not the company's."""
    wanted = query.get("building", "")
    if wanted.isdecimal():
        get_building(int(wanted))


def _length_of(data: QueryDict) -> Iterable[int]:
    """A length of a shared address that is not among the usual ones."""
    typed = data.get("length", "")
    return [int(typed)] if typed.isascii() and typed.isdecimal() and 0 < int(typed) <= 1440 else []


def _usual(company: Company) -> dict[str, str]:
    """From now to the end of work; after that, the next two hours or the next morning."""
    zone, length = ZoneInfo(company.timezone), timedelta(minutes=USUAL)
    now = next_mark(timezone.now())
    local = to_local(now, zone)
    opens, closes = (
        to_instant(datetime.combine(local.date(), clock), zone)
        for clock in (company.working_from, company.working_until)
    )
    start = max(now, opens)
    end = closes if start + length <= closes else start + EVENING
    if to_local(end, zone).date() != local.date():
        start, end = opens + timedelta(days=1), closes + timedelta(days=1)
    first, last = to_local(start, zone), to_local(end, zone)
    return {
        "date": f"{first:%Y-%m-%d}",
        "start": f"{first:%H:%M}",
        "end": f"{last:%H:%M}",
        "length": str(USUAL),
    }
