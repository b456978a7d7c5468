"""What callers send: the booking body and the queries of lists."""

from collections.abc import Collection
from copy import deepcopy
from typing import Any, ClassVar, cast

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from bookings.access import get_room, get_rooms
from bookings.drafts import Attendee, Changes, Choice, Draft
from bookings.models import Booking, Occurrence, Participant, Room
from bookings.recurrence import MOST_PLACES
from bookings.rules import DESCRIPTION_LIMIT, MOST_ATTENDEES, MOST_REMINDERS, TITLE_LIMIT
from integrations.fields import InstantField, MetadataField, StrictSerializer, ZoneField
from integrations.pagination import PageQuery

# The names of the body where they differ from those of a draft.
_RENAMED = {"start": "starts_at", "end": "ends_at"}
_NO_FIELDS_OF_A_DRAFT = ("room", "hold", "on_conflict", "choices", "scope", "status")
SCOPES = [
    ("this", "This date"),
    ("following", "This date and the following"),
    ("all", "Every date that is not over"),
]


class AttendeeBody(StrictSerializer):
    """Somebody to invite."""

    email = serializers.EmailField(max_length=254)
    name = serializers.CharField(max_length=150, allow_blank=True, default="")
    optional = serializers.BooleanField(default=False)
    response = serializers.ChoiceField(
        choices=Participant.Response.choices,
        required=False,
        help_text="May be sent back as it was read; the answer is the guest's own and stays.",
    )

    def to_internal_value(self, data: Any) -> Attendee:
        values = super().to_internal_value(data)
        values.pop("response", None)
        return Attendee(**{**values, "email": values["email"].lower()})


class ChoiceBody(StrictSerializer):
    """What becomes of one date of a series whose room is taken."""

    date = InstantField(help_text="The start that the series gives the date.")
    act = serializers.ChoiceField(
        choices=[
            ("skip", "Leave it out"),
            ("keep", "Leave it as it is now (changes only)"),
            ("move", "Another room, another time, or both"),
        ]
    )
    room = serializers.IntegerField(required=False, help_text="With `move`; default: the same.")
    start = InstantField(required=False, help_text="With `move`; default: the same.")
    end = InstantField(required=False, help_text="With `move`; default: as long as the others.")

    def validate(self, attrs: Any) -> Any:
        elsewhere = {"room", "start", "end"} & set(attrs)
        if (attrs["act"] == "move") != bool(elsewhere):
            raise serializers.ValidationError(
                _("Give another room, start or end with “move”, and with “move” only.")
            )
        return attrs


class BookingFields(StrictSerializer):
    """The fields that a booking is made with, and that can be changed later."""

    needed: ClassVar[Collection[str]] = ()

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
    choices = serializers.ListField(
        child=ChoiceBody(),
        max_length=MOST_PLACES,
        help_text="Of a series: what becomes of single dates. A taken date without a choice is"
        " dealt with as `on_conflict` says.",
    )

    @property
    def skips_taken(self) -> bool:
        return bool(self.validated_data.get("on_conflict") == "skip")

    def decisions(self) -> list[Choice]:
        """The choices, with the rooms that they name; raises NotFound for a foreign one."""
        choices = self.validated_data.get("choices", ())
        rooms = get_rooms(choice["room"] for choice in choices if "room" in choice)
        return [
            Choice(
                start=choice["date"],
                act=choice["act"],
                room=rooms.get(choice.get("room")),
                starts_at=choice.get("start"),
                ends_at=choice.get("end"),
            )
            for choice in choices
        ]

    def get_fields(self) -> dict[str, Any]:
        # Copying fields that are not in the body would be most of what checking it costs.
        sent = getattr(self, "initial_data", None)
        fields = {
            name: deepcopy(field)
            for name, field in self._declared_fields.items()
            if not isinstance(sent, dict) or name in sent or name in self.needed
        }
        for name, field in fields.items():
            field.required = name in self.needed
        return fields

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

    needed = ("room", "title", "start", "end")

    def draft(self, room: Room) -> Draft:
        """The booking that is asked for, in a room of the caller's company."""
        values = _renamed(self.validated_data)
        values.setdefault("timezone", room.zone_name)
        for name in ("recurrence", "attendees", "reminders"):
            if values.get(name) is not None:
                values[name] = tuple(values[name])
        return Draft(**values)


class BookingChanges(BookingFields):
    """Any fields of the body, and how far the change reaches."""

    scope = serializers.ChoiceField(choices=SCOPES, help_text="Default: `this`.")
    status = serializers.ChoiceField(
        choices=[(Occurrence.Status.CONFIRMED.value, "Bring a cancelled or skipped date back")],
        help_text="By itself, and for one date: 409 if its room is taken by now.",
    )

    def validate(self, attrs: Any) -> Any:
        this = _reach(attrs) == "this"
        if "status" in attrs and (not this or set(attrs) - {"status", "scope"}):
            raise serializers.ValidationError(
                {"status": [_("Bring one date back first, and change it then.")]}
            )
        if attrs.get("choices") and this:
            raise serializers.ValidationError(
                {"choices": [_("Only a series has dates to choose for.")]}
            )
        return attrs

    @property
    def reach(self) -> str:
        return _reach(self.validated_data)

    @property
    def restores(self) -> bool:
        return "status" in self.validated_data

    def changes(self) -> Changes:
        """The fields that the caller sent; raises NotFound for a foreign room."""
        values = _renamed(self.validated_data)
        if "room" in self.validated_data:
            values["room"] = get_room(self.validated_data["room"])
        for name in ("attendees", "reminders", "recurrence"):
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
    series = serializers.UUIDField(
        required=False,
        help_text="A `series_id`: all its dates, also those that “this and following” made"
        " another series of.",
    )

    def get_fields(self) -> dict[str, Any]:
        # `from` is no name that Python lets a class have.
        since = InstantField(required=False, help_text="Only what ends after it.")
        return {"from": since, **super().get_fields()}


class CancelQuery(serializers.Serializer[Any]):
    """How far a cancellation reaches."""

    scope = serializers.ChoiceField(choices=SCOPES, default="this")


def _reach(values: dict[str, Any]) -> str:
    return str(values.get("scope", "this"))


def _renamed(values: dict[str, Any]) -> dict[str, Any]:
    return {
        _RENAMED.get(name, name): value
        for name, value in values.items()
        if name not in _NO_FIELDS_OF_A_DRAFT
    }
