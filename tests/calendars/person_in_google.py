"""Somebody who edits series in Google: on Calendar's own pages, or with a program of theirs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from integrations.keys import create_api_key
from tenants.scope import company_scope
from tests.beginnings import beginning
from tests.calendars.conftest import Linked
from tests.integrations.conftest import Program
from tests.integrations.edit_story import Story

Json = dict[str, Any]


@dataclass
class PersonInGoogle:
    """Edits of the story's series; dates are written as the story writes them."""

    story: Story

    # ---- Calendar's own pages --------------------------------------------------------------

    def change(self, date: str, scope: str = "this", to: str = "", **fields: Any) -> None:
        """Drags a date `to` another start, or changes fields of its event."""
        start = self.story.moment(to).isoformat() if to else None
        self.story.linked.google.control.ui_edit(
            self.calendar, self.find(date)["id"], scope=scope, start=start, fields=fields or None
        )
        self.story.hear()

    def delete(self, date: str, scope: str = "this") -> None:
        control = self.story.linked.google.control
        control.ui_delete(self.calendar, self.find(date)["id"], scope=scope)
        self.story.hear()

    # ---- a program of theirs ---------------------------------------------------------------

    def make(self, first: str, rule: str, title: str = "", **fields: Any) -> Json:
        body = {
            "summary": title or self.story.title,
            "recurrence": [f"RRULE:{rule}"],
            **self.times(first),
            **fields,
        }
        made = self.call("POST", "", body)
        self.story.hear()
        return made

    def patch(self, event_id: str, **fields: Any) -> None:
        self.call("PATCH", event_id, fields)
        self.story.hear()

    def patch_all(self, date: str, **fields: Any) -> None:
        self.patch(self.find(date)["recurringEventId"], **fields)

    def patch_this(self, date: str, **fields: Any) -> None:
        self.patch(self.find(date)["id"], **fields)

    def cut(self, date: str, rule: str, *, to: str = "", **fields: Any) -> None:
        """This and following as the API's guide tells: the old series is trimmed, a new one
        with `rule` is inserted."""
        chosen = self.find(date)
        old = self.call("GET", chosen["recurringEventId"])
        evening = self.story.moment(date[:6] + "00:00") - timedelta(seconds=1)
        (line,) = old["recurrence"]
        parts = [part for part in line.split(";") if not part.startswith(("COUNT=", "UNTIL="))]
        trimmed = ";".join([*parts, f"UNTIL={evening:%Y%m%dT%H%M%SZ}"])
        self.call("PATCH", old["id"], {"recurrence": [trimmed]})
        body = {"summary": old["summary"], **self.times(to or date), **fields}
        self.call("POST", "", {**body, "recurrence": [f"RRULE:{rule}"]})
        self.story.hear()

    def times(self, start: str, minutes: int = 60) -> Json:
        begins = self.story.moment(start)
        ends = begins + timedelta(minutes=minutes)
        zone = self.story.zone
        return {
            "start": {"dateTime": begins.isoformat(), "timeZone": zone},
            "end": {"dateTime": ends.isoformat(), "timeZone": zone},
        }

    # ---- what they see ---------------------------------------------------------------------

    @property
    def calendar(self) -> str:
        return self.story.linked.calendar

    def find(self, date: str) -> Json:
        """The one event that starts then."""
        found: Json
        (found,) = [
            event
            for event in self.story.expanded(self.calendar)
            if self.story.begins(event) == self.story.moment(date)
        ]
        return found

    def call(self, method: str, event_id: str, body: Json | None = None) -> Json:
        return dict(self.story.linked.ask(method, self.calendar, event_id, json=body))


@pytest.fixture
def story(linked: Linked) -> Iterator[Story]:
    """Ends with both sides equal."""
    told = Story(linked, Program(beginning("key", lambda: key_of(linked))), clock=None)
    yield told
    told.check()


def key_of(linked: Linked) -> str:
    with company_scope(linked.company_id):
        return create_api_key(scopes=["book"], member=None)


@pytest.fixture
def person(story: Story) -> PersonInGoogle:
    return PersonInGoogle(story)
