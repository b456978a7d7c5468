"""The shapes of answers, for the OpenAPI schema; `integrations.reading` fills them."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema_field
from rest_framework import serializers

from bookings.house_rules.values import Level, Rule
from bookings.models import Booking, Occurrence, Participant, Room
from bookings.preview import State
from bookings.sync_state import Sync


@extend_schema_field(OpenApiTypes.DATETIME)
class Moment(serializers.CharField):
    """RFC 3339 with the offset of the booking's zone."""


class RoomReading(serializers.Serializer[object]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    building = serializers.CharField()
    building_id = serializers.IntegerField()
    floor = serializers.CharField(allow_null=True)
    floor_id = serializers.IntegerField(allow_null=True)
    capacity = serializers.IntegerField(help_text="Seats.")
    equipment = serializers.ListField(child=serializers.CharField())
    timezone = serializers.CharField(help_text="IANA name.")
    calendar_id = serializers.CharField(allow_null=True, help_text="The room's Google calendar.")
    state = serializers.ChoiceField(choices=Room.State.choices)


class AttendeeReading(serializers.Serializer[object]):
    email = serializers.CharField()
    name = serializers.CharField()
    optional = serializers.BooleanField()
    response = serializers.ChoiceField(choices=Participant.Response.choices)


class OrganizerReading(serializers.Serializer[object]):
    email = serializers.CharField()
    name = serializers.CharField()


class BookingReading(serializers.Serializer[object]):
    """One date of a booking. Of another person's private booking the words are null."""

    id = serializers.UUIDField()
    series_id = serializers.UUIDField(allow_null=True, help_text="Null for a single booking.")
    original_start = Moment(help_text="The place that the rule gave this date.")
    room = serializers.IntegerField()
    title = serializers.CharField(allow_null=True)
    description = serializers.CharField(allow_null=True)
    start = Moment()
    end = Moment()
    timezone = serializers.CharField()
    recurrence = serializers.ListField(child=serializers.CharField())
    attendees = AttendeeReading(many=True)
    organizer = OrganizerReading(allow_null=True)
    video = serializers.BooleanField()
    video_url = serializers.CharField(allow_null=True)
    visibility = serializers.ChoiceField(choices=Booking.Visibility.choices)
    reminders = serializers.ListField(child=serializers.IntegerField(), allow_null=True)
    external_reference = serializers.CharField(allow_null=True)
    metadata = serializers.DictField()
    status = serializers.ChoiceField(choices=Occurrence.Status.choices)
    reason = serializers.CharField(
        allow_null=True,
        help_text="Why it is cancelled or conflicting: `skipped` where the room was taken or its"
        " rules did not allow it,"
        " `out_of_rule` where the series has no such date any more.",
    )
    sync = serializers.ChoiceField(choices=Sync.choices)
    google_event_id = serializers.CharField(allow_null=True)
    html_link = serializers.CharField(allow_null=True)
    etag = serializers.CharField(help_text="Send it back as If-Match.")
    updated_at = serializers.DateTimeField()


class DateReading(serializers.Serializer[object]):
    start = Moment()
    end = Moment()


class CreatedReading(BookingReading):
    """The first date of a new booking, and the dates that were left out."""

    skipped = DateReading(many=True)


class ChangedReading(BookingReading):
    """A date after its change; the dates that were left out, and those that lost their place."""

    skipped = DateReading(many=True)
    lost = DateReading(many=True)


class RoomPage(serializers.Serializer[object]):
    results = RoomReading(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next page; null on the last.")


class BookingPage(serializers.Serializer[object]):
    results = BookingReading(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next page; null on the last.")


class ProblemReading(serializers.Serializer[object]):
    """RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="For a person, in the language of Accept-Language.")
    code = serializers.CharField(help_text="For programs; stable.")
    errors = serializers.DictField(  # type: ignore[assignment]  # the answer has that name
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="By the path of the field.",
    )


class ConflictReading(serializers.Serializer[object]):
    id = serializers.UUIDField()
    room = serializers.IntegerField()
    start = Moment()
    end = Moment()
    title = serializers.CharField(allow_null=True, help_text="Null where it is private.")
    visibility = serializers.ChoiceField(choices=Booking.Visibility.choices)
    held_until = Moment(
        allow_null=True,
        help_text="Somebody is booking this at the moment; until then nobody else can.",
    )


class DatedConflictReading(ConflictReading):
    date = Moment(help_text="The wanted date that it is in the way of, as `choices` name it.")


class AlternativeReading(serializers.Serializer[object]):
    room = serializers.IntegerField()
    room_name = serializers.CharField()
    start = Moment()
    end = Moment()


class TakenReading(ProblemReading):
    """The room is taken: by what, and what else is free.

    Of a series, rooms that are free each time: on all dates of a new one, on the taken dates of
    one that is changed.
    """

    conflicts = DatedConflictReading(many=True)
    alternatives = AlternativeReading(many=True)


class OwnerReading(serializers.Serializer[object]):
    level = serializers.ChoiceField(choices=[level.value for level in Level])
    id = serializers.IntegerField(help_text="Of the company, building or room.")
    name = serializers.CharField(allow_null=True, help_text="Null for the company.")


class RefusedReading(ProblemReading):
    """A value that cannot be right; or a rule of the company, a building or the room says no."""

    rule = serializers.ChoiceField(
        choices=[rule.value for rule in Rule if rule != Rule.PRIVATE_TITLES], required=False
    )
    owner = OwnerReading(required=False, help_text="Whose rule it is.")
    alternatives = AlternativeReading(
        many=True, required=False, help_text="The nearest time that the rules allow, if any."
    )


class EventReading(serializers.Serializer[object]):
    """One act. Of another person's private booking, without words and people."""

    at = serializers.DateTimeField()
    by = OrganizerReading(allow_null=True)
    act = serializers.CharField(help_text="`created`, `changed`, `cancelled`, `restored`.")
    date = Moment(allow_null=True, help_text="The `original_start` of one date; null: all.")
    before = serializers.DictField()
    after = serializers.DictField()


class MeantimeReading(ProblemReading):
    """Somebody was faster: the booking as it is now, and what was done to it since."""

    current = BookingReading()
    changes = EventReading(many=True)


class DatePreviewReading(serializers.Serializer[object]):
    """A date as it would be."""

    original_start = Moment(help_text="The place that the rule gives it; `choices` name it so.")
    start = Moment()
    end = Moment()
    room = serializers.IntegerField()
    status = serializers.ChoiceField(choices=[state.value for state in State])
    free = serializers.BooleanField()
    reason = serializers.CharField(
        allow_null=True, help_text="Why it cannot be booked: over, too far ahead, closed, too long."
    )
    left_out = serializers.BooleanField(help_text="Whether a choice leaves it out.")
    moved_by_clock = serializers.BooleanField(
        help_text="Whether the clocks skip or repeat its hour on that day (RFC 5545, 3.3.5)."
    )
    hour_differs = serializers.BooleanField(
        help_text="Whether it has another hour on the room's wall than most dates, because the"
        " clocks of the two zones change on different days."
    )
    conflicts = ConflictReading(many=True)
    alternatives = AlternativeReading(many=True)


class CountsReading(serializers.Serializer[object]):
    occurrences = serializers.IntegerField()
    free = serializers.IntegerField()
    taken = serializers.IntegerField()
    outside = serializers.IntegerField()


class CandidateReading(serializers.Serializer[object]):
    room = serializers.IntegerField()
    room_name = serializers.CharField()
    free = serializers.IntegerField(help_text="On how many of the dates it is free.")


class PreviewReading(serializers.Serializer[object]):
    """What a body would book."""

    occurrences = DatePreviewReading(many=True)
    counts = CountsReading()
    skipped = DateReading(many=True, help_text="What `on_conflict` and `choices` would leave out.")
    recurrence_words = serializers.CharField(help_text="The rule, in the caller's language.")
    start_moved = Moment(
        allow_null=True, help_text="The first date, where `start` is not on the rule."
    )
    google_would_decline = serializers.BooleanField(
        help_text="Whether the room's own calendar would decline all of it: a Workspace resource"
        " with more than eight dates taken, or fewer than half free."
    )
    rooms = CandidateReading(many=True, help_text="Other rooms, the nearest first.")


PROBLEM = OpenApiResponse(ProblemReading, description="What is wrong (RFC 9457)")
REFUSED = OpenApiResponse(RefusedReading, description="It cannot be booked so (RFC 9457)")
TAKEN = OpenApiResponse(TakenReading, description="The room is taken")
MEANTIME = OpenApiResponse(MeantimeReading, description="Somebody changed it since (`If-Match`)")

SINGLE_EXAMPLE = OpenApiExample(
    "Once",
    request_only=True,
    value={
        "room": 12,
        "title": "Design review",
        "start": "2026-12-01T10:00:00+09:00",
        "end": "2026-12-01T11:00:00+09:00",
        "timezone": "Asia/Seoul",
        "attendees": [{"email": "minji@example.com", "name": "Minji", "optional": False}],
    },
)
SERIES_EXAMPLE = OpenApiExample(
    "A series, without the dates that are taken",
    request_only=True,
    value={
        "room": 12,
        "title": "Design review",
        "description": "",
        "start": "2026-12-02T10:00:00+09:00",
        "end": "2026-12-02T11:00:00+09:00",
        "timezone": "Asia/Seoul",
        "recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR;UNTIL=20270331T000000Z"],
        "attendees": [{"email": "minji@example.com", "name": "Minji", "optional": False}],
        "video": True,
        "visibility": "default",
        "reminders": [10, 60],
        "hold": False,
        "external_reference": None,
        "metadata": {"conversation_id": "c-1"},
        "on_conflict": "skip",
    },
)
