"""`manage.py audit`: looks at a company's rooms in Google, changes nothing, prints the report."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, OutputWrapper

from calendars.audit.report import Report, finished_runs, report_of
from calendars.audit.runs import begin_audit
from calendars.management.progress import see_through
from calendars.models import LongWork
from tenants.errors import DomainError
from tenants.models import Company
from tenants.scope import company_scope


class Command(BaseCommand):
    help = (
        "Looks for double bookings, organisers who have left, rooms shared the wrong way and the"
        " like, with the permission to read alone, and prints what it found."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--company", type=int, required=True, metavar="ID")
        parser.add_argument("--last", action="store_true", help="print the last report again")

    def handle(self, *, company: int, last: bool, **_options: Any) -> None:
        if not Company.objects.filter(pk=company).exists():
            raise CommandError(f"There is no company {company}.")
        if not last:
            self._look(company)
        with company_scope(company):
            run = finished_runs().select_related("company").first()
            if run is None:
                raise CommandError("There is no report yet.")
            _print(report_of(run), self.stdout)

    def _look(self, company: int) -> None:
        try:
            work = begin_audit(company)
        except DomainError as error:
            raise CommandError(str(error)) from error
        work = see_through(company, work.pk, OutputWrapper(sys.stderr))
        if work.state != LongWork.State.DONE:
            raise CommandError(work.reason or f"The audit was {work.state}.")


def _print(report: Report, out: OutputWrapper) -> None:
    out.write(f"{len(report.run.rooms)} rooms, {report.count} findings")
    if report.before:
        out.write(f"Since the report before: {report.new_count} new, {report.gone_count} gone")
    for group in report.groups:
        out.write(f"\n{group.heading} ({group.count}) · {group.severity}\n{group.advice}")
        for finding in group.findings:
            out.write(f"  {'+' if finding.is_new else '-'} {finding.room}: {finding.text}")
        if group.hidden:
            out.write(f"    … and {group.hidden} more")
    for words, rooms in report.unseen:
        out.write(f"\n{words} {rooms}".rstrip())
