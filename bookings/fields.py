"""Wall-clock time as a column type."""

from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

_Set = TypeVar("_Set", contravariant=True)
_Get = TypeVar("_Get", covariant=True)


class LocalDateTimeField(models.Field[_Set, _Get]):
    """A time of day on a date, in a zone that another column names; always naive.

    An occurrence is known by such a time, not by an instant, so that its identity survives a
    change of clocks and a new edition of the time zone database.
    """

    description = _("Local date and time")
    # Read by django-stubs' mypy plugin, which adds None where the column is nullable.
    _pyi_private_set_type: datetime
    _pyi_private_get_type: datetime

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "timestamp without time zone"

    def to_python(self, value: Any) -> Any:
        return parse_datetime(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(self.to_python(value))
        if isinstance(value, datetime) and value.tzinfo is not None:
            raise ValidationError(f"{self.name} takes a time without an offset, not {value!r}")
        return value
