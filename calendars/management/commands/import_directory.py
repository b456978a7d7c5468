"""`manage.py import_directory`: a company's rooms from Google's directory."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from calendars.directory.plan import adopt, directory_plan
from calendars.directory.rooms import begin_reading_rooms
from calendars.directory.words import plan_lines
from calendars.links import follow_rooms
from calendars.management.progress import see_through
from calendars.models import LongWork
from calendars.reading import begin_reading
from tenants.models import Company
from tenants.scope import company_scope


class Command(BaseCommand):
    help = (
        "Reads the rooms of a company's Google directory and makes the company's rooms as it says."
        " Rooms that it names no longer are closed; their bookings stay."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--company", type=int, required=True, metavar="ID")
        parser.add_argument("--dry-run", action="store_true", help="only say what would change")

    def handle(self, *, company: int, dry_run: bool, **options: Any) -> None:
        known = Company.objects.filter(pk=company).first()
        if known is None:
            raise CommandError(f"There is no company {company}.")
        work = see_through(company, begin_reading_rooms(company).pk, self.stdout)
        if work.state != LongWork.State.DONE:
            raise CommandError(f"Nothing was written. {work.reason}")
        with company_scope(company):
            plan = directory_plan(known)
            if not dry_run:
                adopt(known, tag=plan.tag)
        for line in plan_lines(plan):
            self.stdout.write(line)
        self.stdout.write(
            f"{len(plan.new)} new, {len(plan.changed)} changed, {len(plan.gone)} gone,"
            f" {plan.same} unchanged, {len(plan.faults)} left out."
            + (" Nothing was written: this was a dry run." if dry_run else "")
        )
        if not dry_run and plan.new and follow_rooms(company):
            begin_reading(company)
