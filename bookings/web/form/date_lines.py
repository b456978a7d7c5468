"""The dates of a preview as lines that a person reads, those first about which to decide."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from bookings.access import mark_hidden, may_see_details
from bookings.house_rules.words import span_words
from bookings.models import Occurrence
from bookings.people import names_of
from bookings.preview import DatePreview, State
from bookings.recurrence.wall_clock import to_local
from bookings.spans import Span
from bookings.web.day.grid import title_for
from bookings.web.days import clock_span
from bookings.web.form.date_choices import leaving, moving
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
    is_held: bool  # by an open form: nothing is booked yet


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

    @property
    def why(self) -> str:
        """Why the date cannot be had as it is."""
        held = self.in_the_way and all(other.is_held for other in self.in_the_way)
        return self.reason or (_("Held for somebody else") if held else _("Already booked"))


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
                ngettext("%(n)d date cannot be booked", "%(n)d dates cannot be booked", outside),
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
    others = {other.public_id: other for each in dates for other in each.conflicts}
    known = dict(zip(others, in_the_way([*others.values()], member), strict=True))
    for each in dates:
        conflicts = [known[other.public_id] for other in each.conflicts]
        line = line_of(each, conflicts, chosen, skip_all=skip_all)
        if each.can_be_moved:
            sorted_lines.taken.append(line)
        elif each.state == State.OUTSIDE:
            sorted_lines.outside.append(line)
        else:
            sorted_lines.free.append(line)
    return sorted_lines


def line_of(
    preview: DatePreview,
    conflicts: Sequence[InTheWay],
    chosen: Collection[str] = (),
    *,
    skip_all: bool = False,
) -> Line:
    """One date as a line, with what is in its way."""
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
        in_the_way=conflicts,
        options=options,
        chosen=found,
    )


def short_day(day: date) -> str:
    """A date in a list: “Wed, 2 Dec 2026”."""
    return date_format(day, pgettext("date format in a list", "D, j M Y"))


def in_the_way(rows: Sequence[Occurrence], member: Member) -> list[InTheWay]:
    """Bookings of others, as far as the member may know them; in three queries at most."""
    mark_hidden(member, rows)
    emails = {
        row.public_id: row.booking.organizer_email for row in rows if may_see_details(member, row)
    }
    names = names_of(emails.values())
    return [_in_the_way(row, member, emails.get(row.public_id, ""), names) for row in rows]


def _in_the_way(row: Occurrence, member: Member, email: str, names: Mapping[str, str]) -> InTheWay:
    zone = ZoneInfo(row.room.zone_name)
    return InTheWay(
        title=title_for(member, row),
        who=names.get(email.lower(), email),
        day=short_day(to_local(row.starts_at, zone).date()),
        times=clock_span(row.starts_at, row.ends_at, zone),
        is_held=row.status == Occurrence.Status.HELD,
    )


def _options(preview: DatePreview, zone: ZoneInfo) -> list[Options]:
    row = preview.occurrence
    groups = [Options("", _leaving(row))]
    wanted = Span(row.starts_at, row.ends_at)
    if preview.rooms:
        rooms = [(moving(row.starts_at, room, wanted), str(room)) for room in preview.rooms]
        groups.append(Options(_("Another room"), rooms))
    if preview.times:
        times = [
            (moving(row.starts_at, row.room, span), span_words(span, zone, beside=wanted))
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
