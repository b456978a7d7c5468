"""The first-day audit: what is wrong in a company's Google is found, and nothing is changed."""

import csv
import io
import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from bookings.models import Booking, OutboxEntry
from calendars.audit.reader import (
    READ_SCOPES,
    READING,
    GoogleReader,
    OnlyReads,
    let_read,
)
from calendars.audit.runs import begin_audit, end_audit
from calendars.directory.reader import USERS_SCOPE
from calendars.google import deletion, insertion
from calendars.lease import LIFE
from calendars.links import follow_rooms
from calendars.long_work import Turn, begin_again, run
from calendars.models import (
    AuditFinding,
    AuditGrant,
    AuditRun,
    CalendarLink,
    Channel,
    GoogleConnection,
    GoogleCopy,
    LongWork,
)
from calendars.tasks import (
    poll_due,
    refresh_directories,
    renew_channels,
    sweep,
    sync_room,
)
from tenants.models import AuditEntry
from tenants.scope import company_scope
from tests.calendars.acts import event_body
from tests.calendars.conftest import Linked
from tests.conftest import Cast, sign_in
from tests.factories import make_booking

BACK = "http://testserver/settings/google/callback/"
WEEKLY = ["RRULE:FREQ=WEEKLY"]


def let(linked: Linked, scopes: list[str] | None = None) -> None:
    """The administrator has allowed reading."""
    wanted = list(READING) if scopes is None else scopes
    email = linked.cast.admin.email
    let_read(
        company_id=linked.company_id,
        kind=GoogleConnection.Kind.OAUTH,
        account_email=email,
        secret=linked.google.control.grant(email, scopes=wanted),
        scopes=wanted,
    )


def audit(linked: Linked) -> LongWork:
    """A whole audit, as a worker does it."""
    work = begin_audit(linked.company_id, by=linked.cast.admin)
    run(linked.company_id, work.pk)
    with company_scope(linked.company_id):
        done: LongWork = LongWork.objects.get(pk=work.pk)
    return done


def last_run(linked: Linked) -> AuditRun:
    with company_scope(linked.company_id):
        found: AuditRun = AuditRun.objects.latest("pk")
    return found


def kinds(linked: Linked) -> dict[str, list[str]]:
    """The rooms of each kind of trouble in the last report."""
    with company_scope(linked.company_id):
        rows = AuditFinding.objects.filter(run=last_run(linked)).order_by("pk")
        found: dict[str, list[str]] = {}
        for kind, room in rows.values_list("kind", "room_name"):
            found.setdefault(kind, []).append(room)
    return found


def calls_that_are_no_questions(linked: Linked) -> list[Any]:
    """Of all that Google was sent, asking for an access token left out."""
    asked = linked.google.control.requests()
    assert len(asked) > 20
    return [one for one in asked if one["method"] != "GET" and one["path"] != "/token"]


def add_room(linked: Linked, name: str, **values: Any) -> str:
    calendar = f"{name.lower()}@resource.calendar.google.com"
    values = {"time_zone": "Asia/Seoul", "domain": "hangang.example", **values}
    linked.google.control.add_room_calendar(calendar, name, **values)
    return calendar


def meet(
    linked: Linked, calendar: str, summary: str, *guests: str, by: str = "alice", **more: Any
) -> None:
    attendees = [{"email": f"{guest}@hangang.example"} for guest in guests]
    body = event_body(summary, attendees=attendees, **more)
    linked.google.control.ui_create(calendar, body, actor=f"{by}@hangang.example")


@pytest.fixture
def troubled(unconnected: Linked) -> Linked:
    """One of each kind of trouble, spread over rooms that are otherwise in order."""
    control = unconnected.google.control
    meet(unconnected, unconnected.calendar, "Standup", "bob", recurrence=WEEKLY)
    meet(unconnected, unconnected.calendar, "Interview", "bob", by="bob", start="12:30")
    meet(unconnected, unconnected.calendar, "Old habit", "bob", by="gone", recurrence=WEEKLY,
         start="15:00", end="16:00")  # fmt: skip
    meet(unconnected, unconnected.other_calendar, "Just in case", start="08:00", end="18:00")
    deserted = add_room(unconnected, "Deserted")
    declined = [{"email": "bob@hangang.example", "responseStatus": "declined"}]
    body = event_body("Forgotten", attendees=declined, recurrence=WEEKLY)
    control.ui_create(deserted, body, actor="alice@hangang.example")
    hall = add_room(unconnected, "Hall", capacity=12)
    meet(unconnected, hall, "Chat", "bob", recurrence=["RRULE:FREQ=DAILY;COUNT=5"])
    control.set_acl(add_room(unconnected, "Wild"), "domain:hangang.example", "writer")
    control.set_acl(add_room(unconnected, "Glass"), "default", "reader")
    control.set_acl(add_room(unconnected, "Secret"), "domain:hangang.example", None)
    add_room(unconnected, "Manual", auto_accept=False)
    control.change_calendar(add_room(unconnected, "Lost"), deleted=True)
    let(unconnected)
    control.clear_requests()
    return unconnected


def test_every_kind_of_trouble_is_found_and_nothing_is_touched(troubled: Linked) -> None:
    work = audit(troubled)
    assert (work.state, work.done, work.total) == ("done", 9, 9)
    assert kinds(troubled) == {
        "double_booking": ["Hangang One"],
        "organizer_left": ["Hangang One"],
        "alone": ["Hangang Two"],
        "nobody_comes": ["Deserted"],
        "oversized": ["Hall"],
        "everybody_writes": ["Wild"],
        "public": ["Glass"],
        "nobody_reads": ["Secret"],
        "answered_by_hand": ["Manual"],
        "no_calendar": ["Lost"],
    }
    assert calls_that_are_no_questions(troubled) == []
    assert troubled.google.control.counts() == {
        "directory.resources.calendars.list": 1,
        "directory.users.list": 1,
        "calendar.events.list": 9,
        "calendar.calendars.get": 8,
        "calendar.acl.list": 8,
        "oauth.token": 1,
    }
    with company_scope(troubled.company_id):
        for model in (Booking, OutboxEntry, CalendarLink, Channel, GoogleCopy, GoogleConnection):
            assert not model.objects.exists(), model
        assert AuditRun.objects.get().people == {}


def test_a_calendar_of_several_pages_is_read_whole(unconnected: Linked) -> None:
    for hour in range(8, 14):
        meet(
            unconnected,
            unconnected.calendar,
            f"At {hour}",
            start=f"{hour:02}:00",
            end=f"{hour + 1:02}:30",
        )
    unconnected.google.control.configure(largest_page=2)
    let(unconnected)
    audit(unconnected)
    assert len(kinds(unconnected)["double_booking"]) == 5


class Killed(BaseException):
    """No handler of ours catches it."""


@pytest.mark.parametrize("moment", ["before it is noted", "after it was noted"])
def test_a_killed_audit_goes_on_with_the_room_it_was_at(
    troubled: Linked, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    work = begin_audit(troubled.company_id)
    real, deaths = Turn.advance, [3]

    def dying(turn: Turn, **values: Any) -> None:
        if moment == "after it was noted":
            real(turn, **values)
        if deaths == [turn.done]:
            deaths.clear()
            raise Killed
        if moment == "before it is noted":
            real(turn, **values)

    monkeypatch.setattr(Turn, "advance", dying)
    with pytest.raises(Killed):
        run(troubled.company_id, work.pk)
    with time_machine.travel(timezone.now() + LIFE + timedelta(seconds=1), tick=False):
        run(troubled.company_id, work.pk)
    assert not deaths
    assert sum(map(len, kinds(troubled).values())) == 10
    assert last_run(troubled).finished_at is not None


def test_an_audit_that_was_stopped_begins_anew(unconnected: Linked) -> None:
    let(unconnected)
    unconnected.google.control.fault("backendError", method="events.list")
    work = audit(unconnected)
    assert work.state == "waiting"
    end_audit(unconnected.company_id)
    assert last_run(unconnected).people == {}
    with company_scope(unconnected.company_id):
        begin_again(LongWork.objects.get())
    run(unconnected.company_id, work.pk)
    with company_scope(unconnected.company_id):
        assert LongWork.objects.get().state == "done"
        assert AuditRun.objects.get().finished_at is not None


def test_with_a_permission_to_read_alone_nothing_is_switched_on(
    unconnected: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    let(unconnected)
    make_booking(unconnected.cast.alice, unconnected.cast.room)
    audit(unconnected)
    unconnected.forget_calls()
    assert follow_rooms(unconnected.company_id) == []
    sync_room(unconnected.company_id, unconnected.cast.room.pk)
    (entry,) = unconnected.entries()
    assert entry.is_pending
    assert unconnected.calls() == {}
    with company_scope(unconnected.company_id):
        assert not CalendarLink.objects.exists()


@pytest.mark.worker
def test_no_sweep_comes_upon_a_permission_to_read(
    unconnected: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[Any] = []
    monkeypatch.setattr("calendars.tasks.wake", lambda _task, pairs, _queue: woken.extend(pairs))
    let(unconnected)
    make_booking(unconnected.cast.alice, unconnected.cast.room)
    for periodic in (sweep, poll_due, renew_channels, refresh_directories):
        periodic()
    assert woken == []
    with company_scope(unconnected.company_id):
        assert not LongWork.objects.exists()


def test_the_reader_sends_nothing_but_questions(unconnected: Linked) -> None:
    let(unconnected, ["https://www.googleapis.com/auth/calendar"])  # Google would let it
    with company_scope(unconnected.company_id):
        grant = AuditGrant.objects.get()
    with GoogleReader(grant) as google:
        with pytest.raises(OnlyReads):
            google.write(insertion(unconnected.calendar, event_body()))
        with pytest.raises(OnlyReads):
            google.write(deletion(unconnected.calendar, "x"))
    assert set(unconnected.calls()) == {"token"}


# --- the permission ------------------------------------------------------------------------------


@pytest.fixture
def admin(unconnected: Linked) -> Client:
    unconnected.google.control.add_client("roomly-demo", "roomly-demo-secret", [BACK])
    return sign_in(unconnected.cast.admin)


def consent(linked: Linked, client: Client, **choice: Any) -> Any:
    asked = client.post("/settings/google/audit/connect/")["Location"]
    back = linked.google.control.sign_in(asked, linked.cast.admin.email, **choice)
    return client.get(f"{urlsplit(back).path}?{urlsplit(back).query}")


def test_google_is_asked_for_reading_and_nothing_else(unconnected: Linked, admin: Client) -> None:
    asked = admin.post("/settings/google/audit/connect/")["Location"]
    scopes = parse_qs(urlsplit(asked).query)["scope"][0].split()
    assert tuple(scopes) == READ_SCOPES
    assert all("readonly" in scope for scope in scopes if scope not in ("openid", "email"))


def test_after_the_consent_the_audit_begins_by_itself(unconnected: Linked, admin: Client) -> None:
    answer = consent(unconnected, admin)
    assert answer["Location"] == "/settings/google/audit/"
    with company_scope(unconnected.company_id):
        assert AuditGrant.objects.get().account_email == unconnected.cast.admin.email
        assert not GoogleConnection.objects.exists()
        assert LongWork.objects.get().kind == "audit"


def test_what_was_left_unticked_is_said_to_be_unseen(unconnected: Linked, admin: Client) -> None:
    consent(unconnected, admin, untick=(USERS_SCOPE,))
    audit(unconnected)
    assert list(last_run(unconnected).unseen) == ["people"]
    assert "Who has left could not be found out" in page(unconnected)


def test_without_the_calendars_there_is_no_permission(unconnected: Linked, admin: Client) -> None:
    assert consent(unconnected, admin, untick=READING[:1]).status_code == 403
    with company_scope(unconnected.company_id):
        assert not AuditGrant.objects.exists()


@pytest.mark.parametrize("why", ["no administrator", "no API"])
def test_an_account_that_sees_little_says_what_it_did_not_see(
    unconnected: Linked, why: str
) -> None:
    control = unconnected.google.control
    if why == "no API":
        control.fault("accessNotConfigured", path="/admin/directory/*", times=2)
    else:
        control.change_account(unconnected.cast.admin.email, admin=False)
    let(unconnected)
    audit(unconnected)
    unseen, rooms = last_run(unconnected).unseen, ["Hangang One", "Hangang Two"]
    assert (unseen["directory"], unseen["people"]) == ([], [])
    if why == "no administrator":
        assert unseen["rules"] == rooms
        assert kinds(unconnected) == {"cannot_write": rooms}


def test_a_permission_that_google_took_back_ends_the_audit_with_a_reason(
    unconnected: Linked,
) -> None:
    let(unconnected)
    unconnected.google.control.revoke(unconnected.cast.admin.email)
    work = audit(unconnected)
    assert (work.state, work.reason) == (
        "failed", "Google no longer lets Roomly read. Connect read-only again.",
    )  # fmt: skip
    assert "/settings/google/audit/connect/" in page(unconnected)


def test_a_token_that_died_early_is_asked_for_again(unconnected: Linked) -> None:
    let(unconnected)
    audit(unconnected)
    unconnected.google.control.expire_access_tokens()
    assert audit(unconnected).state == "done"


@pytest.mark.parametrize(("connected", "alive"), [(False, False), (True, True)])
def test_taking_it_back_tells_google_unless_the_connection_would_go_too(
    unconnected: Linked, connected: bool, alive: bool
) -> None:
    let(unconnected)
    begin_audit(unconnected.company_id)
    email = unconnected.cast.admin.email
    if connected:
        with company_scope(unconnected.company_id):
            GoogleConnection.objects.create(kind="oauth", account_email=email, secret="other")
    answer = sign_in(unconnected.cast.admin).post("/settings/google/audit/forget/")
    assert answer.status_code == 302
    with company_scope(unconnected.company_id):
        assert not AuditGrant.objects.exists()
        assert LongWork.objects.get().state == "cancelled"
        noted = AuditEntry.objects.order_by("pk").values_list("act", "member", "subject")
        assert list(noted) == [
            ("google.may_read", None, email),
            ("google.may_not_read", unconnected.cast.admin.pk, email),
        ]
    assert bool(unconnected.google.control.revoke(email)) == alive


def test_a_service_account_may_read_with_the_reading_scopes_alone(unconnected: Linked) -> None:
    control = unconnected.google.control
    key = control.add_service_account("bot@p.example", {"hangang.example": list(READING)})
    let_read(
        company_id=unconnected.company_id,
        kind=GoogleConnection.Kind.SERVICE_ACCOUNT,
        account_email=unconnected.cast.admin.email,
        secret=json.dumps(key),
    )
    assert audit(unconnected).state == "done"


# --- the report ----------------------------------------------------------------------------------


def page(linked: Linked, path: str = "") -> str:
    answer = sign_in(linked.cast.admin).get(f"/settings/google/audit/{path}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_command_and_page_say_what_was_found_and_what_to_do(
    troubled: Linked, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("audit", company=troubled.company_id)
    told = capsys.readouterr()
    assert "9 of 9" in told.err
    assert "9 rooms, 10 findings" in told.out
    assert "Double bookings (1) · Mend this first" in told.out
    call_command("audit", company=troubled.company_id, last=True)
    assert "9 rooms, 10 findings" in capsys.readouterr().out
    text = page(troubled)
    assert "9 rooms looked at" in text
    for words in (
        "“Standup” (alice@hangang.example)",
        "“Old habit” (gone@hangang.example): nobody has this address any more.",
        "Next on Dec. 2, 2026 15:00, and no end is set.",
        "Transfer them to somebody who stays",
    ):
        assert words in told.out
        assert words in text
    assert "Switch Roomly on" in text


def test_a_company_in_order_is_congratulated(unconnected: Linked) -> None:
    let(unconnected)
    audit(unconnected)
    assert "Congratulations" in page(unconnected)


def test_two_reports_are_compared(troubled: Linked) -> None:
    audit(troubled)
    troubled.google.control.change_calendar(troubled.calendar.replace("one", "lost"), deleted=False)
    troubled.google.control.change_calendar(troubled.calendar.replace("one", "glass"), deleted=True)
    audit(troubled)
    text = page(troubled)
    assert "Since the report before: 1 new, 2 gone." in text
    assert "Gone since the report before" in text
    with company_scope(troubled.company_id):
        first = AuditRun.objects.earliest("pk")
    assert "Since the report before" not in page(troubled, f"{first.pk}/")


def test_the_table_has_everything_and_no_formulas(unconnected: Linked) -> None:
    meet(unconnected, unconnected.calendar, "x", "bob", by="gone")
    add_room(unconnected, "=HYPERLINK(1)", auto_accept=False)
    let(unconnected)
    audit(unconnected)
    path = f"/settings/google/audit/{last_run(unconnected).pk}/csv/"
    answer = sign_in(unconnected.cast.admin).get(path)
    assert answer["Content-Type"].startswith("text/csv")
    heading, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (heading[2], {len(row) for row in rows}) == ("Room", {7})
    assert {row[2] for row in rows} == {"Hangang One", "'=HYPERLINK(1)"}


def test_a_page_asks_the_same_number_of_questions_however_much_was_found(
    unconnected: Linked, django_assert_max_num_queries: Any
) -> None:
    let(unconnected)
    audit(unconnected)
    with company_scope(unconnected.company_id):
        report = last_run(unconnected)
        facts = {"calendar": ""}
        AuditFinding.objects.bulk_create(
            AuditFinding(company_id=unconnected.company_id, run=report, kind="no_calendar",
                         room_name=f"R{n}", identity=f"{n}", facts=facts)
            for n in range(200)
        )  # fmt: skip
    client = sign_in(unconnected.cast.admin)
    with django_assert_max_num_queries(16):
        text = client.get("/settings/google/audit/").content.decode()
    assert "150 more are in the table." in text


def test_reports_are_for_administrators_of_the_company(unconnected: Linked, stranger: Cast) -> None:
    let(unconnected)
    audit(unconnected)
    path = f"/settings/google/audit/{last_run(unconnected).pk}/"
    for client, status in ((sign_in(unconnected.cast.alice), 403), (sign_in(stranger.admin), 404)):
        assert client.get(path).status_code == status
        assert client.get(f"{path}csv/").status_code == status
    for act in ("connect", "start", "forget"):
        answer = sign_in(unconnected.cast.alice).post(f"/settings/google/audit/{act}/")
        assert answer.status_code == 403


def test_the_command_needs_the_permission(unconnected: Linked) -> None:
    with pytest.raises(CommandError, match="Connect read-only first"):
        call_command("audit", company=unconnected.company_id)
    with pytest.raises(CommandError, match="no company"):
        call_command("audit", company=0)


def test_old_reports_go(unconnected: Linked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calendars.audit.runs.RUNS_KEPT", 2)
    let(unconnected)
    for _time in range(4):
        audit(unconnected)
    with company_scope(unconnected.company_id):
        assert AuditRun.objects.count() == 2
