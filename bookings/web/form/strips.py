"""When the people of a form are free around its time: a strip of the day for each, and in words.

Nobody is called free whose calendar cannot be seen. Values only, no queries.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from bookings.alternatives import gaps_between, meets
from bookings.people import Busy
from bookings.recurrence.wall_clock import to_instant, to_local
from bookings.spans import Span
from bookings.web.days import Day, clock_span
from tenants.models import Company

_MINUTE = timedelta(minutes=1)


class State(StrEnum):
    """How somebody is at the chosen time. Whoever is `here` has nothing but the booking itself."""

    FREE = "free"
    BUSY = "busy"
    HERE = "here"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Bar:
    """A part of a strip, in minutes from its start."""

    x: int
    width: int


@dataclass(frozen=True, kw_only=True)
class Strip:
    """One person: how they are at the chosen time in words, and what is known of the hours."""

    who: str
    state: State
    words: str
    bars: Sequence[Bar]
    hours: str
    is_known: bool  # else they may be busy at other times, too


@dataclass(frozen=True, kw_only=True)
class Strips:
    """The time that was chosen on the hours of its day, by the clock of a zone.

    `own` is where a booking is that is being changed: who is in `invited` (addresses in lower case)
    is busy then because of it.
    """

    chosen: Span
    company: Company
    zone: ZoneInfo
    own: Span | None = None
    invited: Collection[str] = ()

    @property
    def whole_days(self) -> Span:
        """The days that the time touches, so that another time of theirs asks nothing new."""
        first, last = (
            Day(to_local(at, self.zone).date(), self.zone)
            for at in (self.chosen.starts_at, self.chosen.ends_at - _MINUTE)
        )
        return Span(first.starts_at, last.ends_at)

    @property
    def hours(self) -> Span:
        """What is shown: the company's working hours, and the time itself where it is outside."""
        day = to_local(self.chosen.starts_at, self.zone).date()
        opens, closes = (
            to_instant(datetime.combine(day, clock), self.zone)
            for clock in (self.company.working_from, self.company.working_until)
        )
        return Span(min(opens, self.chosen.starts_at), max(closes, self.chosen.ends_at))

    @property
    def ends(self) -> list[str]:
        """Where the hours begin and end, on the clock."""
        start, end = (to_local(at, self.zone) for at in (self.hours.starts_at, self.hours.ends_at))
        form = "%H:%M" if start.date() == end.date() else "%m-%d %H:%M"
        return [f"{start:{form}}", f"{end:{form}}"]

    @property
    def length(self) -> int:
        """How long the hours are, in minutes."""
        return self.hours.length // _MINUTE

    @property
    def mark(self) -> Bar:
        """The chosen time on every strip."""
        return _bar(self.chosen, self.hours)

    def strip(self, email: str, who: str, busy: Busy) -> Strip:
        """The strip of a person, whose busy times are known of all `whole_days`."""
        taken = merged(busy.spans, self.whole_days)
        others = taken
        if self.own and email in self.invited:
            others = [part for span in taken for part in _without(span, self.own)]
        state = self._state(taken, others, known=busy.known)
        shown = merged(taken, self.hours)
        return Strip(
            who=who,
            state=state,
            words=self._words(state, others),
            bars=[_bar(span, self.hours) for span in shown],
            hours=self._in_words(shown, known=busy.known),
            is_known=busy.known,
        )

    def _state(self, taken: Sequence[Span], others: Sequence[Span], *, known: bool) -> State:
        if meets(self.chosen, others):
            return State.BUSY
        if not known:
            return State.UNKNOWN
        return State.HERE if meets(self.chosen, taken) else State.FREE

    def _words(self, state: State, others: Iterable[Span]) -> str:
        if state == State.BUSY:
            at = [span for span in others if meets(self.chosen, [span])]
            return _("busy %(times)s") % {"times": self._times(at)}
        return {
            State.FREE: pgettext("person", "free"),
            State.HERE: _("has this meeting"),
            State.UNKNOWN: _("cannot be seen"),
        }[state]

    def _in_words(self, shown: Sequence[Span], *, known: bool) -> str:
        """The strip for who does not see it."""
        if shown:
            words = _("busy %(times)s") if known else _("busy %(times)s, otherwise not known")
            return words % {"times": self._times(shown)}
        return _("free %(times)s") % {"times": self._times([self.hours])} if known else ""

    def _times(self, spans: Iterable[Span]) -> str:
        return ", ".join(clock_span(span.starts_at, span.ends_at, self.zone) for span in spans)


def merged(spans: Iterable[Span], within: Span) -> list[Span]:
    """Times in order, as far as they lie within another; those that touch are one."""
    busy = sorted((span.starts_at, span.ends_at) for span in spans)
    free = [(gap.starts_at, gap.ends_at) for gap in gaps_between(busy, within)]
    return [*gaps_between(free, within)]


def _without(span: Span, own: Span) -> Iterable[Span]:
    return gaps_between([(own.starts_at, own.ends_at)], span)


def _bar(span: Span, hours: Span) -> Bar:
    return Bar((span.starts_at - hours.starts_at) // _MINUTE, span.length // _MINUTE)
