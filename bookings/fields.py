"""Wall-clock time as a column type."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _


class LocalDateTimeField(models.Field[datetime, datetime]):
    """A time of day on a date, in a zone that another column names; always naive.

    An occurrence is known by such a time, not by an instant, so that its identity survives a
    change of clocks and a new edition of the time zone database.
    """

    description = _("Local date and time")

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "timestamp without time zone"

    def to_python(self, value: Any) -> Any:
        return parse_datetime(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(self.to_python(value))
        if isinstance(value, datetime) and value.tzinfo is not None:
            raise ValidationError(f"{self.name} takes a time without an offset, not {value!r}")
        return value

    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        return value.isoformat() if value else ""
