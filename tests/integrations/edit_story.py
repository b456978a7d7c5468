"""Stories of one series: it is edited through the API alone, and read from both sides.

Dates are written as their wall clock, "12-09 10:00", in the zone of the story's series. What
differs from the series is added: another end, title, room or status.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from difflib import ndiff
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bookings.models import Room
from calendars.content import carried
from calendars.plans import due
from tenants.scope import company_scope
from tests.beginnings import beginning
from tests.calendars.conftest import Linked

if TYPE_CHECKING:
    from tests.integrations.conftest import Program

BOOKINGS = "/api/v1/bookings"
WINDOW = ("2026-12-01T00:00:00+00:00", "2027-06-01T00:00:00+00:00")
Row = tuple[datetime, datetime, str, int, str]
People = tuple[str, str, list[str], dict[str, str]]


@dataclass
class Story:
    """A company with two rooms whose calendars are at Google, and a program that may book."""

    linked: Linked
    program: "Program"
    clock: Any  # the frozen clock
    at_once: bool = True  # whether Google hears of each edit before the next one
    zone: str = "Asia/Seoul"
    title: str = "Standup"
    length: timedelta = timedelta(hours=1)
    window: tuple[str, str] = WINDOW
    told: Any = field(default=None)  # the last answer

    @property
    def rooms(self) -> tuple[Room, Room]:
        return self.linked.cast.room, self.linked.cast.other_room

    # ---- what people do ------------------------------------------------------------------

    def book(self, start: str, rule: str = "", *, expect: int = 201, **fields: Any) -> Any:
        """Books room One for an hour by default; `rule` is the value of an RRULE line."""
        self.zone = fields.setdefault("timezone", self.zone)
        minutes = fields.pop("minutes", self.length // timedelta(minutes=1))
        body = {
            "room": self.rooms[0].pk,
            "title": self.title,
            "recurrence": [f"RRULE:{rule}"] if rule else [],
            **self.times(start, minutes),
            **fields,
        }
        if self.told is None:  # many stories begin alike
            name = f"{body}, {expect}, {self.at_once}"
            self.told = beginning(name, lambda: self._booked(body, expect))
            return self.told
        return self._booked(body, expect)

    def _booked(self, body: Any, expect: int) -> Any:
        return self._done(self.program.post(BOOKINGS, body), expect)

    def block(self, start: str, minutes: int = 60, room: Room | None = None) -> Any:
        """Somebody else's lunch in the way."""
        other = room or self.rooms[0]
        return self.book(start, minutes=minutes, title="Lunch", room=other.pk)

    def change(
        self, date: str, scope: str = "this", to: str = "", *, minutes: int = 0,
        expect: int = 200, etag: str = "", **fields: Any,
    ) -> Any:  # fmt: skip
        """Changes a date as one who has it open: `to` another start, or to last `minutes`."""
        row = self.find(date)
        if to or minutes:
            was = _instant(row["end"]) - _instant(row["start"])
            fields |= self.times(to or date, minutes or was // timedelta(minutes=1))
        body = {"scope": scope, **fields}
        headers = {"If-Match": etag} if etag else {}
        return self._done(self.program.patch(f"{BOOKINGS}/{row['id']}", body, **headers), expect)

    def cancel(
        self, date: str, scope: str = "this", *, expect: int = 204, etag: str = ""
    ) -> None:  # fmt: skip
        headers = {"If-Match": etag} if etag else {}
        place = f"{BOOKINGS}/{self.find(date)['id']}?scope={scope}"
        self._done(self.program.delete(place, **headers), expect)

    def restore(self, booking_id: str, *, expect: int = 200) -> Any:
        """Brings a cancelled date back."""
        body = {"status": "confirmed"}
        return self._done(self.program.patch(f"{BOOKINGS}/{booking_id}", body), expect)

    def wait_until(self, date: str) -> None:
        self.clock.move_to(self.moment(date))

    def _done(self, answer: Any, expect: int) -> Any:
        assert answer.status_code == expect, answer.content.decode()
        if self.at_once:
            self.deliver()
        self.told = answer.json() if answer.content else None
        return self.told

    # ---- what stands -----------------------------------------------------------------------

    def shown(self) -> list[str]:
        """Every date that the API lists, with what it has of its own."""
        return [self.words(*row) for row in sorted(self.here())]

    def words(self, start: datetime, end: datetime, title: str, room: int, status: str) -> str:
        zone = ZoneInfo(self.zone)
        told = f"{start.astimezone(zone):%m-%d %H:%M}"
        told += f"-{end.astimezone(zone):%H:%M}" if end - start != self.length else ""
        told += f" {title}" if title != self.title else ""
        told += " in Two" if room == self.rooms[1].pk else ""
        return told + (f" {status}" if status != "confirmed" else "")

    def here(self, listed: list[Any] | None = None) -> list[Row]:
        return [
            (_instant(row["start"]), _instant(row["end"]), row["title"], row["room"], row["status"])
            for row in (self.listed() if listed is None else listed)
        ]

    def listed(self, **query: Any) -> list[Any]:
        """GET /bookings of the window, all pages."""
        since, until = self.window
        page = {"from": since, "to": until, "limit": 200, **query}
        answer = self.program.get(BOOKINGS, page).json()
        found = answer["results"]
        while answer["next"]:
            answer = self.program.get(answer["next"]).json()
            found += answer["results"]
        return list(found)

    def find(self, date: str) -> Any:
        """The one date that starts then, as the API lists it; room Two's says so at its end."""
        text, _sep, there = date.partition(" in ")
        room = self.rooms[1 if there else 0].pk
        (row,) = [
            row
            for row in self.listed(room=room)
            if _instant(row["start"]) == self.moment(text) and row["title"] != "Lunch"
        ]
        return row

    def events(self) -> list[tuple[Room, Any]]:
        """Google's own expansion of both calendars, as its API lists it."""
        return [
            (room, event) for room in self.rooms for event in self.expanded(room.google_calendar_id)
        ]

    def there(self, events: list[tuple[Room, Any]]) -> list[Row]:
        return [
            (
                self.begins(event),
                self.begins(event, "end"),
                event["summary"],
                room.pk,
                event["status"],
            )
            for room, event in events
        ]

    def expanded(self, calendar: str) -> list[Any]:
        query = {
            "singleEvents": "true",
            "maxResults": "2500",
            "timeMin": self.window[0],
            "timeMax": self.window[1],
        }
        found: list[Any] = []
        while True:
            answer = self.linked.ask("GET", calendar, params=query)
            found += answer["items"]
            if "nextPageToken" not in answer:
                return found
            query["pageToken"] = answer["nextPageToken"]

    def begins(self, event: Any, side: str = "start") -> datetime:
        """When an event of Google begins, or (`side`) ends; a day begins at its midnight."""
        moment = event[side]
        text = moment.get("dateTime") or f"{moment['date']}T00:00:00"
        found = datetime.fromisoformat(text)
        local = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(self.zone))
        return local.astimezone(UTC)

    # ---- both sides ------------------------------------------------------------------------

    def deliver(self) -> None:
        """What the workers do after an edit."""
        for room in self.rooms:
            if self._has_news(room):
                outcome = self.linked.push(room)
                assert outcome.done, outcome.reason

    def _has_news(self, room: Room) -> bool:
        with company_scope(self.linked.company_id):
            return bool(due(self.linked.link(room)))

    def hear(self) -> None:
        """What the workers do once Google told of a change, until both sides are quiet."""
        for room in self.rooms:
            if self.linked.dates(room) or self.linked.events(room.google_calendar_id):
                outcome = self.linked.sync(room)
                assert outcome.done, outcome.reason

    def check(self) -> None:
        """Both sides list the same, and hearing the echo from Google changes nothing."""
        self.deliver()
        listed, events = self.listed(), self.events()
        wanted = self.here(listed)
        self.compare("Google", self.there(events), wanted)
        here, there = self.people_here(listed), self.people_there(events)
        assert here == there, "\n".join(ndiff([*map(str, here)], [*map(str, there)]))
        self.hear()
        self.compare("Roomly, after the echo,", self.here(), wanted)
        self.compare("Google, after the echo,", self.there(self.events()), wanted)

    def people_here(self, listed: list[Any]) -> list[People]:
        """What each date says, who is invited to it, and what programs noted."""
        return sorted(
            (
                f"{_instant(row['start'])}",
                row["description"],
                sorted(guest["email"] for guest in row["attendees"]),
                carried(row["metadata"]),
            )
            for row in listed
        )

    def people_there(self, events: list[tuple[Room, Any]]) -> list[People]:
        return sorted(
            (
                f"{self.begins(event)}",
                event.get("description", ""),
                sorted(
                    guest["email"]
                    for guest in event.get("attendees", ())
                    if not guest["email"].endswith("resource.calendar.google.com")
                ),
                noted(event),
            )
            for _room, event in events
        )

    def compare(self, side: str, found: list[Row], wanted: list[Row]) -> None:
        here, there = ([self.words(*row) for row in sorted(rows)] for rows in (wanted, found))
        assert here == there, "\n".join([f"{side} lists otherwise:", *ndiff(here, there)])

    # ---- times -----------------------------------------------------------------------------

    def moment(self, text: str) -> datetime:
        """The instant of "12-09 10:00" in the story's zone; January comes after December."""
        year = 2026 if text.startswith(("11-", "12-")) else 2027
        local = datetime.fromisoformat(f"{year}-{text.replace(' ', 'T')}")
        return local.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)

    def times(self, start: str, minutes: int) -> dict[str, str]:
        begins = self.moment(start)
        return {
            "start": begins.isoformat(),
            "end": (begins + timedelta(minutes=minutes)).isoformat(),
        }


def noted(event: Any) -> dict[str, str]:
    """The metadata that an event of Google carries."""
    private = event.get("extendedProperties", {}).get("private", {})
    return {
        key.removeprefix("roomly_"): value
        for key, value in private.items()
        if key.startswith("roomly_") and key not in ("roomly_booking", "roomly_rev")
    }


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
