"""manage.py connect_slack"""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bookings.drafts import Actor
from bookings.models import Door
from reminders.connections import NO_WORKSPACE, connect
from reminders.oauth import whose
from tenants.errors import DomainError
from tenants.models import Company
from tenants.scope import company_scope

STDIN = "-"


class Command(BaseCommand):
    help = (
        "Connects a company to Slack, by a bot token and a channel or by an incoming webhook."
        " Nothing is sent. A secret given as - is read from standard input, one line."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--company", type=int, required=True, metavar="ID")
        door = parser.add_mutually_exclusive_group(required=True)
        door.add_argument("--bot-token", default="", metavar="-", help="with --channel")
        door.add_argument("--webhook-url", default="", metavar="-")
        parser.add_argument("--channel", default="", help="a channel's id, or #name")

    def handle(
        self, *, company: int, bot_token: str, webhook_url: str, channel: str, **options: Any
    ) -> None:
        found = Company.objects.filter(pk=company).first()
        if found is None:
            raise CommandError(f"There is no company {company}.")
        token, url = _read(bot_token), _read(webhook_url)
        if (bot_token and not token) or (webhook_url and not url):
            raise CommandError("Standard input was empty.")
        workspace = whose(token) if token else NO_WORKSPACE
        try:
            with company_scope(company):
                connect(
                    by=Actor(Door.OPERATOR),
                    company=found,
                    bot_token=token,
                    channel=channel,
                    webhook_url=url,
                    workspace=workspace,
                )
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Company {company} is connected to Slack.")


def _read(secret: str) -> str:
    return sys.stdin.readline().strip() if secret == STDIN else secret
