"""The browser's own inputs for dates and times, filled the way they read them."""

from typing import Any

from django import forms


def clock_input(**attrs: Any) -> forms.TimeInput:
    return forms.TimeInput(format="%H:%M", attrs={"type": "time", "step": 300, **attrs})


def date_input(**attrs: Any) -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", **attrs})
