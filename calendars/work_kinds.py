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

from calendars.budget import Lane


@dataclass(frozen=True)
class WorkKind:
    """What it is called while it goes on and once it is done, the dotted name of its step, and of
    which page it is.

    In the queue `bulk` it waits behind first readings of calendars: fine unless it counts these.
    """

    label: Promise
    done_label: Promise
    step: str
    page: str  # the name of a URL without arguments, for administrators
    queue: Lane = Lane.BULK
    may_stop: bool = True

    def title(self, *, is_done: bool) -> Promise:
        """What it is called now."""
        return self.done_label if is_done else self.label

    def run(self, turn: Any) -> None:
        """One step."""
        step: Callable[[Any], None] = import_string(self.step)
        step(turn)


READING = "reading"
ROOMS = "rooms"
PEOPLE = "people"
HANDING_OVER = "handing over"
AUDIT = "audit"

KINDS: dict[str, WorkKind] = {
    READING: WorkKind(
        _("Reading the rooms' calendars"),
        _("The rooms' calendars were read"),
        "calendars.reading.step",
        "google_connection",
        queue=Lane.SYNC,
        may_stop=False,  # it only looks on
    ),
    ROOMS: WorkKind(
        _("Reading the rooms of the directory"),
        _("The rooms of the directory were read"),
        "calendars.directory.rooms.step",
        "import_rooms",
    ),
    PEOPLE: WorkKind(
        _("Reading the people of the directory"),
        _("The people of the directory were read"),
        "calendars.directory.people.step",
        "leaving",
    ),
    HANDING_OVER: WorkKind(
        _("Going through the bookings of people who left"),
        _("The bookings of people who left were gone through"),
        "calendars.handing_over.step",
        "leaving",
    ),
    AUDIT: WorkKind(
        _("Looking at the rooms"),
        _("The rooms were looked at"),
        "calendars.audit.runs.step",
        "google_audit",
    ),
}
