"""manage.py rebuild_reminders"""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from redis import RedisError

from reminders.planning import replan_company
from reminders.refresh import company_ids, rebuild


class Command(BaseCommand):
    help = (
        "Plans every future reminder anew from the bookings and fills the index in Redis from the"
        " database, company by company; prints a line for each. What was sent is not sent again."
        " It may be stopped and run again at any time, with --after from where it stopped."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--after", type=int, default=0, metavar="ID", help="skip companies up to this one"
        )

    def handle(self, *, after: int, **options: Any) -> None:
        companies = reminders = 0
        try:
            for company_id, indexed in rebuild(_planned(company_ids(after=after))):
                self.stdout.write(f"company {company_id}: {indexed} reminders in Redis")
                companies += 1
                reminders += indexed
        except RedisError as error:
            raise CommandError(f"Redis cannot be reached: {error}") from error
        self.stdout.write(f"{companies} companies, {reminders} reminders in Redis")


def _planned(companies: list[int]) -> Iterator[int]:
    for company_id in companies:
        replan_company(company_id)
        yield company_id
