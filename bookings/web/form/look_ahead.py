"""What the form of a new booking would do, said before it does: the rule in words, date by date."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils import timezone

from bookings.drafts import Actor, Choice, Draft
from bookings.edits.choosing import choose
from bookings.errors import OutsideRules, RoomTaken
from bookings.models import Door
from bookings.new_booking import wanted_places, wanted_series
from bookings.preview import BookingPreview, DatePreview, google_declines, preview_booking
from bookings.recurrence.wall_clock import to_local
from bookings.spans import Span
from bookings.web.form.date_choices import choices_of
from bookings.web.form.date_lines import Line, Lines, lines_of, short_day
from bookings.web.form.forms import DateForm, NewBookingForm
from bookings.web.form.offers import offer_of
from bookings.web.form.repeat_fields import REPEAT_FIELDS, RepeatFields
from bookings.web.form.repeat_words import repeat_words
from tenants.errors import DomainError
from tenants.models import Company, Member

RELABELLED = ("repeat", "repeat_unit", "repeat_monthly")
NEEDED = ("room", "date", "start", "end", "end_date", *REPEAT_FIELDS)
UNTITLED = "–"
NEVER_BESIDE_A_FIELD = (403, 404)


@dataclass(frozen=True, kw_only=True)
class Look:
    """What the form would do. `refusal` says why it cannot be done, whatever its dates; `moved` is
    the date of a booking that is changed, where it cannot be had."""

    words: str = ""
    refusal: str = ""
    lines: Lines | None = None
    start_moved: str = ""
    google_declines: bool = False
    offers: Sequence[dict[str, str]] = ()  # of a single date: instead of it
    moved: Line | None = None

    @property
    def only_date(self) -> Line | None:
        """The date of a booking that does not repeat, or is moved, where it is not free."""
        if self.moved:
            return self.moved
        if self.words or self.lines is None:
            return None
        return next(iter([*self.lines.taken, *self.lines.outside]), None)

    @property
    def why(self) -> str:
        """Why it cannot be done, empty where it can."""
        return self.only_date.why if self.only_date else self.refusal

    def says(self, error: DomainError) -> bool:
        """Whether it says what a service has refused, if perhaps in other words."""
        of_its_date = RoomTaken if self.moved else (RoomTaken, OutsideRules)
        if self.only_date and isinstance(error, of_its_date):
            return True
        return bool(self.why) and self.why == str(error.message)


def look_context(
    form: NewBookingForm, member: Member, *, refused: DomainError | None = None
) -> dict[str, Any]:
    """The look of a form for its template, as far as the form can be read; and its refusal."""
    look = look_at(form, member) if form.is_bound else Look()
    if refused:
        show_refusal(form, refused, look)
    return {"form": form, "look": look, "refused": refused, "fresh_labels": fresh_labels(form)}


def show_refusal(form: DateForm, error: DomainError, look: Look) -> None:
    """Says a refusal once: where the look does, the form only marks its fields. What is none of the
    person's business stays a page."""
    if error.status in NEVER_BESIDE_A_FIELD:
        raise error
    if look.says(error):
        form.mark(error, said_in="look-refusal")
    else:
        form.refuse(error)


def look_at(form: NewBookingForm, member: Member) -> Look:
    """What a form would do; it is asked of the services, and nothing is written."""
    form.is_valid()
    if any(name in form.errors for name in NEEDED):
        return Look(words=repeat_words(form))
    try:
        draft = _draft(form)
        preview = preview_booking(
            by=Actor(Door.WEB, member),
            company=member.company,
            room=form.cleaned_data["room"],
            draft=draft,
        )
        return _look(form, draft, preview, member)
    except DomainError as error:
        return Look(words=repeat_words(form), refusal=str(error.message))


def chosen_for(form: NewBookingForm, draft: Draft, company: Company) -> list[Choice]:
    """The choices that a form sends along, without those for dates that it no longer asks for."""
    values = _values(form)
    if not values or not draft.recurrence:
        return []
    places = wanted_places(draft, wanted_series(draft), company.bookable_until)
    starts = {place.starts_at for place in places}
    return [choice for choice in choices_of(values) if choice.start in starts]


def _values(form: NewBookingForm) -> list[str]:
    """They were made for one room; in another one everything is different."""
    if not isinstance(form.data, QueryDict):
        return []
    same_room = form.data.get("chosen_in") == str(form["room"].value())
    return [value for value in form.data.getlist("choice") if value] if same_room else []


def _draft(form: NewBookingForm) -> Draft:
    """The draft as far as it decides about dates; the rest may still be missing."""
    form.cleaned_data.setdefault("attendees", ())
    for name in ("title", "description", "visibility", "video"):
        form.cleaned_data.setdefault(name, "")
    return replace(form.draft(), title=UNTITLED, description="", visibility="default")


def _look(form: NewBookingForm, draft: Draft, preview: BookingPreview, member: Member) -> Look:
    lines = lines_of(preview.dates, member, chosen=_values(form), skip_all="skip_all" in form.data)
    kept = choices_of(line.chosen for line in lines.taken)
    rows = [date.occurrence for date in preview.dates]
    choose(rows, kept, now=timezone.now(), until=member.company.bookable_until)
    room = form.cleaned_data["room"]
    return Look(
        words=repeat_words(form),
        lines=lines,
        start_moved=_day_of(preview.start_moved, draft),
        google_declines=google_declines(room, preview.dates),
        offers=[] if draft.recurrence else _offers(preview.dates[0]),
    )


def _offers(date: DatePreview) -> list[dict[str, str]]:
    row = date.occurrence
    span = Span(row.starts_at, row.ends_at)
    rooms = [offer_of(room, span, span) for room in date.rooms]
    times = [offer_of(row.room, other, span) for other in date.times]
    return [*times, *rooms] if date.reason else [*rooms, *times]  # a rule is of this room


def _day_of(start: datetime | None, draft: Draft) -> str:
    return short_day(to_local(start, ZoneInfo(draft.timezone)).date()) if start else ""


def fresh_labels(form: RepeatFields) -> Sequence[str]:
    """The fields whose labels were drawn for another date, as they are to be drawn in place."""
    if not form.is_bound or form.data.get("named_for") == form.named_for():
        return []
    return [form[name].as_widget(attrs={"hx-swap-oob": "true"}) for name in RELABELLED]
