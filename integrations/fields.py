"""Values of the API's bodies and queries, checked one by one."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError as ModelValidationError
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tenants.zones import validate_zone

# RFC 3339, section 5.6: seconds and offset are part of it.
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII
)

_LENGTH = re.compile(
    r"(\d{1,5})|P(?=.)(?:(\d{1,2})D)?(?:T(?=.)(?:(\d{1,3})H)?(?:(\d{1,5})M)?)?", re.ASCII
)

# Google keeps metadata as private extended properties and cuts longer ones off in silence
# (https://developers.google.com/workspace/calendar/api/guides/extended-properties).
MOST_METADATA = 50
LONGEST_METADATA_KEY = 44 - len("roomly_")
LONGEST_METADATA_VALUE = 1024


@extend_schema_field(OpenApiTypes.DATETIME)
class InstantField(serializers.Field[datetime, Any, str, Any]):
    """An instant by RFC 3339, its offset spelled out; Google keeps no fractions of a second."""

    default_error_messages = {
        "format": _(
            "“%(value)s” is not a time with an offset (RFC 3339), such as"
            " 2026-12-01T10:00:00+09:00."
        ),
    }

    def to_internal_value(self, data: Any) -> datetime:
        try:
            if not isinstance(data, str) or not _INSTANT.fullmatch(data):
                raise ValueError
            instant = datetime.fromisoformat(data.upper()).replace(microsecond=0)
            instant.astimezone(UTC)  # the first and the last day of the calendar have no room
        except (ValueError, OverflowError) as error:
            message = self.error_messages["format"] % {"value": str(data)[:50]}
            raise serializers.ValidationError(message, code="format") from error
        return instant

    def to_representation(self, value: datetime) -> str:
        return value.isoformat()


@extend_schema_field({"oneOf": [{"type": "integer"}, {"type": "string", "format": "duration"}]})
class LengthField(serializers.Field[timedelta, Any, str, Any]):
    """How long a meeting lasts: minutes, or an ISO 8601 duration of hours and minutes."""

    default_error_messages = {
        "format": _("“%(value)s” is no length: give minutes, or a duration such as PT1H30M."),
    }

    def to_internal_value(self, data: Any) -> timedelta:
        if found := _LENGTH.fullmatch(str(data)):
            minutes, iso_days, iso_hours, iso_minutes = (int(part or 0) for part in found.groups())
            length = timedelta(days=iso_days, hours=iso_hours, minutes=minutes + iso_minutes)
            if length and not isinstance(data, bool):
                return length
        message = self.error_messages["format"] % {"value": str(data)[:50]}
        raise serializers.ValidationError(message, code="format")

    def to_representation(self, value: timedelta) -> str:
        return f"PT{value // timedelta(minutes=1)}M"


class ZoneField(serializers.CharField):
    """An IANA time zone name."""

    def to_internal_value(self, data: Any) -> str:
        name = super().to_internal_value(data)
        try:
            validate_zone(name)
        except ModelValidationError as error:
            raise serializers.ValidationError(error.messages) from error
        return name


class MetadataField(serializers.DictField):
    """A program's own words on a booking, small enough to travel to Google unharmed."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        metadata: dict[str, Any] = super().to_internal_value(data)
        if len(metadata) > MOST_METADATA:
            raise serializers.ValidationError(
                _("At most %(most)d entries are possible.") % {"most": MOST_METADATA}
            )
        for key, value in metadata.items():
            if (
                not key
                or len(key) > LONGEST_METADATA_KEY
                or len(_text(value)) > (LONGEST_METADATA_VALUE)
            ):
                raise serializers.ValidationError(
                    _("Keys have 1 to %(key)d characters, values at most %(value)d.")
                    % {"key": LONGEST_METADATA_KEY, "value": LONGEST_METADATA_VALUE}
                )
            if not _can_be_stored(key) or not _can_be_stored(_text(value)):
                raise serializers.ValidationError(
                    _("The text has a character that cannot be stored.")
                )
        return metadata


class StrictSerializer(serializers.Serializer[Any]):
    """A body in which a field that Roomly does not know is an error, not a silent loss."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := sorted(set(data) - set(self.fields))):
            raise serializers.ValidationError(
                {str(name): [_("There is no field of this name.")] for name in unknown}
            )
        return super().to_internal_value(data)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _can_be_stored(text: str) -> bool:
    """Whether PostgreSQL takes it: no NUL, no half of a surrogate pair, escaped or not."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text and "\\u0000" not in text
