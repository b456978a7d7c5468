"""The fields about repeating: presets that name the date, and a custom form beside them."""

from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import npgettext

from bookings.recurrence.rule import LONGEST_INTERVAL, MOST_TIMES
from bookings.recurrence.words import SHORT_WEEKDAYS
from bookings.web.days import first_weekday
from bookings.web.form.presets import Preset, monthly_for, preset_of, presets_for, repeat_named
from bookings.web.form.repeat_form import Monthly, Repeat, Unit, rule_line
from bookings.web.inputs import DayField

CUSTOM_FIELDS = ("repeat_every", "repeat_unit", "repeat_weekdays", "repeat_monthly")
END_FIELDS = ("repeat_ends", "repeat_until", "repeat_count")
REPEAT_FIELDS = ("repeat", *CUSTOM_FIELDS, *END_FIELDS)
NEVER, ON, AFTER = "never", "on", "after"
ENDED_BY = {ON: "repeat_until", AFTER: "repeat_count"}


class RepeatFields(forms.Form):
    """How often a booking repeats, seen from the date of its form (`seen_from`)."""

    repeat = forms.ChoiceField(label=_("Repeat"), required=False)
    repeat_every = forms.IntegerField(
        label=_("Repeat every"),
        required=False,
        min_value=1,
        max_value=LONGEST_INTERVAL,
        initial=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    repeat_unit = forms.ChoiceField(label=_("Unit"), required=False, initial=Unit.WEEK)
    repeat_weekdays = forms.TypedMultipleChoiceField(
        label=_("Repeat on"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    repeat_monthly = forms.ChoiceField(label=_("Day of the month"), required=False)
    repeat_ends = forms.ChoiceField(
        label=_("Ends"),
        required=False,
        choices=[
            (NEVER, _("Never")),
            (ON, _("On a date")),
            (AFTER, _("After N times")),
        ],
        initial=NEVER,
        widget=forms.RadioSelect,
    )
    repeat_until = DayField(label=_("Last day"), required=False)
    repeat_count = forms.IntegerField(
        label=_("How many times"),
        required=False,
        min_value=1,
        max_value=MOST_TIMES,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, kept_words: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept_words = kept_words
        self._name_the_choices()

    def seen_from(self) -> date:
        """The date that the labels name; today until there is one."""
        try:
            day: date | None = DayField().clean(self["date"].value() or "")
        except forms.ValidationError:
            day = None
        return day or self.initial.get("date") or timezone.localdate()

    def named_for(self) -> str:
        """What the labels were drawn for, to be drawn again where it differs."""
        return f"{self.seen_from()} {_shown(self, 'repeat_every')}"

    def _name_the_choices(self) -> None:
        day = self.seen_from()
        presets = presets_for(day, _shown(self, "repeat"))
        if self.kept_words:
            presets.insert(1, (Preset.KEPT, self.kept_words))
        self._offer("repeat", [*Preset], presets)
        self._offer("repeat_monthly", [*Monthly], monthly_for(day, _shown(self, "repeat_monthly")))
        self._offer("repeat_unit", [*Unit], units(_shown(self, "repeat_every")))
        self._offer("repeat_weekdays", [*range(7)], weekdays_in_order())

    def _offer(self, name: str, possible: list[Any], shown: list[tuple[Any, Any]]) -> None:
        """Shows some choices, but takes all: the date may have moved since they were drawn."""
        field: Any = self.fields[name]
        field.choices = [(value, value) for value in possible]
        field.widget.choices = shown

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        chosen = self.cleaned_data.get("repeat", "")
        if chosen != Preset.CUSTOM:
            self._forgive(*CUSTOM_FIELDS)
        if chosen in (Preset.NEVER, Preset.KEPT):
            self._forgive(*END_FIELDS)
        else:
            self._check_end()
        return cleaned

    def _forgive(self, *names: str) -> None:
        """What is not on the screen cannot be wrong, and is not meant."""
        for name in names:
            self.errors.pop(name, None)
            self.cleaned_data[name] = None

    def _check_end(self) -> None:
        ends = self.cleaned_data.get("repeat_ends")
        until, count = (self.cleaned_data.get(name) for name in ENDED_BY.values())
        if not ends and until and count:
            self.add_error(
                "repeat_until", _("Choose either a last day or a number of times, not both.")
            )
        for end, name in ENDED_BY.items() if ends else ():
            if end != ends:
                self._forgive(name)
            elif not self.cleaned_data.get(name) and name not in self.errors:
                self.add_error(name, _("Fill this in, or choose another end."))

    def chosen_repeat(self) -> Repeat | None:
        """How often; None if once, or by a rule that is kept as it is."""
        typed = self.cleaned_data
        chosen = typed["repeat"]
        if chosen in (Preset.NEVER, Preset.KEPT):
            return None
        if chosen == Preset.CUSTOM:
            repeat = self._custom()
        else:
            repeat = repeat_named(Preset(chosen), self.seen_from())
        return replace(repeat, until=typed["repeat_until"], times=typed["repeat_count"])

    def _custom(self) -> Repeat:
        typed = self.cleaned_data
        unit = Unit(typed["repeat_unit"] or Unit.WEEK)
        weekdays = typed["repeat_weekdays"] if unit == Unit.WEEK else ()
        monthly = typed["repeat_monthly"] if unit == Unit.MONTH else ""
        return Repeat(
            unit=unit,
            every=typed["repeat_every"] or 1,
            weekdays=frozenset(weekdays),
            monthly=Monthly(monthly or Monthly.DAY),
        )

    def recurrence(self, zone: ZoneInfo | None) -> tuple[str, ...]:
        """The recurrence lines; `zone` is None for a booking that lasts all day."""
        repeat = self.chosen_repeat()
        return (rule_line(repeat, self.seen_from(), zone),) if repeat else ()


def repeat_values(repeat: Repeat | None, seen_from: date) -> dict[str, Any]:
    """A repeat as the values of its fields; what a preset hides is ready for who goes on to it."""
    if repeat is None:
        return {"repeat": Preset.NEVER, "repeat_weekdays": [seen_from.weekday()]}
    return {
        "repeat": preset_of(repeat, seen_from),
        "repeat_every": repeat.every,
        "repeat_unit": repeat.unit,
        "repeat_weekdays": sorted(repeat.weekdays or {seen_from.weekday()}),
        "repeat_monthly": repeat.monthly,
        "repeat_ends": ON if repeat.until else AFTER if repeat.times else NEVER,
        "repeat_until": repeat.until,
        "repeat_count": repeat.times,
    }


def units(every: str) -> list[tuple[str, str]]:
    """The units, in the plural that a number asks for."""
    n = int(every) if every.isdecimal() else 1
    return [
        (Unit.DAY, npgettext("repeat every", "day", "days", n)),
        (Unit.WEEK, npgettext("repeat every", "week", "weeks", n)),
        (Unit.MONTH, npgettext("repeat every", "month", "months", n)),
        (Unit.YEAR, npgettext("repeat every", "year", "years", n)),
    ]


def weekdays_in_order() -> list[tuple[int, Any]]:
    """The days of a week, beginning where the language's calendars begin."""
    first = first_weekday()
    return [(day % 7, SHORT_WEEKDAYS[day % 7]) for day in range(first, first + 7)]


def _shown(form: forms.Form, name: str) -> str:
    return str(form[name].value() or "")
