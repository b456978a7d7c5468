"""What callers send: the booking body and the queries of lists."""

from typing import Any, cast

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from bookings.drafts import Attendee, Changes, Draft
from bookings.models import Booking, Occurrence, Room
from bookings.rules import DESCRIPTION_LIMIT, MOST_ATTENDEES, MOST_REMINDERS, TITLE_LIMIT
from integrations.fields import InstantField, MetadataField, StrictSerializer, ZoneField
from integrations.pagination import PageQuery

# The names of the body where they differ from those of a draft.
_RENAMED = {"start": "starts_at", "end": "ends_at"}


class AttendeeBody(StrictSerializer):
    """Somebody to invite."""

    email = serializers.EmailField(max_length=254)
    name = serializers.CharField(max_length=150, allow_blank=True, default="")
    optional = serializers.BooleanField(default=False)

    def to_internal_value(self, data: Any) -> Attendee:
        values = super().to_internal_value(data)
        return Attendee(**{**values, "email": values["email"].lower()})


class BookingFields(StrictSerializer):
    """The fields that a booking is made with, and that can be changed later."""

    room = serializers.IntegerField(help_text="Id of the room.")
    title = serializers.CharField(max_length=TITLE_LIMIT)
    description = serializers.CharField(max_length=DESCRIPTION_LIMIT, allow_blank=True)
    start = InstantField(help_text="RFC 3339 with an offset.")
    end = InstantField(help_text="RFC 3339 with an offset; the booking ends before it.")
    timezone = ZoneField(
        help_text="IANA name; the zone in which a series keeps its hour. Default: the room's."
    )
    recurrence = serializers.ListField(
        child=serializers.CharField(max_length=1000),
        max_length=50,
        help_text="RRULE, RDATE and EXDATE lines (RFC 5545); empty: once.",
    )
    attendees = serializers.ListField(child=AttendeeBody(), max_length=MOST_ATTENDEES)
    video = serializers.BooleanField(help_text="Whether to add a Google Meet link.")
    visibility = serializers.ChoiceField(choices=Booking.Visibility.choices)
    reminders = serializers.ListField(
        child=serializers.IntegerField(),
        max_length=MOST_REMINDERS,
        allow_null=True,
        help_text="Minutes before the start; null: the company's own.",
    )
    hold = serializers.BooleanField(help_text="Must be false: holds are not offered yet.")
    external_reference = serializers.CharField(max_length=255, allow_blank=True, allow_null=True)
    metadata = MetadataField(help_text="Your own words; carried to the Google event, too.")
    on_conflict = serializers.ChoiceField(
        choices=[("reject", "Write nothing"), ("skip", "Leave out the dates that are taken")]
    )

    def validate_hold(self, value: bool) -> bool:
        if value:
            raise serializers.ValidationError(
                _("Holds are not offered yet. Send false, or leave this out, to book right away.")
            )
        return value

    def validate_external_reference(self, value: str | None) -> str:
        return value or ""


class BookingBody(BookingFields):
    """A new booking: room, title, start and end are required."""

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for name, field in fields.items():
            field.required = name in ("room", "title", "start", "end")
        return fields

    @property
    def skips_taken(self) -> bool:
        return bool(self.validated_data.get("on_conflict") == "skip")

    def draft(self, room: Room) -> Draft:
        """The booking that is asked for, in a room of the caller's company."""
        values = _renamed(self.validated_data, leave_out=("room", "hold", "on_conflict"))
        values.setdefault("timezone", room.zone_name)
        for name in ("recurrence", "attendees", "reminders"):
            if values.get(name) is not None:
                values[name] = tuple(values[name])
        return Draft(**values)


class BookingChanges(BookingFields):
    """Any fields of the body, and how far the change reaches."""

    scope = serializers.ChoiceField(
        choices=[
            ("this", "This date"),
            ("following", "This and the following dates (not offered yet for a series)"),
            ("all", "The whole series (not offered yet for a series)"),
        ]
    )

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for field in fields.values():
            field.required = False
        return fields

    def validate_recurrence(self, value: list[str]) -> list[str]:
        raise serializers.ValidationError(
            _("The repeat rule cannot be changed yet. Cancel the booking and make a new one.")
        )

    def validate_on_conflict(self, value: str) -> str:
        if value != "reject":
            raise serializers.ValidationError(_("Only a new series can skip dates."))
        return value

    @property
    def reach(self) -> str:
        return str(self.validated_data.get("scope", "this"))

    def changes(self, room: Room | None) -> Changes:
        """The fields that the caller sent; `room` is the new one, if it is among them."""
        values = _renamed(self.validated_data, leave_out=("room", "hold", "on_conflict", "scope"))
        if room is not None:
            values["room"] = room
        for name in ("attendees", "reminders"):
            if values.get(name) is not None:
                values[name] = tuple(values[name])
        return cast(Changes, values)


class RoomQuery(PageQuery):
    """The filters of the list of rooms."""

    building = serializers.CharField(required=False, help_text="Name or id.")
    floor = serializers.CharField(required=False, help_text="Name or id.")
    min_capacity = serializers.IntegerField(required=False, min_value=1, help_text="Seats.")
    equipment = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Repeat it: all must be there."
    )
    q = serializers.CharField(required=False, help_text="Part of the room's or building's name.")


class BookingQuery(PageQuery):
    """The filters of the list of bookings."""

    to = InstantField(required=False, help_text="Only what starts before it.")
    room = serializers.ListField(
        child=serializers.IntegerField(), required=False, help_text="Id; may be repeated."
    )
    organizer = serializers.EmailField(required=False)
    status = serializers.MultipleChoiceField(
        choices=Occurrence.Status.choices,
        required=False,
        help_text="May be repeated. Default: all but `cancelled` and `released`.",
    )
    external_reference = serializers.CharField(required=False, max_length=255)

    def get_fields(self) -> dict[str, Any]:
        # `from` is no name that Python lets a class have.
        since = InstantField(required=False, help_text="Only what ends after it.")
        return {"from": since, **super().get_fields()}


class CancelQuery(serializers.Serializer[Any]):
    """How far a cancellation reaches."""

    scope = serializers.ChoiceField(
        choices=[
            ("this", "This date"),
            ("following", "This and the following dates (not offered yet for a series)"),
            ("all", "Every date that is not over"),
        ],
        default="this",
    )


def _renamed(values: dict[str, Any], *, leave_out: tuple[str, ...]) -> dict[str, Any]:
    return {
        _RENAMED.get(name, name): value for name, value in values.items() if name not in leave_out
    }
