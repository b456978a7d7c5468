"""Which dates of a series are meant: what each answer would do, in numbers, before it is given."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from bookings.alternatives import near_rooms
from bookings.drafts import Actor
from bookings.edits.edit_modes import Scope, is_cancelled, is_exception, is_first
from bookings.edits.editing import preview_change
from bookings.edits.lineage import parts_of
from bookings.edits.series_edits import ChangePreview
from bookings.edits.series_ending import SeriesEnding
from bookings.models import Booking, Door, Occurrence
from bookings.occurrences import series_of
from bookings.preview import DatePreview, State, is_declined, preview_dates
from bookings.recurrence.wall_clock import to_local
from bookings.web.days import clock_span
from bookings.web.form.changing import ChangeForm, changes_of, reaches_all_dates
from bookings.web.form.date_lines import Lines, lines_of, short_day
from tenants.errors import DomainError
from tenants.models import Member

_CHANGES = ngettext_lazy("%(n)d date changes", "%(n)d dates change", "n")
_KEPT = ngettext_lazy("%(n)d is kept as edited", "%(n)d are kept as edited", "n")
_TAKEN = ngettext_lazy("%(n)d is taken, you choose next", "%(n)d are taken, you choose next", "n")
_OVER = ngettext_lazy(
    "%(n)d is over and stays as it was", "%(n)d are over and stay as they were", "n"
)
_CANCELLED = ngettext_lazy("%(n)d date is cancelled", "%(n)d dates are cancelled", "n")
_EDITED = ngettext_lazy("%(n)d of them was edited", "%(n)d of them were edited", "n")
_CANCEL = {
    Scope.THIS: gettext_lazy("Cancel this event"),
    Scope.FOLLOWING: gettext_lazy("Cancel this and following events"),
    Scope.ALL: gettext_lazy("Cancel all events"),
}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One scope: what it would do in sentences, which edited dates it would lose, or why not."""

    scope: Scope
    label: str
    numbers: Sequence[str] = ()
    lost: Sequence[str] = ()
    refusal: str = ""
    notes: Sequence[str] = field(default_factory=list)


def answers_to_change(form: ChangeForm, occurrence: Occurrence, member: Member) -> list[Answer]:
    """What the changes of a form would do with each scope that can be meant."""
    scopes = scopes_of(occurrence)
    if reaches_all_dates(form, occurrence):
        scopes.remove(Scope.THIS)
    return [_answer_to_change(scope, form, occurrence, member) for scope in scopes]


def answers_to_cancel(occurrence: Occurrence, member: Member) -> list[Answer]:
    """What cancelling would do with each scope."""
    return [_answer_to_cancel(scope, occurrence, member) for scope in scopes_of(occurrence)]


def scopes_of(occurrence: Occurrence) -> list[Scope]:
    """On the first place of a story, “and following” is nothing else than all."""
    booking = occurrence.booking
    if not booking.is_series:
        return [Scope.THIS]
    first = not booking.opaque and is_first(series_of(booking), occurrence.original_start)
    if first and booking.split_from_id is None:
        return [Scope.THIS, Scope.ALL]
    return [*Scope]


def change_lines(
    preview: ChangePreview,
    occurrence: Occurrence,
    member: Member,
    *,
    chosen: Iterable[str] = (),
    skip_all: bool = False,
) -> Lines:
    """The dates that a change would leave, those that are taken with what can be chosen."""
    clashes = {clash.wanted.public_id: clash.conflicts for clash in preview.clashes}
    room = preview.dates[0].booking.room if preview.dates else occurrence.room
    dates, _rooms = preview_dates(
        preview.dates,
        company=member.company,
        room=room,
        candidates=near_rooms(room, seats=1),
        besides=[row.pk for row in preview.dates if row.pk],
    )
    fitted = [_held_against(date, clashes.get(date.occurrence.public_id, [])) for date in dates]
    return lines_of(fitted, member, chosen=set(chosen), skip_all=skip_all)


def google_declines_change(preview: ChangePreview) -> bool:
    """Whether Google's room would decline a part of the series by itself as the change leaves it;
    each part is an event of its own there."""
    taken = {id(clash.wanted) for clash in preview.clashes}
    parts: dict[int, list[Occurrence]] = {}
    for row in preview.dates:
        if row.room_id == row.booking.room_id:
            parts.setdefault(id(row.booking), []).append(row)
    for rows in parts.values():
        number = sum(id(row) in taken for row in rows)
        if is_declined(rows[0].room, taken=number, free=len(rows) - number):
            return True
    return False


def _held_against(date: DatePreview, conflicts: Sequence[Occurrence]) -> DatePreview:
    state = State.TAKEN if conflicts else State.FREE
    moved = bool(conflicts)
    return replace(date, state=state, conflicts=conflicts, reason="", can_be_moved=moved)


def _answer_to_change(
    scope: Scope, form: ChangeForm, occurrence: Occurrence, member: Member
) -> Answer:
    if scope == Scope.THIS:
        return Answer(scope=scope, label=str(scope.label), numbers=[_when(occurrence)])
    try:
        preview = preview_change(
            by=Actor(Door.WEB, member),
            company=member.company,
            occurrence=occurrence,
            scope=scope,
            changes=changes_of(form, occurrence, scope),
        )
    except DomainError as error:
        return Answer(scope=scope, label=str(scope.label), refusal=str(error.message))
    counted = [
        (preview.changed, _CHANGES),
        (preview.kept, _KEPT),
        (len(preview.clashes), _TAKEN),
        (_over(occurrence, scope), _OVER),
    ]
    return Answer(
        scope=scope,
        label=str(scope.label),
        numbers=_in_words(counted),
        lost=[_lost(row) for row in preview.lost],
        notes=_notes(preview),
    )


def _lost(row: Occurrence) -> str:
    what = _("cancelled") if is_cancelled(row) else row.shown_title
    return f"{_when(row)} · {what}"


def _in_words(counted: Iterable[tuple[int, Any]]) -> list[str]:
    return [words % {"n": n} for n, words in counted if n]


def _notes(preview: ChangePreview) -> list[str]:
    notes = []
    if preview.start_moved and preview.dates:
        begins = {"date": _day(preview.dates[0])}
        notes.append(_("The day you chose is not on the new rule: it begins on %(date)s.") % begins)
    if google_declines_change(preview):
        notes.append(
            _(
                "Too many dates are taken: the room’s own calendar in Google would decline the"
                " whole series. Skip or move some, or choose another room."
            )
        )
    return notes


def _answer_to_cancel(scope: Scope, occurrence: Occurrence, member: Member) -> Answer:
    label = str(_CANCEL[scope])
    if scope == Scope.THIS:
        return Answer(scope=scope, label=label, numbers=[_when(occurrence)])
    ending = SeriesEnding(member.company, timezone.now())
    chosen = ending.read(occurrence)
    rows = ending.dates(chosen, chosen.original_start if scope == Scope.FOLLOWING else None)
    edited = sum(is_exception(row) for row in rows)
    over = _over(occurrence, scope)
    counted = [(len(rows), _CANCELLED), (edited, _EDITED), (over, _OVER)]
    return Answer(scope=scope, label=label, numbers=_in_words(counted))


def _over(occurrence: Occurrence, scope: Scope) -> int:
    """How many dates are over that the scope would reach."""
    booking: Booking = occurrence.booking
    reached = Q(booking=booking, original_start__gte=occurrence.original_start)
    if scope == Scope.ALL:
        reached = Q(booking__in=parts_of(booking))
    rows = Occurrence.objects.get_queryset().shown()
    return int(rows.filter(reached, starts_at__lt=timezone.now()).count())


def _when(row: Occurrence) -> str:
    zone = ZoneInfo(row.room.zone_name)
    return f"{_day(row)}, {clock_span(row.starts_at, row.ends_at, zone)}"


def _day(row: Occurrence) -> str:
    return short_day(to_local(row.starts_at, ZoneInfo(row.room.zone_name)).date())
