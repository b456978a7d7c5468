"""The dates of a preview as lines that a person reads, those first about which to decide."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from bookings.access import mark_hidden, may_see_details
from bookings.models import Occurrence
from bookings.preview import DatePreview, State
from bookings.recurrence.wall_clock import to_local
from bookings.spans import Span
from bookings.web.date_choices import leaving, moving
from bookings.web.days import clock_span
from bookings.web.grid import title_for
from tenants.models import Member

FIRST_TAKEN = 10  # shown at once; the others on demand
FIRST_FREE = 4


@dataclass(frozen=True)
class InTheWay:
    """Who has the room, as far as the reader may know."""

    title: str
    who: str
    day: str
    times: str


@dataclass(frozen=True)
class Options:
    """Some of what can be chosen for a date: values with their words, under a heading."""

    heading: str
    options: list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One date. `chosen` is a value among its `options`, or empty."""

    id: str
    day: str
    times: str
    reason: str = ""
    marks: Sequence[str] = ()
    in_the_way: Sequence[InTheWay] = ()
    options: Sequence[Options] = ()
    chosen: str = ""


@dataclass(frozen=True)
class Lines:
    """All dates, by what can be done about them: `taken` are those to decide about."""

    taken: list[Line]
    outside: list[Line]
    free: list[Line]

    @property
    def by_rules(self) -> bool:
        """Whether a rule refuses any of those to decide about."""
        return any(line.reason for line in self.taken)

    @property
    def by_rules_alone(self) -> bool:
        return bool(self.taken) and all(line.reason for line in self.taken)

    @property
    def first_taken(self) -> list[Line]:
        return self.taken[:FIRST_TAKEN]

    @property
    def other_taken(self) -> list[Line]:
        return self.taken[FIRST_TAKEN:]

    @property
    def first_free(self) -> list[Line]:
        return self.free[:FIRST_FREE]

    @property
    def other_free(self) -> list[Line]:
        return self.free[FIRST_FREE:]

    @property
    def undecided(self) -> list[Line]:
        return [line for line in self.taken if not line.chosen]

    @property
    def tally(self) -> list[tuple[str, str]]:
        """The numbers in words, each with its look; what there is none of is left out."""
        free, outside = len(self.free), len(self.outside)
        against = sum(bool(line.reason) for line in self.undecided)
        open_ = len(self.undecided) - against
        skipped = sum(line.chosen.endswith(" skip") for line in self.taken)
        settled = len(self.taken) - len(self.undecided) - skipped
        numbers = [
            ("free", free, ngettext("%(n)d date is free", "%(n)d dates are free", free)),
            ("taken", open_, ngettext("%(n)d date is taken", "%(n)d dates are taken", open_)),
            (
                "against",
                against,
                ngettext(
                    "%(n)d date is against the rules", "%(n)d dates are against the rules", against
                ),
            ),
            (
                "skipped",
                skipped,
                ngettext("%(n)d date is skipped", "%(n)d dates are skipped", skipped),
            ),
            (
                "settled",
                settled,
                ngettext("%(n)d date gets another place", "%(n)d dates get another place", settled),
            ),
            (
                "outside",
                outside,
                ngettext(
                    "%(n)d date cannot be booked yet", "%(n)d dates cannot be booked yet", outside
                ),
            ),
        ]
        return [(look, words % {"n": n}) for look, n, words in numbers if n]


def lines_of(
    dates: Iterable[DatePreview],
    member: Member,
    *,
    chosen: Collection[str] = (),
    skip_all: bool = False,
) -> Lines:
    """The dates as this member may see them. What was `chosen` stays where it is still possible;
    with `skip_all`, dates about which nothing was chosen are skipped."""
    dates, sorted_lines = [*dates], Lines([], [], [])
    mark_hidden(member, [other for each in dates for other in each.conflicts])
    for each in dates:
        line = line_of(each, member, chosen, skip_all=skip_all)
        if each.can_be_moved:
            sorted_lines.taken.append(line)
        elif each.state == State.OUTSIDE:
            sorted_lines.outside.append(line)
        else:
            sorted_lines.free.append(line)
    return sorted_lines


def line_of(
    preview: DatePreview, member: Member, chosen: Collection[str] = (), *, skip_all: bool = False
) -> Line:
    """One date as a line."""
    row = preview.occurrence
    zone = ZoneInfo(row.room.zone_name)
    options = _options(preview, zone) if preview.can_be_moved else []
    possible = {value for group in options for value, _words in group.options}
    skip = leaving(row.starts_at, "skip")
    found = next(iter(possible & set(chosen)), skip if skip_all and skip in possible else "")
    return Line(
        id=f"{row.starts_at:%Y%m%dT%H%M}",
        day=short_day(to_local(row.starts_at, zone).date()),
        times=clock_span(row.starts_at, row.ends_at, zone),
        reason=preview.reason,
        marks=_marks(preview),
        in_the_way=[in_the_way(other, member) for other in preview.conflicts],
        options=options,
        chosen=found,
    )


def short_day(day: date) -> str:
    """A date in a list: “Wed, 2 Dec 2026”."""
    return date_format(day, pgettext("date format in a list", "D, j M Y"))


def in_the_way(row: Occurrence, member: Member) -> InTheWay:
    """A booking of somebody, as far as the member may know it."""
    zone = ZoneInfo(row.room.zone_name)
    return InTheWay(
        title=title_for(member, row),
        who=row.booking.organizer_email if may_see_details(member, row) else "",
        day=short_day(to_local(row.starts_at, zone).date()),
        times=clock_span(row.starts_at, row.ends_at, zone),
    )


def _options(preview: DatePreview, zone: ZoneInfo) -> list[Options]:
    row = preview.occurrence
    groups = [Options("", _leaving(row))]
    if preview.rooms:
        same = Span(row.starts_at, row.ends_at)
        rooms = [(moving(row.starts_at, room, same), str(room)) for room in preview.rooms]
        groups.append(Options(_("Another room"), rooms))
    if preview.times:
        times = [
            (
                moving(row.starts_at, row.room, span),
                clock_span(span.starts_at, span.ends_at, zone),
            )
            for span in preview.times
        ]
        groups.append(Options(_("Another time"), times))
    return groups


def _leaving(row: Occurrence) -> list[tuple[str, str]]:
    choices = [(leaving(row.starts_at, "skip"), _("Skip this date"))]
    if row.pk is not None:
        choices.append((leaving(row.starts_at, "keep"), _("Leave it as it is now")))
    return choices


def _marks(preview: DatePreview) -> list[str]:
    marks = []
    if preview.moved_by_clock:
        marks.append(_("The clocks change"))
    if preview.hour_differs:
        marks.append(_("Another hour than usual"))
    return marks
