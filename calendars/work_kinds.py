"""The kinds of long work: what people call each, and who does a step of it.

A step is called outside any transaction, with a `calendars.long_work.Turn`. It may call Google; it
then opens one company_scope, writes its effect there, and ends it by exactly one of
`turn.advance`, `turn.finish`, so that effect, cursor and counts are kept together or not at all.
It raises GoogleUnavailable to be called again later, DomainError or another GoogleError to fail.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class WorkKind:
    """What it is called while it goes on, the dotted name of its step, and of which page it is."""

    label: Promise
    step: str
    page: str  # the name of a URL without arguments, for administrators

    def run(self, turn: Any) -> None:
        """One step."""
        step: Callable[[Any], None] = import_string(self.step)
        step(turn)


READING = "reading"

KINDS: dict[str, WorkKind] = {
    READING: WorkKind(
        _("Reading the rooms' calendars"), "calendars.reading.step", "google_connection"
    ),
}
