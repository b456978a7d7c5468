"""Two bookings that want one room: both owners are told once, and once more when it is settled."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from bookings.conflicts import settle_conflicts
from bookings.drafts import Actor
from bookings.edits.editing import cancel_booking
from bookings.mirroring.mirror import Mirror, New
from bookings.mirroring.seen import Seen, Times
from bookings.models import Booking, Door, Occurrence
from bookings.outbox import announce
from bookings.recurrence import Recurrence, to_local
from reminders.models import Reminder
from tenants.scope import company_scope
from tests.conftest import sign_in
from tests.factories import SEOUL, at, make_booking, make_room
from tests.reminders.conftest import Office, People, sweep, tick
from tests.reminders.test_direct_messages import buttons_of

pytestmark = pytest.mark.worker
HOUR = timedelta(hours=1)
TOLD = (
    "Lunch (Bob) has no room: Hangang One is taken at that time."
    " Design review (Alice) has it."
)  # fmt: skip


@pytest.fixture
def taken(office: Office) -> Occurrence:
    """Alice has the room tomorrow at ten; she is reminded of nothing."""
    return make_booking(office.cast.alice, office.cast.room, reminders=())


def appears_in_google(
    office: Office, *, title: str = "Lunch", rule: str = "", email: str = "bob@hangang.example"
) -> Booking:
    """Bob makes an event at the same time in Google."""
    times = Times(at(10), at(11), to_local(at(10), SEOUL), "Asia/Seoul", None)
    seen: Seen = {"title": title, "times": times, "recurrence": Recurrence(rrule=rule)}
    with company_scope(office.company.pk):
        mirror = Mirror(office.company, {office.cast.room.pk})
        (booking,) = mirror.create(office.cast.room, [New(seen, office.cast.bob, email)])
        mirror.settle()
        Booking.objects.filter(pk=booking.pk).update(reminders=[])
    return booking


def work(office: Office) -> None:
    """Everything that the workers do, twice."""
    for _twice in range(2):
        office.plan()
        tick()
        sweep()


def free(office: Office, row: Occurrence) -> None:
    with company_scope(office.company.pk):
        cancel_booking(by=Actor(Door.WEB, office.cast.alice), company=office.company,
                       occurrence=row, scope="this")  # fmt: skip
        settle_conflicts([office.cast.room.pk])


def test_both_owners_are_told_once_with_what_is_free_instead(
    office: Office, taken: Occurrence
) -> None:
    booking = appears_in_google(office)
    work(office)
    (text,) = office.texts()
    assert text.startswith(TOLD)
    blocks = str(office.messages()[0]["blocks"])
    assert "Free instead: Hangang Two, 09:00–10:00, 11:00–12:00" in blocks
    with company_scope(office.company.pk):
        assert str(booking.occurrences.get().public_id) in blocks


def test_what_stands_in_the_rooms_calendar_itself_is_googles(
    office: Office, taken: Occurrence
) -> None:
    booking = appears_in_google(office)
    with company_scope(office.company.pk):
        Booking.objects.filter(pk=booking.pk).update(
            organizer=None, organizer_email="c_1@resource.calendar.google.com"
        )
    work(office)
    (text,) = office.texts()
    assert text.startswith("Lunch (Google Calendar) has no room")


def test_when_it_settles_that_is_told_too(office: Office, taken: Occurrence) -> None:
    appears_in_google(office)
    work(office)
    free(office, taken)
    work(office)
    assert len(office.texts()) == 2
    assert office.texts()[1].startswith("The room is yours: Lunch (Bob) has Hangang One.")


def test_what_settles_before_anybody_was_told_is_not_worth_a_message(
    office: Office, taken: Occurrence
) -> None:
    appears_in_google(office)
    office.plan()
    free(office, taken)
    work(office)
    assert office.texts() == []


def test_an_overlap_that_comes_back_is_news_again(
    office: Office, taken: Occurrence, clock: Any
) -> None:
    booking = appears_in_google(office)
    with company_scope(office.company.pk):
        Occurrence.objects.filter(pk=taken.pk).update(status="cancelled")
    for status in ("conflicted", "confirmed", "conflicted", "confirmed"):
        with company_scope(office.company.pk):
            booking.occurrences.update(status=status)
            announce(booking)
        clock.shift(1)  # a channel takes one message a second
        work(office)
    heads = [text.split(":")[0] for text in office.texts()]
    assert heads == ["Lunch (Bob) has no room", "The room is yours"] * 2


def test_of_a_series_only_the_first_date_is_told(office: Office) -> None:
    rule = "FREQ=DAILY;COUNT=5"
    make_booking(office.cast.alice, office.cast.room, reminders=(), recurrence=(f"RRULE:{rule}",))
    appears_in_google(office, rule=rule)
    work(office)
    assert len(office.texts()) == 1
    with company_scope(office.company.pk):
        assert Reminder.objects.count() == 1


def test_both_owners_are_told_directly_and_the_one_without_a_room_may_take_another(
    people: People,
) -> None:
    office = people.office
    own = make_booking(office.cast.alice, office.cast.room, reminders=())
    booking = appears_in_google(office)
    work(office)
    assert office.texts() == []
    (alices,) = office.direct_messages(people.alice)
    (bobs,) = office.direct_messages(people.bob)
    assert alices["text"].startswith(TOLD)
    assert bobs["text"].startswith(TOLD)
    with company_scope(office.company.pk):
        lacking = booking.occurrences.get()
    takes = [button for button in buttons_of(bobs) if button["action_id"] == "take_offer"]
    assert (
        takes[0]["value"] == f"{lacking.public_id}|{office.cast.other_room.pk}|{at(10):%FT%T}+00:00"
    )
    assert len(takes) == 3
    assert [button["action_id"] for button in buttons_of(alices)] == ["open"]
    assert str(own.public_id) in buttons_of(alices)[0]["url"], "each is led to their own"
    free(office, own)
    work(office)
    assert len(office.told(people.alice)) == 1
    assert office.told(people.bob)[1].startswith("The room is yours")


def test_who_has_no_room_and_is_not_in_slack_reads_it_in_a_mail(people: People) -> None:
    office = people.office
    control = office.slack.control
    with control._standin.writing() as store:
        store.workspaces[office.team].users[people.bob].deleted = True
    make_booking(office.cast.alice, office.cast.room, reminders=())
    appears_in_google(office)
    work(office)
    (sent,) = mail.outbox
    assert sent.subject == "Two bookings overlap"
    assert "Free instead: Hangang Two, 09:00–10:00, 11:00–12:00" in sent.body


def test_a_private_meeting_keeps_its_title(office: Office) -> None:
    make_booking(office.cast.alice, office.cast.room, reminders=(), visibility="private")
    appears_in_google(office)
    work(office)
    assert "Design review" not in str(office.messages())


def test_it_survives_the_loss_of_redis(office: Office, taken: Occurrence, redis: Any) -> None:
    appears_in_google(office)
    office.plan()
    redis.flushdb()
    with time_machine.travel(timezone.now() + timedelta(seconds=11), tick=False):
        sweep()
        sweep()
    assert len(office.texts()) == 1


def test_the_pages_of_both_owners_say_so(office: Office, taken: Occurrence) -> None:
    booking = appears_in_google(office)
    room = make_room(office.company, "Spare")
    with company_scope(office.company.pk):
        lacking = booking.occurrences.get()
    bob, alice = sign_in(office.cast.bob), sign_in(office.cast.alice)
    page = bob.get(f"/bookings/{lacking.public_id}/").content.decode()
    assert "overlaps another one" in page
    assert "Design review" in page
    assert f'value="{room.pk} 2026-12-02 10:00 2026-12-02 11:00"' in page
    page = alice.get(f"/bookings/{taken.public_id}/").content.decode()
    assert "somebody else has put a meeting there" in page
    assert "Lunch" in page
    assert "put a meeting there, too" in alice.get("/bookings/").content.decode()
    assert "Needs another room" in bob.get("/bookings/").content.decode()


def test_one_click_moves_it_to_what_is_free(office: Office, taken: Occurrence) -> None:
    booking = appears_in_google(office)
    with company_scope(office.company.pk):
        lacking = booking.occurrences.get()
    path = f"/bookings/{lacking.public_id}/"
    bob = sign_in(office.cast.bob)
    page = bob.get(path)
    form = page.context["lacking"]["form"]
    data = {field.html_name: field.value() or "" for field in form if field.name != "video"}
    data |= {"scope": "this", "offer": page.context["lacking"]["offers"][0]["value"]}
    assert bob.post(f"{path}edit/", data)["Location"] == path
    with company_scope(office.company.pk):
        moved = booking.occurrences.get()
    assert (moved.status, moved.room_id) == ("confirmed", office.cast.other_room.pk)
