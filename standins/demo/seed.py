"""Fill a database with the demo's two companies: `python -m standins.demo.seed`.

By the very management commands that an operator uses, in one process. It may have died half way
before: every step can be repeated.
"""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import django
from django.core.management import call_command

ROOMS = Path(__file__).parent
OPERATOR = "operator"


@dataclass(frozen=True)
class DemoCompany:
    """A company, and what the stand-ins know of it."""

    name: str
    domain: str
    timezone: str
    language: str
    rooms: str  # file name
    admin: str
    refresh_token: str  # the admin's grant, known to Google's stand-in
    bot_token: str  # known to Slack's
    channel: str


COMPANIES = (
    DemoCompany(
        name="한강",
        domain="hangang.example",
        timezone="Asia/Seoul",
        language="ko",
        rooms="seoul-rooms.csv",
        admin="minji@hangang.example",
        refresh_token="demo-refresh-hangang.example",
        bot_token="xoxb-demo-hangang",
        channel="C0HANGANG0",
    ),
    DemoCompany(
        name="Hudson",
        domain="hudson.example",
        timezone="America/New_York",
        language="en",
        rooms="newyork-rooms.csv",
        admin="alex@hudson.example",
        refresh_token="demo-refresh-hudson.example",
        bot_token="xoxb-demo-hudson",
        channel="C0HUDSON00",
    ),
)


def seed() -> None:
    """Make the companies and the operator."""
    # Models can be imported only once Django is set up.
    from tenants.models import Company, Domain, User  # noqa: PLC0415

    for company in COMPANIES:
        known = Domain.objects.filter(name=company.domain).first()
        connect(company, str(known.company_id) if known else make(company))
    # A day ahead instead of ten minutes: who tries the demo waits seconds for a reminder.
    Company.objects.update(reminder_leads=[24 * 3600])
    if not User.objects.filter(username=OPERATOR).exists():
        # The password comes from DJANGO_SUPERUSER_PASSWORD.
        options = {"username": OPERATOR, "email": f"{OPERATOR}@roomly.example"}
        call_command("createsuperuser", interactive=False, **options)


def make(company: DemoCompany) -> str:
    """Make a company as yet without rooms, and return its id."""
    words = {"name": company.name, "domain": company.domain, "timezone": company.timezone}
    printed = io.StringIO()
    call_command("create_company", **words, language=company.language, stdout=printed)
    return printed.getvalue().strip()


def connect(company: DemoCompany, number: str) -> None:
    """Give a company its rooms, and connect it to Google and Slack."""
    call_command("import_rooms", str(ROOMS / company.rooms), company=number)
    with typed(company.refresh_token):
        call_command("connect_google", company=number, refresh_token="-", account=company.admin)
    with typed(company.bot_token):
        call_command("connect_slack", company=number, bot_token="-", channel=company.channel)


@contextmanager
def typed(line: str) -> Iterator[None]:
    """Let a command read a secret from standard input, as it wants it."""
    before, sys.stdin = sys.stdin, io.StringIO(f"{line}\n")
    try:
        yield
    finally:
        sys.stdin = before


if __name__ == "__main__":
    django.setup()
    seed()
