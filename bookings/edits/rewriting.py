"""Writing many dates at once: all give up their places before any takes its new one.

So a series never stands in its own way. The rooms are locked and the outcome was checked, which
leaves the exclusion constraint as the proof.
"""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from bookings.claims import constraint_speaks
from bookings.models import Occurrence
from tenants.scope import active_company_id

# Out of the way of every key that a date may get.
_PARK = """
    UPDATE bookings_occurrence
       SET status = 'conflicted', original_start = original_start + interval '3000 years'
     WHERE company_id = %s AND id = ANY(%s::bigint[])
"""

_COLUMNS = {
    "booking_id": "bigint",
    "room_id": "int",
    "original_start": "timestamp",
    "starts_at": "timestamptz",
    "ends_at": "timestamptz",
    "block_from": "timestamptz",
    "block_to": "timestamptz",
    "status": "text",
    "reason": "text",
    "override_mask": "smallint",
    "title": "text",
    "description": "text",
    "reminders": "text",
    "metadata": "text",
    "version": "int",
    "updated_at": "timestamptz",
}
# Columns that travel as text, as an array of arrays would be taken for a longer one.
_READ = {"reminders": "::int[]", "metadata": "::jsonb"}

_PLACE = f"""
    UPDATE bookings_occurrence AS row
       SET {", ".join(f"{name} = wanted.{name}{_READ.get(name, '')}" for name in _COLUMNS)}
      FROM unnest(%(id)s::bigint[],
                  {", ".join(f"%({name})s::{kind}[]" for name, kind in _COLUMNS.items())})
           AS wanted (id, {", ".join(_COLUMNS)})
     WHERE row.company_id = %(company)s AND row.id = wanted.id
"""  # noqa: S608  columns of ours

_FOLLOW = """
    UPDATE bookings_participant AS guest SET booking_id = row.booking_id
      FROM bookings_occurrence AS row
     WHERE guest.company_id = %s AND guest.occurrence_id = row.id AND row.id = ANY(%s::bigint[])
"""


def rewrite(rows: Sequence[Occurrence], now: datetime) -> None:
    """Saves changed dates, whose keys, bookings, rooms and times may trade places.

    Raises RoomTaken if the constraint says no after all; then nothing is written.
    """
    if not rows:
        return
    for row in rows:
        row.version += 1
        row.updated_at = now
    ids = [row.pk for row in rows]
    columns = {name: [_value(row, name) for row in rows] for name in _COLUMNS}
    with constraint_speaks(), connection.cursor() as cursor:
        cursor.execute(_PARK, [active_company_id(), ids])
        cursor.execute(_PLACE, {**columns, "id": ids, "company": active_company_id()})
        cursor.execute(_FOLLOW, [active_company_id(), ids])


def _value(row: Occurrence, name: str) -> Any:
    value = getattr(row, name)
    if value is None or name not in _READ:
        return value
    text = json.dumps(value)
    return f"{{{text[1:-1]}}}" if name == "reminders" else text


def forget(rows: Collection[Occurrence]) -> None:
    """Removes dates whose identity another one takes over."""
    if rows:
        Occurrence.objects.filter(pk__in=[row.pk for row in rows]).delete()
