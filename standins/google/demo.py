"""The demo's accounts, rooms and grants; what is there already stays as it is."""

import csv
from dataclasses import dataclass
from pathlib import Path

from standins.google.controls import Controls

DIRECTORY = Path(__file__).parents[1] / "demo"


@dataclass(frozen=True, slots=True)
class DemoCompany:
    """One Workspace organisation: its people (the first is its admin) and its rooms' file."""

    domain: str
    zone: str
    locale: str
    rooms: str
    people: tuple[tuple[str, str], ...]


COMPANIES = (
    DemoCompany(
        "hangang.example",
        "Asia/Seoul",
        "ko",
        "seoul-rooms.csv",
        (
            ("minji", "김민지"),
            ("junho", "이준호"),
            ("sora", "박소라"),
        ),
    ),
    DemoCompany(
        "hudson.example",
        "America/New_York",
        "en",
        "newyork-rooms.csv",
        (("alex", "Alex Rivera"), ("blake", "Blake Chen"), ("casey", "Casey Okafor")),
    ),
)
# Accounts that Roomly must turn away: personal, owning a company's address, of no company.
STRANGERS = (
    ("pat@gmail.example", "Pat Private", None),
    ("visitor@hangang.example", "Vic Visitor", None),
    ("robin@unknown.example", "Robin Unknown", "unknown.example"),
)


def add_demo(controls: Controls, directory: Path = DIRECTORY) -> None:
    """Add what is missing."""
    for company in COMPANIES:
        _add_people(controls, company)
        _add_rooms(controls, company, directory / company.rooms)
    for email, name, domain in STRANGERS:
        if email not in controls.world.accounts:
            controls.add_account(email, name, hd=domain)


def _add_people(controls: Controls, company: DemoCompany) -> None:
    for position, (user, name) in enumerate(company.people):
        email = f"{user}@{company.domain}"
        if email in controls.world.accounts:
            continue
        controls.add_account(
            email, name, admin=position == 0, time_zone=company.zone, locale=company.locale
        )
        if position == 0:
            controls.grant(email, refresh_token=f"demo-refresh-{company.domain}")


def _add_rooms(controls: Controls, company: DemoCompany, path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["calendar_id"] in controls.world.calendars:
                continue
            controls.add_room_calendar(
                row["calendar_id"],
                row["name"],
                row["timezone"],
                domain=company.domain,
                building=row["building"],
                floor=row["floor"],
                capacity=int(row["capacity"]),
                features=[name for name in row["equipment"].split(";") if name],
            )
