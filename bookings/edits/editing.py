"""Changing and cancelling as far as a scope reaches: this, this and following, or all.

Every function runs inside the caller's company_scope, changes all or nothing, and announces what
it changed in the same transaction.
"""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings import history
from bookings.drafts import Actor, Changes, Choice
from bookings.edits.asking import check_actor, check_reader, check_values, check_version
from bookings.edits.date_edits import cancel_occurrence, change_occurrence
from bookings.edits.edit_modes import Scope
from bookings.edits.series_edits import ChangePreview, Edited, SeriesEdit
from bookings.edits.series_ending import SeriesEnding
from bookings.models import Booking, Occurrence
from bookings.occurrences import version_tag
from tenants.errors import InvalidInput
from tenants.models import Company


def change_booking(
    *,
    by: Actor,
    company: Company,
    occurrence: Occurrence,
    scope: str = Scope.THIS,
    changes: Changes,
    choices: Sequence[Choice] = (),
    skip_taken: bool = False,
    expected_version: str | None = None,
) -> Edited:
    """Changes a date, a date and the following, or all dates of a series that are to come.

    The rule book is `edit_modes`. Times mean a difference for the other dates. Where a room is
    taken, `choices` say what becomes of a date; with `skip_taken` such dates are left out.
    `expected_version` is the `version_tag` that the person saw; a newer one raises Changed.
    Raises RoomTaken with the clashes date by date, NotAllowed, InvalidInput, InvalidRule or
    OutsideRules; then nothing has changed.
    """
    scope = _reach(occurrence.booking, Scope(scope), changes)
    if scope == Scope.THIS:
        row = change_occurrence(
            by=by,
            company=company,
            occurrence=occurrence,
            changes=changes,
            expected_version=expected_version,
        )
        return Edited(row, [], [])
    edit = SeriesEdit(
        by=by, company=company, scope=scope, changes=changes,
        choices=choices, now=timezone.now(),
    )  # fmt: skip
    with transaction.atomic():  # a caller that catches RoomTaken keeps nothing of the attempt
        chosen = edit.lock(occurrence)
        check_reader(chosen, by, expected_version)
        before = history.snapshot(chosen.booking, chosen)
        check_values(chosen.booking, chosen, changes)
        edit.decide(chosen)
        return edit.write(chosen, before, skip_taken=skip_taken)


def preview_change(
    *,
    by: Actor,
    company: Company,
    occurrence: Occurrence,
    scope: str,
    changes: Changes,
    choices: Sequence[Choice] = (),
) -> ChangePreview:
    """What `change_booking` would do to a series, in numbers and date by date; writes nothing.

    Raises as it does, except that clashes are answered and not raised.
    """
    edit = SeriesEdit(
        by=by, company=company,
        scope=_reach(occurrence.booking, Scope(scope), changes), changes=changes,
        choices=choices, now=timezone.now(),
    )  # fmt: skip
    chosen = edit.read(occurrence)
    check_reader(chosen, by, None)
    check_values(chosen.booking, chosen, changes)
    edit.decide(chosen)
    return edit.preview(chosen)


def cancel_booking(
    *,
    by: Actor,
    company: Company,
    occurrence: Occurrence,
    scope: str = Scope.THIS,
    expected_version: str | None = None,
) -> Occurrence:
    """Cancels a date, a date and the following, or all that is not over; twice is as good as once.

    The rule ends before the first date that goes, so that it does not come back.
    """
    if Scope(scope) == Scope.THIS or not occurrence.booking.is_series:
        return cancel_occurrence(
            by=by, company=company, occurrence=occurrence, expected_version=expected_version
        )
    ending = SeriesEnding(company, timezone.now())
    chosen = ending.lock(occurrence)
    check_actor(chosen.booking, by)
    since = chosen.original_start if Scope(scope) == Scope.FOLLOWING else None
    if not ending.dates(chosen, since):
        return chosen
    check_version(version_tag(chosen), expected_version)
    ending.run(chosen, since, by)
    return chosen


def _reach(booking: Booking, scope: Scope, changes: Changes) -> Scope:
    """A single booking has one date, until it gets a rule; a date has no rule of its own."""
    if "recurrence" not in changes:
        return scope if booking.is_series else Scope.THIS
    if not booking.is_series:
        return Scope.ALL if changes["recurrence"] else Scope.THIS
    if scope == Scope.THIS:
        raise InvalidInput(
            _("One date has no rule of its own. Choose this and following, or all events."),
            field="scope",
        )
    return scope
