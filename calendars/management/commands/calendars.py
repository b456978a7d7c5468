"""`manage.py calendars`: shows and mends the calendars of rooms."""

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import datetime
from time import monotonic, sleep
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from calendars.errors import GoogleError
from calendars.health import health_of_rooms
from calendars.links import follow_rooms
from calendars.mending import ask_to_sync, begin_afresh
from calendars.models import CalendarLink
from calendars.sync import sync_calendar
from calendars.templatetags.google import span
from calendars.watch import renew_channel
from tenants.models import Company
from tenants.scope import company_scope

PATIENCE = 60  # seconds for a calendar that another worker holds


class Command(BaseCommand):
    help = "One line a calendar. sync pushes and pulls now and waits; repair starts afresh."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=("status", "sync", "renew", "repair"))
        parser.add_argument("--company", type=int, help="id; default: all companies")
        parser.add_argument("--room", type=int, help="id; default: all rooms")

    def handle(self, *_args: Any, **options: Any) -> None:
        failed = 0
        links = list(_links(options["company"], options["room"]))
        if options["room"] is not None and not links:
            raise CommandError(f"Room {options['room']} has no Google calendar.")
        for company, link_id in links:
            problem = _ACTS[options["act"]](company.pk, link_id)
            failed += bool(problem)
            line = status_line(company, link_id)
            self.stdout.write(f"{line}  {problem}" if problem else line)
        if failed:
            raise CommandError(f"{failed} calendars are not in order.")


def _links(company_id: int | None, room_id: int | None) -> Iterator[tuple[Company, int]]:
    companies = Company.objects.order_by("pk")
    if company_id is not None:
        companies = companies.filter(pk=company_id)
        if not companies:
            raise CommandError(f"There is no company {company_id}.")
    for company in companies:
        follow_rooms(company.pk)
        with company_scope(company.pk):
            links = CalendarLink.objects.order_by("room__position", "room__name")
            wanted = links.filter(room_id=room_id) if room_id is not None else links
            found = list(wanted.values_list("pk", flat=True))
        for link_id in found:
            yield company, link_id


def status_line(company: Company, link_id: int) -> str:
    """What an operator wants to know about one calendar: what the health page shows."""
    with company_scope(company.pk):
        link = CalendarLink.objects.get(pk=link_id)
        (room,) = health_of_rooms(link.room_id)
    push = f"push until {room.push_until:%Y-%m-%d %H:%M}Z" if room.has_push else "polled"
    parts = [
        company.name, room.room, link.google_calendar_id, room.state, push,
        _moment("read", room.last_read_at), _moment("notified", room.last_push_at),
        f"pending {room.pending}", f"dead {room.refused}", f"missed {room.missed_pushes}",
        f"lag {span(room.lag)}" if room.lag is not None else "lag none",
        _usual("out", room.usual_out), _usual("in", room.usual_in),
        "LATE" if room.is_late else "", room.error,
    ]  # fmt: skip
    return "  ".join(part for part in parts if part)


def _moment(what: str, at: datetime | None) -> str:
    return f"{what} {at:%Y-%m-%d %H:%M}Z" if at else f"never {what}"


def _usual(way: str, lags: tuple[int, int] | None) -> str:
    """The 50th and 95th percentile of the last changes that went this way, in seconds."""
    return f"{way} p50 {lags[0]} s p95 {lags[1]} s" if lags else ""


def _status(_company_id: int, _link_id: int) -> str:
    return ""


def _sync(company_id: int, link_id: int) -> str:
    with company_scope(company_id):
        ask_to_sync(CalendarLink.objects.get(pk=link_id))
    give_up = monotonic() + PATIENCE
    while True:
        outcome = sync_calendar(company_id, link_id)
        with company_scope(company_id):
            link = CalendarLink.objects.get(pk=link_id)
        held = link.lease_token is not None
        if outcome.done or not held or monotonic() > give_up:
            return "" if outcome.done else outcome.reason
        sleep(0.2)  # another worker is at it


def _renew(company_id: int, link_id: int) -> str:
    try:
        renew_channel(company_id, link_id)
    except GoogleError as error:
        return str(error)
    return ""


def _repair(company_id: int, link_id: int) -> str:
    """Reads the calendar from the beginning, and tries again what Google had refused."""
    with company_scope(company_id):
        begin_afresh(CalendarLink.objects.get(pk=link_id))
    return _sync(company_id, link_id) or _renew(company_id, link_id)


_ACTS = {"status": _status, "sync": _sync, "renew": _renew, "repair": _repair}
