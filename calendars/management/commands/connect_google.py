"""`manage.py connect_google`: connects a company without a browser."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from calendars.audit.reader import let_read
from calendars.connect import check_key, connect
from calendars.models import GoogleConnection
from tenants.errors import DomainError
from tenants.models import Company


class Command(BaseCommand):
    help = "Connects a company with Google: a refresh token, or a service account's key file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--company", type=int, required=True, help="id of the company")
        grant = parser.add_mutually_exclusive_group(required=True)
        grant.add_argument("--refresh-token", metavar="-", help="- reads it from standard input")
        grant.add_argument("--service-account", metavar="FILE", help="key file; - is stdin")
        parser.add_argument(
            "--read-only", action="store_true", help="for an audit: nothing is switched on"
        )
        parser.add_argument("--subject", help="whom the service account acts for (e-mail)")
        parser.add_argument("--account", help="whose grant the refresh token is (e-mail)")

    def handle(self, *_args: Any, **options: Any) -> None:
        company = Company.objects.filter(pk=options["company"]).first()
        if company is None:
            raise CommandError(f"There is no company {options['company']}.")
        by_key = options["service_account"] is not None
        account = options["subject"] if by_key else options["account"]
        account = account or options["account"]
        if not account:
            raise CommandError("Name the account: --subject for a service account, else --account.")
        try:
            secret = _key(options["service_account"]) if by_key else _token(options)
        except (OSError, DomainError) as error:
            raise CommandError(str(error)) from error
        kind = GoogleConnection.Kind.SERVICE_ACCOUNT if by_key else GoogleConnection.Kind.OAUTH
        store = let_read if options["read_only"] else connect
        store(company_id=company.pk, kind=kind, account_email=account.lower(), secret=secret)
        how = "may be read" if options["read_only"] else "is connected"
        self.stdout.write(f"{company.name} {how} as {account}.")


def _token(options: dict[str, Any]) -> str:
    if options["refresh_token"] != "-":  # noqa: S105  the dash means standard input
        raise CommandError("Secrets come from standard input: --refresh-token -")
    token = sys.stdin.readline().strip()
    if not token:
        raise CommandError("There is no refresh token on standard input.")
    return token


def _key(path: str) -> str:
    return check_key(sys.stdin.read() if path == "-" else Path(path).read_text())
