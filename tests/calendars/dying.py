"""A worker that dies half way, inside this process."""

from typing import Any

from calendars.google import GoogleCalendar


class Killed(BaseException):
    """As abrupt as it gets inside one process: no handler of ours catches it."""


def die(*_args: Any, **_kwargs: Any) -> None:
    raise Killed


def effect_then_die(name: str) -> Any:
    """A call of Google that arrives, and whose answer nobody hears."""
    real = getattr(GoogleCalendar, name)

    def call(*args: Any, **kwargs: Any) -> None:
        real(*args, **kwargs)
        raise Killed

    return call
