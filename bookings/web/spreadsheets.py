"""Tables for spreadsheets."""

import csv
from collections.abc import Iterable

from django.http import HttpResponse

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets would carry out


def spreadsheet(name: str, rows: Iterable[Iterable[str]]) -> HttpResponse:
    """An answer that is saved as `name`.csv."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    answer.write("\ufeff")  # or Excel takes it for another encoding
    csv.writer(answer).writerows([_harmless(cell) for cell in row] for row in rows)
    return answer


def _harmless(cell: str) -> str:
    """A name may begin like a formula, and whoever wrote it chose it."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
