"""`manage.py long_work`: what takes longer, how far it is, and bringing it to its end."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from calendars.long_work import begin, latest
from calendars.management.progress import see_through
from calendars.models import LongWork
from calendars.work_kinds import KINDS
from calendars.work_words import progress_words
from tenants.models import Company
from tenants.scope import company_scope


class Command(BaseCommand):
    help = (
        "One line for each kind of long work of a company. run brings what is under way to its"
        " end, or begins a --kind, and shows how far it is."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=("status", "run"))
        parser.add_argument("--company", type=int, required=True, metavar="ID")
        parser.add_argument("--kind", choices=sorted(KINDS))

    def handle(self, *, act: str, company: int, kind: str | None, **options: Any) -> None:
        if not Company.objects.filter(pk=company).exists():
            raise CommandError(f"There is no company {company}.")
        kinds = [kind] if kind else list(KINDS)
        if act == "run" and kind:
            begin(company, kind)
        with company_scope(company):
            works = list(latest(kinds).values())
        if act == "run":
            works = [see_through(company, work.pk, self.stdout) for work in works if work.is_open]
        else:
            for work in works:
                self.stdout.write(_line(work))
        if any(work.state == LongWork.State.FAILED for work in works):
            raise CommandError("There is work that failed.")


def _line(work: LongWork) -> str:
    parts = [work.kind, f"{work.updated_at:%Y-%m-%d %H:%M}Z", progress_words(work), work.reason]
    return "  ".join(part for part in parts if part)
