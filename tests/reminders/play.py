"""A play about reminders: two companies that book and change their minds, a Slack that stumbles,
workers that die, and the account of what everybody was told."""

import email
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from email.message import Message as Mail
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from django.utils import timezone

from bookings.drafts import Actor, Attendee, Changes
from bookings.edits.editing import cancel_booking, change_booking
from bookings.live import redis_client
from bookings.models import Door, Occurrence
from reminders import agendas, index, planning, preferences, sending
from reminders.messages import MARK
from reminders.models import Reminder
from reminders.refresh import company_ids, rebuild
from standins.slack.demo import BOT_SCOPES
from tenants.errors import DomainError
from tenants.models import Member
from tenants.scope import company_scope
from tests.conftest import NOON_IN_SEOUL, make_cast
from tests.factories import make_booking
from tests.reminders.conftest import Office, open_office
from tests.workers import Workers

SEND = "reminders.tasks.send"
MOST_LOOKS = 300  # until everything is quiet
QUARTER = timedelta(minutes=15)
FAULTS: list[dict[str, Any]] = [
    {"kind": "status", "status": 429, "retry_after": 30},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 500, "after_effect": True},
    {"kind": "status", "status": 503, "after_effect": True},
    {"kind": "drop"},
    {"kind": "drop", "after_effect": True},
    {"kind": "error", "error": "fatal_error", "after_effect": True},
    {"kind": "error", "error": "new_kind_of_refusal"},
    {"kind": "error", "error": "channel_not_found"},
    {"kind": "error", "error": "user_not_found"},
]
METHODS = ["chat.postMessage"] * 6 + ["users.lookupByEmail", "conversations.history", "*"]
NO_TIMES: preferences.Times = {"quiet_from": None, "quiet_until": None, "agenda_at": time(8)}
QUIET: preferences.Times = {**NO_TIMES, "quiet_from": time(22), "quiet_until": time(7)}


class Play:
    """Two companies, from their first booking until everything is quiet again."""

    def __init__(
        self, slack: Any, workers: Workers, clock: Any, outbox: Path, number: int, seed: int
    ) -> None:
        self.slack, self.workers, self.clock, self.outbox = slack, workers, clock, outbox
        self.random, self.counts, self.words = Random(seed), Counter[str](), count(1)
        self.told: list[str] = []  # what happened, for whoever has to explain it
        self.clock.move_to(datetime.fromisoformat(NOON_IN_SEOUL))
        slack.control.reset()
        redis_client().flushdb()
        for file in outbox.iterdir():
            file.unlink()
        self.offices = [self._open(f"Play{number}{letter}") for letter in "ab"]

    def _open(self, name: str) -> Office:
        cast = make_cast(name, f"{name.lower()}.example", timezone="Asia/Seoul", language="en")
        office = open_office(cast, self.slack, name)
        for person in (cast.alice, cast.bob):  # the administrator is not in Slack
            self.slack.control.add_user(office.team, person.email)
        self._connect(office)
        office.choose(direct=True, in_channels=True, agenda_at=time(8))
        return office

    def _connect(self, office: Office) -> None:
        scopes = [*BOT_SCOPES, "im:history"]
        token = self.slack.control.add_token(office.team, scopes=scopes).value
        office.connect(bot_token=token, channel=office.channel)

    # -- what may happen ---------------------------------------------------------------------

    def step(self) -> None:
        acts: dict[Callable[[Office], None], int] = {
            self.book: 24, self.change: 12, self.cancel: 5, self.release: 2, self.choose: 4,
            self.stumble: 18, self.revoke: 2, self.connect: 4, self.archive: 3, self.unarchive: 4,
            self.lose_redis: 2, self.wait_seconds: 24, self.wait_minutes: 14, self.wait_hours: 1,
        }  # fmt: skip
        (act,) = self.random.choices(list(acts), list(acts.values()))
        office = self.random.choice(self.offices)
        self.counts[act.__name__] += 1
        self.tell(f"{act.__name__} {office.cast.company.name}")
        act(office)
        self.work(dying=0.4)
        self.check_messages()

    def tell(self, words: str) -> None:
        self.told.append(f"{timezone.now():%d %H:%M:%S} {words}")

    def book(self, office: Office) -> None:
        cast = office.cast
        guests = self.random.sample([cast.admin, cast.alice, cast.bob], self.random.randint(0, 2))
        rule = self.random.choice(["", "", "", "RRULE:FREQ=DAILY;COUNT=2"])
        try:
            make_booking(
                self._person(office), self.random.choice([cast.room, cast.other_room]),
                start=self._soon(), minutes=15, title=f"Meeting {next(self.words)}",
                attendees=tuple(Attendee(email=guest.email) for guest in guests),
                recurrence=[rule] if rule else [],
                reminders=self.random.choice([None, None, (1, 10), (5,), (30, 2)]),
            )  # fmt: skip
        except DomainError:
            self.counts["refused"] += 1

    def change(self, office: Office) -> None:
        def move(by: Actor, row: Occurrence) -> None:
            start = self._soon()
            changes: Changes = {"starts_at": start, "ends_at": start + QUARTER}
            if self.random.random() < 0.3:
                changes = {"room": self.random.choice([office.cast.room, office.cast.other_room])}
            change_booking(by=by, company=office.company, occurrence=row, changes=changes)

        self._edit(office, move)

    def cancel(self, office: Office) -> None:
        self._edit(
            office,
            lambda by, row: cancel_booking(by=by, company=office.company, occurrence=row),
        )

    def release(self, office: Office) -> None:
        if row := self._row(office):
            office.change(row, status="released")
            with company_scope(office.company.pk):
                preferences.plan_again(office.company.pk)

    def choose(self, office: Office) -> None:
        chance = self.random.random
        times = self.random.choice([NO_TIMES, NO_TIMES, QUIET])
        with company_scope(office.company.pk):
            if chance() < 0.5:
                preferences.choose_for_company(
                    company=office.company, leads=self.random.choice([[10], [10, 3]]),
                    direct=chance() < 0.8, in_channels=chance() < 0.8, by_mail=chance() < 0.7,
                    times=times,
                )  # fmt: skip
            else:
                preferences.choose_for_member(
                    member=self._person(office), as_organizer=chance() < 0.8,
                    as_guest=chance() < 0.7, leads=self.random.choice([None, [5], [15, 1]]),
                    no_agenda=chance() < 0.2, times=times,
                )  # fmt: skip

    def stumble(self, _office: Office) -> None:
        fault = {**self.random.choice(FAULTS), "times": self.random.choice([1, 1, 2])}
        self.slack.control.fault(self.random.choice(METHODS), **fault)

    def revoke(self, office: Office) -> None:
        self.slack.control.revoke_token(office.connection().bot_token)

    def connect(self, office: Office) -> None:
        if office.connection().state != "active":
            self._connect(office)

    def archive(self, office: Office) -> None:
        self.slack.control.archive_channel(office.team, office.channel)

    def unarchive(self, office: Office) -> None:
        self.slack.control.archive_channel(office.team, office.channel, archived=False)

    def lose_redis(self, _office: Office) -> None:
        redis_client().flushdb()

    def wait_seconds(self, _office: Office) -> None:
        self.clock.shift(self.random.randint(1, 40))

    def wait_minutes(self, _office: Office) -> None:
        self.clock.shift(self.random.randint(60, 1200))

    def wait_hours(self, _office: Office) -> None:
        self.clock.shift(self.random.randint(3600, 5 * 3600))

    # -- machines ----------------------------------------------------------------------------

    def work(self, dying: float = 0) -> None:
        """What beat has done about now, by workers of which some die."""
        for office in self.offices:
            planning.plan_company(office.company.pk)
            agendas.plan_agendas(office.company.pk)
        claimed = index.claim(timezone.now())
        if not claimed.ready and index.begin_rebuild():
            list(rebuild(company_ids()))
        for due in (claimed.reminders, sending.overdue()):
            for company_id, reminder_ids in due.items():
                self._send(company_id, reminder_ids, dying)

    def _send(self, company_id: int, reminder_ids: list[int], dying: float) -> None:
        message = (SEND, [company_id, reminder_ids])
        dies = self.random.random() < dying
        halt = {"how": "die", "at": self.random.randint(1, 60)} if dies else None
        outcome = self.workers.outcome(self.workers.begin(message, halt))
        self.tell(f"send {company_id} {reminder_ids} {halt}: {outcome}")
        self.counts[f"worker {outcome}"] += 1

    # -- the end -----------------------------------------------------------------------------

    def rest(self) -> None:
        """No more trouble, until all that was booked has begun."""
        self.slack.control._standin.faults._waiting.clear()
        for office in self.offices:
            self.unarchive(office)
            self._connect(office)  # also where nobody has noticed yet that it was revoked
        for _round in range(2):  # whom Slack tells the clock of is planned for again
            self.work()
        self.check_plan()
        for _look in range(MOST_LOOKS):
            next_time = self._next_time()
            if next_time is None or next_time > self.last_start():
                break
            self.clock.move_to(max(next_time, timezone.now() + timedelta(seconds=11)))
            self.work()
        else:
            raise AssertionError(f"Nothing comes of {[vars(row) for row in self._open_rows()]}.")
        self.check_messages()
        self.check_rows()

    def _next_time(self) -> datetime | None:
        """When there is something to look at again."""
        times = [max(row.fire_at, row.lease_until or row.fire_at) for row in self._open_rows()]
        return min(times, default=None)

    def _open_rows(self) -> list[Reminder]:
        rows = [row for office in self.offices for row in self._rows(office)]
        return [row for row in rows if row.state in ("scheduled", "sending")]

    def last_start(self) -> datetime:
        """The last of the meetings that were booked."""
        starts: list[datetime] = []
        for office in self.offices:
            with company_scope(office.company.pk):
                starts += Occurrence.objects.values_list("starts_at", flat=True)
        return max(starts)

    def check_plan(self) -> None:
        """Planned is what would be planned if it were done anew."""
        for office in self.offices:
            changed = planning.replan_company(office.company.pk)
            assert not changed, f"{changed} reminders of {office.company} were not up to date"

    def check_messages(self) -> None:
        """Nobody was told the same twice, nor of a meeting that had begun, nor by strangers."""
        for office in self.offices:
            own = {str(row.pk) for row in self._rows(office)}
            marks = Counter[tuple[str, str]]()
            for message in self._messages(office):
                mark = message["metadata"]["event_payload"]
                marks[mark["reminder"], mark["starts_at"]] += 1
                posted = datetime.fromtimestamp(float(message["ts"]), UTC)
                assert posted < datetime.fromisoformat(mark["starts_at"]), message["text"]
                assert mark["reminder"] in own, message["text"]
            assert not [mark for mark, times in marks.items() if times > 1]
        mails = Counter((mail["To"], mail.get_payload()) for mail in self._mails())
        assert not [mail for mail, times in mails.items() if times > 1]

    def check_rows(self) -> None:
        """What was due was told, or its row says why not."""
        for office in self.offices:
            seen = {
                (mark["reminder"], datetime.fromisoformat(mark["starts_at"]))
                for message in self._messages(office)
                for mark in [message["metadata"]["event_payload"]]
            }
            for row in self._rows(office):
                told = (str(row.pk), row.sent_for) in seen
                self.counts[f"{row.state} {row.error}".strip()] += 1
                words = f"{row.pk} {row.kind} {row.state} {row.error} {row.starts_at}"
                assert row.state not in ("scheduled", "sending") or row.fire_at > timezone.now(), (
                    words
                )
                if row.state == "sent":
                    assert told or row.by_mail or row.error.startswith("unknown"), words
                if row.state == "skipped":
                    assert row.error, words

    def _messages(self, office: Office) -> list[dict[str, Any]]:
        """All that Roomly posted in a company's workspace."""
        store = self.slack.control._standin.store
        return [
            message
            for channel in store.workspaces[office.team].channels.values()
            for message in self.slack.control.messages(channel.id, team_id=office.team)
            if message.get("metadata", {}).get("event_type") == MARK
        ]

    def _mails(self) -> list[Mail]:
        rule = "-" * 79
        return [
            email.message_from_string(text.strip())
            for file in self.outbox.iterdir()
            for text in file.read_text().split(rule)
            if text.strip()
        ]

    # -- choosing ----------------------------------------------------------------------------

    def _soon(self) -> datetime:
        """A start within some hours, on a minute."""
        now = timezone.now().replace(second=0, microsecond=0)
        return now + timedelta(minutes=self.random.randint(2, 150))

    def _person(self, office: Office) -> Member:
        return self.random.choice([office.cast.admin, office.cast.alice, office.cast.bob])

    def _row(self, office: Office) -> Occurrence | None:
        with company_scope(office.company.pk):
            rows = Occurrence.objects.filter(status="confirmed", starts_at__gt=timezone.now())
            found = list(rows.select_related("booking__organizer", "room").order_by("pk"))
        return self.random.choice(found) if found else None

    def _edit(self, office: Office, edit: Callable[[Actor, Occurrence], object]) -> None:
        row = self._row(office)
        if row is None:
            return
        try:
            with company_scope(office.company.pk):
                edit(Actor(Door.WEB, office.cast.admin), row)
        except DomainError:
            self.counts["refused"] += 1

    def _rows(self, office: Office) -> list[Reminder]:
        with company_scope(office.company.pk):
            return list(Reminder.objects.order_by("pk"))
