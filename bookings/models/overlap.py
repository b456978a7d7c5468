"""What no two things in one room may do: block the same time."""

from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db.models import F, Func, Value
from django.db.models.expressions import Combinable

BLOCKS_OVERLAP: list[tuple[str | Combinable, str]] = [
    ("room", RangeOperators.EQUAL),
    (
        Func(
            F("block_from"),
            F("block_to"),
            Value("[)"),
            function="tstzrange",
            output_field=DateTimeRangeField(),
        ),
        RangeOperators.OVERLAPS,
    ),
]  # the expressions of an exclusion constraint; end excluded
