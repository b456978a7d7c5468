"""What is asked about free rooms and free people, and the shapes of the answers."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_field
from rest_framework import serializers

from bookings.availability import Kind
from bookings.drafts import Attendee
from bookings.people import MOST_PEOPLE
from bookings.ranking import Wish
from bookings.spans import Span
from integrations.answers import Moment
from integrations.bodies import AttendeeBody
from integrations.fields import InstantField, LengthField, StrictSerializer
from integrations.filters import building_named


class EmailsField(serializers.ListField):
    """Addresses, repeated or separated by commas."""

    child = serializers.EmailField(max_length=254)

    def to_internal_value(self, data: Any) -> list[str]:
        parts = [part.strip() for text in data for part in str(text).split(",")]
        emails = super().to_internal_value([part for part in parts if part])
        return list(dict.fromkeys(email.lower() for email in emails))


class AvailabilityQuery(StrictSerializer):
    """A time in which to meet, how long, and what the room has to have."""

    start = InstantField(help_text="RFC 3339 with an offset.")
    end = InstantField(help_text="At most 14 days later.")
    duration = LengthField(
        required=False, help_text="Minutes or ISO 8601, such as `PT1H`. Default: all of the time."
    )
    min_capacity = serializers.IntegerField(required=False, min_value=1, help_text="Seats.")
    equipment = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Repeat it: all must be there."
    )
    building = serializers.CharField(required=False, help_text="Name or id.")
    attendees = EmailsField(
        required=False,
        max_length=MOST_PEOPLE,
        help_text="Addresses of people who have to be free; repeated, or with commas between.",
    )

    def wish(self) -> Wish:
        """What is looked for, whoever has to come."""
        asked = self.validated_data
        window = Span(asked["start"], asked["end"])
        return Wish(
            window=window,
            length=asked.get("duration", window.length),
            seats=asked.get("min_capacity", 1),
            equipment=[code.lower() for code in asked.get("equipment", ())],
        )

    def building_id(self) -> int | None:
        """The building, if one is asked for; raises NotFound where it is not the company's."""
        named = self.validated_data.get("building")
        return building_named(named).pk if named else None


@extend_schema_field(
    {
        "type": "array",
        "maxItems": MOST_PEOPLE,
        "items": {
            "oneOf": [
                {"type": "string", "format": "email"},
                {"$ref": "#/components/schemas/AttendeeBody"},
            ]
        },
    }
)
class PeopleField(serializers.ListField):
    """People, by their address alone or as in the body of a booking."""

    child = AttendeeBody()

    def to_internal_value(self, data: Any) -> list[Attendee]:
        if isinstance(data, list):
            data = [{"email": each} if isinstance(each, str) else each for each in data]
        people: list[Attendee] = super().to_internal_value(data)
        return people

    def run_validation(self, data: Any = serializers.empty) -> Any:
        people = super().run_validation(data)
        if len({person.email for person in people}) < len(people):
            raise serializers.ValidationError(_("Somebody is invited twice."))
        return people


class CommonBody(StrictSerializer):
    """People who want to meet, how long, and when to look."""

    attendees = PeopleField(
        min_length=1,
        max_length=MOST_PEOPLE,
        help_text="Those with `optional` make a time better, but do not rule one out.",
    )
    duration = LengthField(help_text="Minutes, or ISO 8601 such as `PT30M`.")
    to = InstantField(required=False, help_text="At most 14 days later. Default: 7 days later.")
    working_hours = serializers.BooleanField(
        default=True, help_text="Only while your company works."
    )

    def get_fields(self) -> dict[str, Any]:
        # `from` is no name that Python lets a class have.
        since = InstantField(required=False, help_text="The time wanted most. Default: now.")
        return {"from": since, **super().get_fields()}


COMMON_EXAMPLE = OpenApiExample(
    "Half an hour for two",
    request_only=True,
    value={
        "attendees": ["minji@example.com", {"email": "junho@example.com", "optional": True}],
        "duration": 30,
        "from": "2026-12-01T10:00:00+09:00",
        "to": "2026-12-01T18:00:00+09:00",
        "working_hours": True,
    },
)


class SlotReading(serializers.Serializer[object]):
    start = Moment()
    end = Moment()
    free_from = Moment(help_text="Since when the room is free, as far as was asked.")
    free_until = Moment()


class FreeRoomReading(serializers.Serializer[object]):
    room = serializers.IntegerField()
    room_name = serializers.CharField()
    building = serializers.CharField()
    floor = serializers.CharField(allow_null=True)
    capacity = serializers.IntegerField()
    equipment = serializers.ListField(child=serializers.CharField())
    timezone = serializers.CharField()
    slots = SlotReading(many=True, help_text="The best first, at most three.")
    reasons = serializers.ListField(
        child=serializers.CharField(), help_text="Why it is here, for a person."
    )


class ProposalReading(serializers.Serializer[object]):
    kind = serializers.ChoiceField(
        choices=[
            (Kind.ROOM.value, "Another room at that time"),
            (Kind.TIME.value, "Another time, at most two hours off"),
            (Kind.SHORTER.value, "A shorter meeting"),
        ]
    )
    room = serializers.IntegerField()
    room_name = serializers.CharField()
    start = Moment()
    end = Moment()
    reasons = serializers.ListField(child=serializers.CharField())


class AvailabilityReading(serializers.Serializer[object]):
    results = FreeRoomReading(many=True, help_text="The best first, at most 50.")
    nearest = ProposalReading(many=True, help_text="Where nothing fits: what comes nearest.")
    unknown_attendees = serializers.ListField(
        child=serializers.CharField(),
        help_text="People whose calendars could not be read: they may be busy.",
    )


class PersonReading(serializers.Serializer[object]):
    email = serializers.CharField()
    optional = serializers.BooleanField()
    calendar_known = serializers.BooleanField(
        help_text="Whether their calendar could be read; if not, they may be busy."
    )
    timezone = serializers.CharField(allow_null=True, help_text="Where they met last.")


class CommonSlotReading(serializers.Serializer[object]):
    start = Moment()
    end = Moment()
    unavailable = serializers.ListField(
        child=serializers.CharField(), help_text="Optional people who are busy then."
    )


class CommonReading(serializers.Serializer[object]):
    slots = CommonSlotReading(many=True, help_text="At most three a day.")
    alternatives = CommonSlotReading(
        many=True, help_text="Where there is none: times within 7 days, while your company works."
    )
    attendees = PersonReading(many=True)
