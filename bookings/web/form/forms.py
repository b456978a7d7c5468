"""What people type to book a room or to change a booking, read into what the services take.

The forms only read: whether a booking is allowed is said by the services, and `refuse` puts their
answer beside the field.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from email.utils import parseaddr
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from bookings.access import get_room
from bookings.drafts import Attendee, Draft
from bookings.errors import RoomTaken
from bookings.models import Booking, Room
from bookings.rules import DESCRIPTION_LIMIT, TITLE_LIMIT, check_attendees, instant_of
from bookings.web.form.reminder_fields import ReminderFields
from bookings.web.form.repeat_fields import RepeatFields
from bookings.web.inputs import DayField, clock_input
from tenants.errors import DomainError

TAKEN = ("room", "start", "end")  # any of them may be chosen otherwise
SEPARATORS = r"[,;\n]+"
FIELD_OF_ERROR = {  # where the names differ
    "recurrence": "repeat",
    "timezone": "start",
    "reminders": "remind_before",
}


class DateForm(forms.Form):
    """What every date of a booking has of its own. Times are those of the room's wall."""

    title = forms.CharField(
        label=_("Title"),
        required=False,  # the services say it better
        widget=forms.TextInput(
            attrs={"maxlength": TITLE_LIMIT, "required": True, "autocomplete": "off"}
        ),
    )
    room = forms.IntegerField(label=_("Room"), widget=forms.Select)
    date = DayField(label=_("Date"))
    start = forms.TimeField(label=_("Start"), widget=clock_input())
    end = forms.TimeField(label=_("End"), widget=clock_input())
    end_date = DayField(label=_("Ends on another day"), required=False)
    description = forms.CharField(
        label=_("Description"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": DESCRIPTION_LIMIT}),
    )

    def __init__(self, *args: Any, rooms: Iterable[Room], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["room"].widget.choices = room_choices(rooms)

    def clean_description(self) -> str:
        return str(self.cleaned_data["description"]).replace("\r\n", "\n")

    def clean_room(self) -> Room:
        """The room, which must be the company's: another's is as good as none (NotFound)."""
        return get_room(self.cleaned_data["room"])

    def times(self) -> tuple[datetime, datetime]:
        """Start and end as instants; raises InvalidInput where the clocks leave no or two."""
        typed = self.cleaned_data
        zone = typed["room"].zone_name
        last = typed["end_date"] or typed["date"]
        return (
            instant_of(datetime.combine(typed["date"], typed["start"]), zone, field="start"),
            instant_of(datetime.combine(last, typed["end"]), zone, field="end"),
        )

    def refuse(self, error: DomainError) -> None:
        """Puts a service's refusal beside the field that it names."""
        self.add_error(self._named_by(error), error.message)

    def mark(self, error: DomainError, *, said_in: str) -> None:
        """Marks the fields that a refusal is about, which an element with that id puts in words."""
        names = TAKEN if isinstance(error, RoomTaken) else (self._named_by(error),)
        for name in filter(None, names):
            marks = {"aria-invalid": "true", "aria-describedby": said_in}
            self.fields[name].widget.attrs |= marks

    def _named_by(self, error: DomainError) -> str | None:
        name = FIELD_OF_ERROR.get(error.field or "", error.field)
        return name if name in self.fields else None


class SingleForm(ReminderFields, DateForm):
    """A booking that takes place once."""

    attendees = forms.CharField(
        label=_("People"),
        required=False,
        widget=forms.Textarea(
            attrs={
                "rows": 2,
                "placeholder": "name@example.com",
                "spellcheck": "false",
                "aria-describedby": "id_attendees_helptext wrong-attendees",
            }
        ),
        help_text=_("E-mail addresses, separated by commas or lines."),
    )
    visibility = forms.ChoiceField(
        label=_("Who may see it"),
        required=False,
        choices=[
            (Booking.Visibility.DEFAULT, _("Everybody in the company")),
            (Booking.Visibility.PRIVATE, _("Private: others see only that the room is taken")),
        ],
    )
    video = forms.BooleanField(label=_("With a video meeting"), required=False)

    def clean_attendees(self) -> tuple[Attendee, ...]:
        attendees = tuple(attendees_in(self.cleaned_data["attendees"]))
        try:
            check_attendees(attendees)
        except DomainError as error:
            raise forms.ValidationError(error.message) from error
        return attendees

    def clean_visibility(self) -> str:
        return self.cleaned_data["visibility"] or Booking.Visibility.DEFAULT


class NewBookingForm(RepeatFields, SingleForm):
    """A new booking, once or repeated. `key` makes a double click one booking."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=100)

    def draft(self) -> Draft:
        """What was typed; raises InvalidInput where its times do not exist."""
        typed = self.cleaned_data
        starts_at, ends_at = self.times()
        zone = typed["room"].zone_name
        return Draft(
            title=typed["title"],
            description=typed["description"],
            starts_at=starts_at,
            ends_at=ends_at,
            timezone=zone,
            recurrence=self.recurrence(ZoneInfo(zone)),
            attendees=typed["attendees"],
            visibility=typed["visibility"],
            video=typed["video"],
            reminders=self.chosen_reminders(),
        )


def attendees_in(text: str) -> Iterable[Attendee]:
    """People as they are typed: addresses, perhaps with names, separated by commas or lines."""
    for part in re.split(SEPARATORS, text):
        if not part.strip():
            continue
        name, email = parseaddr(part.strip())
        yield Attendee(email=(email or part.strip()).lower(), name=name)


def room_choices(rooms: Iterable[Room]) -> list[tuple[str, list[tuple[int, str]]]]:
    """Rooms by building, for a select."""
    ordered = sorted(rooms, key=lambda room: (room.building.position, room.building.name))
    return [
        (building, [(room.pk, _with_seats(room)) for room in group])
        for building, group in groupby(ordered, key=lambda room: room.building.name)
    ]


def _with_seats(room: Room) -> str:
    words = ngettext("%(room)s (%(n)d seat)", "%(room)s (%(n)d seats)", room.capacity)
    return words % {"room": room.name, "n": room.capacity}
