"""Looking at a booking, changing it, cancelling it: by the people who may, and by them only."""

import re
from typing import Any

import pytest
from django.test import Client

from bookings.drafts import Attendee
from bookings.models import Booking, Occurrence, OutboxEntry
from bookings.occurrences import version_tag
from tenants.scope import company_scope
from tests.conftest import Cast, sign_in
from tests.factories import at, make_booking

INPUT = re.compile(r'<(?:input|textarea|select)[^>]*name="(?P<name>[^"]+)"[^>]*>')


def form_of(client: Client, url: str) -> dict[str, Any]:
    """What a browser would send if the person pressed the button without a change."""
    form = client.get(url).context["form"]
    fields = {}
    for bound in form:
        value = bound.value()
        sent = bound.field.widget.format_value(value) if value is not None else ""
        if isinstance(sent, list) and not getattr(bound.field.widget, "allow_multiple_selected", 0):
            sent = sent[0]
        if value is True or (value is not False and sent not in (None, "", [])):
            fields[bound.html_name] = "on" if value is True else sent
        hidden = bound.field.hidden_widget().format_value(bound.initial)
        fields[f"initial-{bound.html_name}"] = hidden or ""
    return fields


def now_of(row: Occurrence) -> Occurrence:
    with company_scope(row.company_id):
        found: Occurrence = Occurrence.objects.select_related("booking").get(pk=row.pk)
        return found


def test_shows_who_when_where_and_how_far_it_is(seoul: Cast, alice_client: Client) -> None:
    row = make_booking(seoul.bob, seoul.room, description="Bring cake")
    page = alice_client.get(f"/bookings/{row.public_id}/").content.decode()
    for shown in ("Design review", "Bob", "10:00–11:00", seoul.room.name, "Bring cake"):
        assert shown in page
    assert "Wednesday, December 2, 2026" in page
    assert "On its way to Google Calendar" in page
    assert "/edit/" not in page


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"acked_v": 1}, "In Google Calendar"),
        ({"state": "dead", "last_error": "The calendar is gone."}, "The calendar is gone."),
    ],
)
def test_tells_the_sync_state_with_its_reason(
    seoul: Cast, alice_client: Client, entry: dict[str, Any], said: str
) -> None:
    row = make_booking(seoul.alice, seoul.room)
    with company_scope(seoul.company.pk):
        OutboxEntry.objects.filter(consumer="google").update(**entry)
    assert said in alice_client.get(f"/bookings/{row.public_id}/").content.decode()


def test_a_date_of_a_series_says_how_it_repeats(seoul: Cast, alice_client: Client) -> None:
    rule = ("RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=3",)
    occurrence = make_booking(seoul.alice, seoul.room, recurrence=rule)
    page = alice_client.get(f"/bookings/{occurrence.public_id}/")
    assert "Every week on Wed, 3 times" in page.content.decode()


def test_a_private_booking_tells_others_nothing(seoul: Cast, alice_client: Client) -> None:
    row = make_booking(
        seoul.bob, seoul.room, title="Salary talk", description="Numbers",
        visibility=Booking.Visibility.PRIVATE,
    )  # fmt: skip
    page = alice_client.get(f"/bookings/{row.public_id}/").content.decode()
    for secret in ("Salary", "Numbers", "Bob", "bob@"):
        assert secret not in page


@pytest.mark.parametrize("act", ["", "edit/", "cancel/"])
def test_another_companys_booking_does_not_exist(
    seoul: Cast, stranger: Cast, alice_client: Client, act: str
) -> None:
    row = make_booking(stranger.alice, stranger.room, title="Canary plans")
    url = f"/bookings/{row.public_id}/{act}"
    for answer in (alice_client.get(url), alice_client.post(url, {"scope": "this"})):
        assert answer.status_code in (404, 405)
        assert "Canary" not in answer.content.decode()
    assert now_of(row).status == Occurrence.Status.CONFIRMED


@pytest.mark.parametrize("act", ["edit/", "cancel/"])
def test_somebody_elses_booking_cannot_be_touched(
    seoul: Cast, alice_client: Client, act: str
) -> None:
    row = make_booking(seoul.bob, seoul.room)
    url = f"/bookings/{row.public_id}/{act}"
    for answer in (alice_client.get(url), alice_client.post(url, {"scope": "this"})):
        assert answer.status_code == 403
        assert "You may not do this" in answer.content.decode()
    assert now_of(row).status == Occurrence.Status.CONFIRMED


def test_a_room_manager_changes_what_others_booked(seoul: Cast, admin_client: Client) -> None:
    row = make_booking(seoul.bob, seoul.room)
    url = f"/bookings/{row.public_id}/edit/"
    fields = form_of(admin_client, url) | {"room": seoul.other_room.pk}
    assert admin_client.post(url, fields).status_code == 302
    assert now_of(row).room_id == seoul.other_room.pk


def test_moves_and_renames(seoul: Cast, alice_client: Client) -> None:
    row = make_booking(seoul.alice, seoul.room)
    url = f"/bookings/{row.public_id}/edit/"
    fields = form_of(alice_client, url) | {"title": "Retro", "start": "13:00", "end": "14:30"}
    page = alice_client.post(url, fields, follow=True).content.decode()
    moved = now_of(row)
    assert (moved.starts_at, moved.ends_at) == (at(13), at(14, 30))
    assert moved.shown_title == "Retro"
    assert "Design review → Retro" in page
    assert "2026-12-02 10:00 → 2026-12-02 13:00" in page


def test_saving_without_a_change_changes_nothing_of_the_values(
    seoul: Cast, alice_client: Client
) -> None:
    row = make_booking(seoul.alice, seoul.room, description="One\nTwo", video=True)
    url = f"/bookings/{row.public_id}/edit/"
    assert alice_client.post(url, form_of(alice_client, url)).status_code == 302
    same = now_of(row)
    assert (same.starts_at, same.shown_title) == (at(10), "Design review")
    assert same.booking.video
    assert same.booking.description == "One\nTwo"


def test_who_was_slower_sees_what_changed_and_keeps_what_they_typed(
    seoul: Cast, alice_client: Client, admin_client: Client
) -> None:
    row = make_booking(seoul.alice, seoul.room)
    url = f"/bookings/{row.public_id}/edit/"
    mine = form_of(alice_client, url) | {"title": "Retro"}
    theirs = form_of(admin_client, url) | {"start": "15:00", "end": "16:00"}
    assert admin_client.post(url, theirs).status_code == 302
    answer = alice_client.post(url, mine)
    page = answer.content.decode()
    assert answer.status_code == 412
    assert re.search(r"<b>Start</b>: <s>10:00</s> → 15:00", page)
    assert 'value="Retro"' in page
    form = answer.context["form"]
    again = {name: form.data[name] for name in form.data}
    assert alice_client.post(url, again).status_code == 302
    both = now_of(row)
    assert (both.shown_title, both.starts_at) == ("Retro", at(15))


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"title": ""}, 422, "Give the booking a title."),
        ({"start": "12:00"}, 422, "The end must be after the start."),
        ({"start": "14:00", "end": "15:00"}, 409, "Standup"),
        ({"version": "0-0"}, 412, "Somebody changed this booking"),
    ],
)
def test_a_change_that_is_refused_changes_nothing(
    seoul: Cast, alice_client: Client, changes: dict[str, str], status: int, said: str
) -> None:
    make_booking(seoul.bob, seoul.room, start=at(14), title="Standup")
    row = make_booking(seoul.alice, seoul.room)
    url = f"/bookings/{row.public_id}/edit/"
    answer = alice_client.post(url, form_of(alice_client, url) | changes)
    assert answer.status_code == status
    assert said in answer.content.decode()
    assert version_tag(now_of(row)) == version_tag(row)


def test_cancels_after_asking(seoul: Cast, alice_client: Client) -> None:
    row = make_booking(seoul.alice, seoul.room)
    url = f"/bookings/{row.public_id}/cancel/"
    assert "Cancel the booking" in alice_client.get(url).content.decode()
    assert now_of(row).status == Occurrence.Status.CONFIRMED
    page = alice_client.post(url, {"scope": "this"}, follow=True).content.decode()
    assert "This booking was cancelled." in page
    assert now_of(row).status == Occurrence.Status.CANCELLED
    day = alice_client.get("/", {"date": "2026-12-02"}).content.decode()
    assert str(row.public_id) not in day


def test_guests_are_no_organisers(seoul: Cast, alice_client: Client) -> None:
    row = make_booking(seoul.bob, seoul.room, attendees=[Attendee(email="casey@example.com")])
    page = alice_client.get(f"/bookings/{row.public_id}/").content.decode()
    facts = re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", page, re.DOTALL)
    said = {name: " ".join(re.sub(r"<[^>]+>", " ", what).split()) for name, what in facts}
    assert said["Organiser"] == "Bob"
    assert said["Guests"] == "casey@example.com Not answered"


def test_lists_what_i_have_booked_and_nothing_else(seoul: Cast, alice_client: Client) -> None:
    make_booking(seoul.alice, seoul.room, title="Mine")
    make_booking(seoul.bob, seoul.other_room, title="Not mine")
    page = alice_client.get("/bookings/").content.decode()
    assert "Mine" in page
    assert "Not mine" not in page


def test_a_suspended_company_is_told_so(seoul: Cast) -> None:
    client = sign_in(seoul.alice)
    seoul.company.suspended_at = at(9)
    seoul.company.save()
    answer = client.get("/")
    assert answer.status_code == 403
    assert "switched off" in answer.content.decode()
