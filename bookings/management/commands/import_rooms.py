"""manage.py import_rooms"""

import csv
import re
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bookings.rooms import BadRows, RoomChange, RoomRow, import_rooms
from tenants.models import Company
from tenants.scope import company_scope

REQUIRED = ("name", "building", "capacity")
COLUMNS = {
    "name": "name",
    "building": "building",
    "floor": "floor",
    "capacity": "capacity",
    "equipment": "equipment",
    "timezone": "timezone",
    "calendarid": "calendar_id",
}


class Command(BaseCommand):
    help = (
        "Makes or updates a company's rooms from a CSV file (UTF-8) with the columns name,"
        " building, floor, capacity, equipment (words separated by ; or ,), timezone,"
        " calendar_id. A line means the room with its calendar id or, if there is none, with its"
        " building and name."
        " Rooms that the file leaves out stay. With a bad line, nothing is written."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--company", type=int, required=True, metavar="ID")
        parser.add_argument("file", metavar="FILE.csv", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="only say what would change")

    def handle(self, *, company: int, file: Path | str, dry_run: bool, **options: Any) -> None:
        rows = _read(Path(file))
        known = Company.objects.filter(pk=company).first()
        if known is None:
            raise CommandError(f"There is no company {company}.")
        try:
            with company_scope(company):
                changes = import_rooms(company=known, rows=rows, dry_run=dry_run)
        except BadRows as error:
            raise CommandError(f"Nothing was written.\n{error}") from error
        for change in changes:
            self.stdout.write(_sentence(change))
        new = sum(change.is_new for change in changes)
        changed = sum(bool(change.differences) for change in changes)
        self.stdout.write(
            f"{new} new, {changed} changed, {len(changes) - new - changed} unchanged."
            + (" Nothing was written: this was a dry run." if dry_run else "")
        )


def _sentence(change: RoomChange) -> str:
    place = f"{change.room.building.name} / {change.room.name}"
    if change.is_new:
        return f"new        {place}"
    if not change.differences:
        return f"unchanged  {place}"
    details = ", ".join(
        f"{name} {_shown(old)} → {_shown(new)}" for name, (old, new) in change.differences.items()
    )
    return f"changed    {place}: {details}"


def _shown(value: object) -> str:
    text = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text or "–"


def _read(file: Path) -> list[RoomRow]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.reader(lines, strict=True)
            columns = _columns(next(reader, []))
            return [
                _row(reader.line_num, columns, cells)
                for cells in reader
                if any(cell.strip() for cell in cells)
            ]
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{file} is not UTF-8 text: save it as “CSV UTF-8”.") from error
    except csv.Error as error:
        raise CommandError(f"Line {reader.line_num} of {file} is not CSV: {error}.") from error


def _columns(header: list[str]) -> list[str]:
    """The names of the columns, however they are spaced: `Time zone`, `calendar id`."""
    columns = []
    for title in header:
        name = COLUMNS.get(re.sub(r"[\s_-]", "", title).lower())
        if name is None:
            raise CommandError(f"Line 1: “{title}” is no column; there are {', '.join(COLUMNS)}.")
        columns.append(name)
    if missing := [name for name in REQUIRED if name not in columns]:
        raise CommandError(f"Line 1: these columns are missing: {', '.join(missing)}.")
    return columns


def _row(line: int, columns: list[str], cells: list[str]) -> RoomRow:
    if len(cells) > len(columns):
        raise CommandError(
            f"Line {line} has more cells than the first line: put “quotes” around commas."
        )
    named = zip(columns, cells, strict=False)  # empty cells at the end may be left out
    return RoomRow(line=line, **{"name": "", "building": "", "capacity": ""} | {
        name: cell.strip() for name, cell in named
    })  # fmt: skip
