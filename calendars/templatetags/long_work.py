"""`{% long_work work %}`: how far long work is, which keeps itself up to date while it goes on."""

from typing import Any

from django import template

from calendars.models import LongWork
from calendars.work_kinds import KINDS
from calendars.work_words import progress_words

register = template.Library()


@register.inclusion_tag("calendars/long_work.html")
def long_work(work: LongWork | None) -> dict[str, Any]:
    """Draws nothing where there is no work. For administrators' pages, in their company's scope."""
    if work is None:
        return {}
    kind = KINDS[work.kind]
    title = kind.title(is_done=work.state == LongWork.State.DONE)
    return {"work": work, "kind": kind, "title": title, "words": progress_words(work)}
