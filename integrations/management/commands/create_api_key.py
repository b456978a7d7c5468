"""manage.py create_api_key"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.keys import create_api_key
from integrations.models import ApiKey
from tenants.errors import DomainError
from tenants.models import Company, Member
from tenants.scope import company_scope


class Command(BaseCommand):
    help = "Makes an API key of a company and prints it. It cannot be shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--company", type=int, required=True, metavar="ID")
        parser.add_argument(
            "--scopes",
            required=True,
            help=f"separated by commas: {', '.join(ApiKey.Scope.values)};"
            " each includes the ones before it",
        )
        parser.add_argument(
            "--member",
            metavar="E-MAIL",
            help="who the key acts for, with this person's rights; default: the company itself",
        )
        parser.add_argument("--name", default="", help="what the key is for, at most 100 letters")

    def handle(
        self, *, company: int, scopes: str, member: str | None, name: str, **options: Any
    ) -> None:
        if len(name) > 100:
            raise CommandError("The name is too long: at most 100 letters.")
        if not Company.objects.filter(pk=company).exists():
            raise CommandError(f"There is no company {company}.")
        wanted = [scope.strip() for scope in scopes.split(",") if scope.strip()]
        with company_scope(company):
            person = _member(member) if member else None
            try:
                key = create_api_key(scopes=wanted, member=person, name=name)
            except DomainError as error:
                raise CommandError(str(error)) from error
        self.stdout.write(key)


def _member(email: str) -> Member:
    person: Member | None = Member.objects.filter(email=email.strip().lower(), active=True).first()
    if person is None:
        raise CommandError(f"{email} is no member yet: people become one when they first sign in.")
    return person
