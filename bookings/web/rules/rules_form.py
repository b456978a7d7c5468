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
from tenants.models import Company

UNITS = {1: gettext_lazy("minutes"), 60: gettext_lazy("hours"), MINUTES: gettext_lazy("days")}
WEEK = range(7)  # from Monday
ENDS = ("opens", "closes")
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
    """What one place chooses. `inherited` is what holds there where it chooses nothing;
    `week_start` is the ISO weekday with which the company's weeks begin."""

    hours = forms.ChoiceField(label=gettext_lazy("Opening hours"), required=False)
    min_length = LengthField(label=gettext_lazy("Shortest booking"), least=1, most=LONGEST)
    max_length = LengthField(label=gettext_lazy("Longest booking"), least=1, most=LONGEST)
    step = forms.TypedChoiceField(
        label=gettext_lazy("Begins and ends on"), required=False, coerce=int, empty_value=None
    )
    notice = LengthField(label=gettext_lazy("Minimum notice"), least=0, most=FARTHEST * MINUTES)
    horizon = forms.IntegerField(
        label=gettext_lazy("At most, days ahead"),
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

    def __init__(self, *args: Any, inherited: Rules, week_start: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._days = [(week_start - 1 + number) % 7 for number in WEEK]
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
            for end in ENDS:
                self.fields[f"{end}_{day}"] = forms.TimeField(
                    required=False, widget=clock_input(**{"aria-label": _hour_label(end, day)})
                )

    @property
    def week(self) -> list[dict[str, Any]]:
        """The weekdays in the company's order with their two fields each."""
        return [
            {
                "name": date_format(_A_MONDAY + timedelta(days=day), "l"),
                "opens": self[f"opens_{day}"],
                "closes": self[f"closes_{day}"],
            }
            for day in self._days
        ]

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        if typed.get("hours") == "own":
            for day in WEEK:
                self._check_day(day, typed)
            if not any(self.data.get(f"{end}_{day}") for end in ENDS for day in WEEK):
                self.add_error("hours", _("Nobody could book anything: open at least one day."))
        return typed

    def _check_day(self, day: int, typed: dict[str, Any]) -> None:
        opens, closes = (typed.get(f"{end}_{day}") for end in ENDS)
        if (opens is None) != (closes is None):
            missing = "opens" if opens is None else "closes"
            self.add_error(f"{missing}_{day}", _("Give both, or neither for a closed day."))
        elif opens is not None and closes is not None and closes_too_early(opens, closes):
            self.add_error(f"closes_{day}", _("It has to close after it opens."))

    def values(self) -> dict[str, Any]:
        """What was typed, by the columns of the table."""
        typed = self.cleaned_data
        own = {rule: typed[rule] for rule in Rule if rule != Rule.OPENING_HOURS}
        return own | {Rule.OPENING_HOURS: self._hours() if typed["hours"] == "own" else None}

    def _hours(self) -> list[int]:
        hours: list[int] = []
        for day in WEEK:
            opens, closes = (self.cleaned_data[f"{end}_{day}"] for end in ENDS)
            hours += [0, 0] if opens is None else [minutes_of(opens), minutes_at_end(closes)]
        return hours

    def refuse(self, error: DomainError) -> None:
        """Puts a service's refusal beside the field that it names."""
        self.add_error(error.field if error.field in self.fields else None, error.message)


def first_values(own: HouseRules, inherited: Rules, company: Company) -> dict[str, Any]:
    """A place's rules as its form shows them; where it has no hours of its own, those that hold,
    or else when people work, to begin with."""
    private = {None: "", True: "yes", False: "no"}[own.private_titles]
    lengths = {rule: getattr(own, rule) for rule in ("min_length", "max_length", "notice")}
    more = {"step": own.step or "", "horizon": own.horizon, "private_titles": private}
    hours = own.opening_hours
    if hours is None:
        known = inherited.opening_hours
        week = known.value if known else [working_hours(company, day) for day in WEEK]
        hours = [minute for day in week for minute in day]
    times: dict[str, time] = {}
    for day in WEEK:
        opens, closes = hours[2 * day : 2 * day + 2]
        if opens < closes:
            times |= {f"opens_{day}": clock_of(opens), f"closes_{day}": clock_of(closes)}
    return {"hours": "" if own.opening_hours is None else "own", **lengths, **more, **times}


def working_hours(company: Company, day: int) -> tuple[int, int]:
    """When people work on a weekday, in minutes of the day."""
    if day + 1 not in company.working_days:
        return 0, 0
    return minutes_of(company.working_from), minutes_at_end(company.working_until)


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
