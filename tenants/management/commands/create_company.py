"""manage.py create_company"""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import DomainNameValidator

from tenants.errors import DomainError
from tenants.services import create_company

_check_domain = DomainNameValidator(accept_idna=False)


class Command(BaseCommand):
    help = "Makes a company whose people sign in with these Workspace domains; prints its id."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", required=True)
        parser.add_argument(
            "--domain",
            required=True,
            action="append",
            help="a Google Workspace domain; may be repeated",
        )
        parser.add_argument(
            "--timezone", default="Asia/Seoul", help="IANA name, default %(default)s"
        )
        parser.add_argument("--language", default="ko", help="ko or en, default %(default)s")

    def handle(
        self, *, name: str, domain: list[str] | str, timezone: str, language: str, **options: Any
    ) -> None:
        name = name.strip()
        if not 0 < len(name) <= 100:
            raise CommandError("The name has 1 to 100 letters.")
        domains = [domain] if isinstance(domain, str) else domain
        for each in domains:
            _refuse_odd(each)
        try:
            company = create_company(
                name=name, domains=dict.fromkeys(domains), timezone=timezone, language=language
            )
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(str(company.pk))


def _refuse_odd(domain: str) -> None:
    try:
        _check_domain(domain.strip())
    except ValidationError as error:
        raise CommandError(f"“{domain}” is not a domain name.") from error
