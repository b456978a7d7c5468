"""Long work at a terminal: done here, or watched where a worker is at it."""

from time import sleep

from django.core.management.base import OutputWrapper

from calendars.long_work import run
from calendars.models import LongWork
from calendars.work_kinds import KINDS
from calendars.work_words import progress_words
from tenants.scope import company_scope

BETWEEN_LINES = 1.0  # seconds
BETWEEN_LOOKS = 0.2


def see_through(company_id: int, work_id: int, out: OutputWrapper) -> LongWork:
    """Brings work to its end and shows on one line how far it is; returns what became of it.

    A pipe gets a line for each change instead.
    """
    shown, end = "", "\r" if out.isatty() else "\n"
    while True:
        run(company_id, work_id, seconds=BETWEEN_LINES)
        with company_scope(company_id):
            work: LongWork = LongWork.objects.get(pk=work_id)
        title = KINDS[work.kind].title(is_done=work.state == LongWork.State.DONE)
        line = f"{title}: {progress_words(work)}  {work.reason}".rstrip()
        if line != shown:
            out.write(line.ljust(len(shown)), ending=end if work.is_open else "\n")
            shown = line
        if not work.is_open:
            return work
        sleep(BETWEEN_LOOKS)
