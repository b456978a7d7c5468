"""The rules of a company, a building or a room as a form; what is left empty is inherited."""

from datetime import date, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.house_rules.hours import MINUTES
from bookings.house_rules.values import Rule, Ruled, Rules
from bookings.house_rules.words import hours_words, length_words, owner_words
from bookings.models import HouseRules
from bookings.models.house_rules import FARTHEST, LONGEST, STEPS
from bookings.web.inputs import clock_input
from tenants.errors import DomainError

UNITS = {1: gettext_lazy("minutes"), 60: gettext_lazy("hours"), MINUTES: gettext_lazy("days")}
WEEK = range(7)  # from Monday
_A_MONDAY = date(2024, 1, 1)


class LengthInput(forms.MultiWidget):
    """A number and its unit."""

    use_fieldset = False

    def __init__(self) -> None:
        number = forms.NumberInput(attrs={"min": 0, "inputmode": "numeric"})
        unit = forms.Select(choices=[*UNITS.items()], attrs={"aria-label": gettext_lazy("Unit")})
        super().__init__([number, unit])

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_0"

    def decompress(self, value: int | None) -> list[int | None]:
        if value is None:
            return [None, 1]
        unit = max(each for each in UNITS if value % each == 0) if value else 1
        return [value // unit, unit]


class LengthField(forms.MultiValueField):
    """A length in minutes, typed with a unit; None where nothing was typed."""

    def __init__(self, *, label: Any, least: int, most: int) -> None:
        number = forms.IntegerField(min_value=0, max_value=most, required=False)
        unit = forms.TypedChoiceField(choices=[*UNITS.items()], coerce=int, required=False)
        self._least, self._most = least, most
        super().__init__(
            [number, unit],
            label=label,
            required=False,
            require_all_fields=False,
            widget=LengthInput(),
        )

    def compress(self, data_list: list[Any]) -> int | None:
        number, unit = data_list or (None, None)
        if number is None:
            return None
        minutes = int(number) * (unit or 1)
        if not self._least <= minutes <= self._most:
            bounds = {
                "least": length_words(timedelta(minutes=self._least)),
                "most": length_words(timedelta(minutes=self._most)),
            }
            raise ValidationError(_("Between %(least)s and %(most)s.") % bounds)
        return minutes


class RulesForm(forms.Form):
    """What one place chooses. `inherited` is what holds there where it chooses nothing."""

    hours = forms.ChoiceField(label=gettext_lazy("Opening hours"), required=False)
    min_length = LengthField(label=gettext_lazy("Shortest booking"), least=1, most=LONGEST)
    max_length = LengthField(label=gettext_lazy("Longest booking"), least=1, most=LONGEST)
    step = forms.TypedChoiceField(
        label=gettext_lazy("Begins and ends on"), required=False, coerce=int, empty_value=None
    )
    notice = LengthField(
        label=gettext_lazy("At the latest before the start"), least=0, most=FARTHEST * MINUTES
    )
    horizon = forms.IntegerField(
        label=gettext_lazy("At the earliest, days ahead"),
        required=False,
        min_value=1,
        max_value=FARTHEST,
    )
    private_titles = forms.TypedChoiceField(
        label=gettext_lazy("Titles are seen by"),
        required=False,
        coerce=lambda value: value == "yes",
        empty_value=None,
    )

    def __init__(self, *args: Any, inherited: Rules, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["hours"].choices = [  # type: ignore[attr-defined]
            ("", _inherited(inherited.opening_hours, _("Always open"))),
            ("own", _("By weekday")),
        ]
        self.fields["step"].choices = [  # type: ignore[attr-defined]
            ("", _inherited(inherited.step, _("Any time"))),
            *((step, step_words(step)) for step in STEPS),
        ]
        self.fields["private_titles"].choices = [  # type: ignore[attr-defined]
            ("", _inherited(inherited.private_titles, _("Everybody in the company"))),
            ("no", _("Everybody in the company")),
            ("yes", _("The people in a booking; others see only that the room is taken")),
        ]
        for name in (Rule.MIN_LENGTH, Rule.MAX_LENGTH, Rule.NOTICE, Rule.HORIZON):
            words = _inherited(getattr(inherited, name), _("no limit"))
            self.fields[name].help_text = _("Empty: %(inherited)s") % {"inherited": words}
        for day in WEEK:
            for end in ("opens", "closes"):
                self.fields[f"{end}_{day}"] = forms.TimeField(
                    required=False, widget=clock_input(**{"aria-label": _hour_label(end, day)})
                )

    @property
    def week(self) -> list[dict[str, Any]]:
        """The weekdays with their two fields each."""
        return [
            {
                "name": date_format(_A_MONDAY + timedelta(days=day), "l"),
                "opens": self[f"opens_{day}"],
                "closes": self[f"closes_{day}"],
            }
            for day in WEEK
        ]

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        for day in WEEK if typed.get("hours") == "own" else ():
            opens, closes = (typed.get(f"{end}_{day}") for end in ("opens", "closes"))
            if (opens is None) != (closes is None):
                missing = "opens" if opens is None else "closes"
                self.add_error(f"{missing}_{day}", _("Give both, or neither for a closed day."))
            elif opens is not None and closes is not None and closes_too_early(opens, closes):
                self.add_error(f"closes_{day}", _("It has to close after it opens."))
        return typed

    def values(self) -> dict[str, Any]:
        """What was typed, by the columns of the table."""
        typed = self.cleaned_data
        own = {rule: typed[rule] for rule in Rule if rule != Rule.OPENING_HOURS}
        return own | {Rule.OPENING_HOURS: self._hours() if typed["hours"] == "own" else None}

    def _hours(self) -> list[int]:
        hours: list[int] = []
        for day in WEEK:
            opens, closes = (self.cleaned_data[f"{end}_{day}"] for end in ("opens", "closes"))
            hours += [0, 0] if opens is None else [minutes_of(opens), minutes_at_end(closes)]
        return hours

    def refuse(self, error: DomainError) -> None:
        """Puts a service's refusal beside the field that it names."""
        self.add_error(error.field if error.field in self.fields else None, error.message)


def first_values(own: HouseRules, inherited: Rules) -> dict[str, Any]:
    """A place's rules as its form shows them; hours to begin with where it has none of its own."""
    private = {None: "", True: "yes", False: "no"}[own.private_titles]
    lengths = {rule: getattr(own, rule) for rule in ("min_length", "max_length", "notice")}
    more = {"step": own.step or "", "horizon": own.horizon, "private_titles": private}
    hours = own.opening_hours
    if hours is None:
        known = inherited.opening_hours
        hours = [minute for day in known.value for minute in day] if known else WORKING_WEEK
    times: dict[str, time] = {}
    for day in WEEK:
        opens, closes = hours[2 * day : 2 * day + 2]
        if opens < closes:
            times |= {f"opens_{day}": clock_of(opens), f"closes_{day}": clock_of(closes)}
    return {"hours": "" if own.opening_hours is None else "own", **lengths, **more, **times}


WORKING_WEEK = [8 * 60, 20 * 60] * 5 + [0, 0] * 2  # a week to begin with


def step_words(step: int) -> str:
    """A step as a choice."""
    return _("Any minute") if step == 1 else length_words(timedelta(minutes=step))


def clock_of(minute: int) -> time:
    """A minute of the day; the end of the day is the midnight at which it begins."""
    return time(minute // 60 % 24, minute % 60)


def minutes_of(clock: time) -> int:
    """Minutes after midnight."""
    return clock.hour * 60 + clock.minute


def minutes_at_end(clock: time) -> int:
    """The same of a closing time, where midnight is the end of the day."""
    return minutes_of(clock) or MINUTES


def closes_too_early(opens: time, closes: time) -> bool:
    """Whether a day would close before it opens."""
    return minutes_at_end(closes) <= minutes_of(opens)


def _hour_label(end: str, day: int) -> str:
    words = {"day": date_format(_A_MONDAY + timedelta(days=day), "l")}
    return (_("%(day)s, opens at") if end == "opens" else _("%(day)s, closes at")) % words


def _inherited(ruled: Ruled[Any] | None, otherwise: str) -> str:
    """“2 h (rule of the company)”, or what holds where nobody rules."""
    if ruled is None:
        return otherwise
    words = {"value": _value_words(ruled.value), "owner": owner_words(ruled.owner)}
    return _("%(value)s (%(owner)s)") % words


def _value_words(value: Any) -> str:
    if isinstance(value, timedelta):
        return length_words(value) if value else _("no notice")
    if isinstance(value, tuple):
        return ", ".join(hours_words(value))
    return _("The people in a booking") if value else _("Everybody in the company")
