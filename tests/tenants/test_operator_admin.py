"""The operator's pages: companies, and one company's data at a time."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from redis import Redis

from bookings.live import channel_of
from bookings.models import OutboxEntry, Room, RoomClock
from calendars.models import CalendarLink
from tenants.encryption import EncryptedTextField
from tenants.models import AuditEntry, Company, Domain, User
from tenants.scope import company_scope
from tests.conftest import Cast, sign_in
from tests.factories import at, make_booking, make_room
from tests.tenants.tenant_tables import CANARY, TENANT_MODELS, fill, row_of

pytestmark = pytest.mark.django_db

SHOWN = [model for model in TENANT_MODELS if admin.site.is_registered(model)]


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(
        User.objects.create_superuser("operator"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return client


@pytest.fixture
def inside(operator: Client, seoul: Cast) -> Client:
    """The operator, who has entered the company."""
    answer = operator.post(reverse("admin:enter_company", args=[seoul.company.pk]), follow=True)
    assert "You are now looking at Hangang." in answer.content.decode()
    return operator


def list_url(model: type[models.Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def page_url(row: models.Model) -> str:
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])


def company_form(domain: str) -> dict[str, Any]:
    return {
        "name": "Hudson", "timezone": "America/New_York", "language": "en",
        "working_from": "09:00", "working_until": "18:00", "working_days": "1,2,3,4,5",
        "week_start": "1", "horizon_days": "365", "reminder_leads": "600", "settings": "{}",
        "google_overlaps": "warn",
        "domains-TOTAL_FORMS": "1", "domains-INITIAL_FORMS": "0", "domains-0-name": domain,
    }  # fmt: skip


def room_form(cast: Cast, **fields: Any) -> dict[str, Any]:
    return {
        "building": cast.room.building_id, "name": "Namsan", "capacity": "8", "state": "open",
        "equipment": "video,projector", "buffer_before": "0", "buffer_after": "00:10:00",
        "opening_hours": "{}", "position": "0", **fields,
    }  # fmt: skip


def test_a_company_is_made_with_its_domain(operator: Client) -> None:
    answer = operator.post(reverse("admin:tenants_company_add"), company_form(" Hudson.Example "))

    assert answer.status_code == 302, answer.content.decode()
    company = Company.objects.get()
    assert company.bookable_until - company.created_at > timedelta(days=364)
    assert Domain.objects.get().name == "hudson.example"
    assert LogEntry.objects.get().object_repr == "Hudson"


@pytest.mark.parametrize("domain", ["someone@hudson.example", "hudson", "https://hudson.example"])
def test_what_is_no_domain_is_refused(operator: Client, domain: str) -> None:
    assert (
        operator.post(reverse("admin:tenants_company_add"), company_form(domain)).status_code == 200
    )
    assert not Company.objects.exists()


def test_a_domain_of_another_company_is_refused_with_a_reason(
    operator: Client, seoul: Cast
) -> None:
    answer = operator.post(reverse("admin:tenants_company_add"), company_form("Hangang.example"))

    assert answer.status_code == 200
    assert "already exists" in answer.content.decode()
    assert Company.objects.count() == 1


def test_who_has_entered_no_company_is_told_and_sees_no_rows(operator: Client, seoul: Cast) -> None:
    index = operator.get("/admin/").content.decode()
    assert "choose one and enter it" in index
    assert list_url(Room) not in index
    for model in SHOWN:
        assert operator.get(list_url(model)).status_code == 403, model


def test_a_room_is_added_to_the_entered_company_and_can_be_booked(
    inside: Client, seoul: Cast
) -> None:
    answer = inside.post(reverse("admin:bookings_room_add"), room_form(seoul))

    assert answer.status_code == 302, answer.content.decode()
    with company_scope(seoul.company.pk):
        room = Room.objects.get(name="Namsan")
        assert RoomClock.objects.get(room=room).version == 0
        assert room.equipment == ["video", "projector"]
    assert LogEntry.objects.filter(object_repr="Namsan").count() == 1


@pytest.mark.parametrize(
    "wrong", [{"name": "Hangang One"}, {"capacity": "0"}, {"timezone": "Asia/Atlantis"}]
)
def test_a_room_that_cannot_be_is_refused_with_a_reason(
    inside: Client, seoul: Cast, wrong: dict[str, str]
) -> None:
    answer = inside.post(reverse("admin:bookings_room_add"), room_form(seoul, **wrong))

    assert answer.status_code == 200
    assert "errornote" in answer.content.decode()


def test_every_list_and_page_shows_the_entered_company_without_its_secrets(
    operator: Client, seoul: Cast, stranger: Cast
) -> None:
    fill(stranger)
    operator.post(reverse("admin:enter_company", args=[stranger.company.pk]))
    for model in SHOWN:
        assert operator.get(list_url(model), {"q": "Canary"}).status_code == 200, model
        row = row_of(model, stranger)
        page = operator.get(page_url(row))
        assert page.status_code == 200, model
        for field in model._meta.fields:
            if isinstance(field, EncryptedTextField) or field.name in ("secret_hash", "sync_token"):
                assert f'field-{field.name}"' not in page.content.decode(), field


def test_rows_of_a_company_that_was_not_entered_are_not_there(
    inside: Client, seoul: Cast, stranger: Cast
) -> None:
    fill(stranger)
    for model in SHOWN:
        page = inside.get(page_url(row_of(model, stranger)))
        assert page.status_code in (302, 404), model
        assert CANARY not in inside.get(list_url(model)).content.decode(), model


def test_choices_offer_and_take_rows_of_the_entered_company_alone(
    inside: Client, seoul: Cast, stranger: Cast
) -> None:
    offered = inside.get(
        reverse("admin:autocomplete"),
        {"app_label": "bookings", "model_name": "room", "field_name": "building", "term": ""},
    ).json()["results"]
    assert [choice["id"] for choice in offered] == [str(seoul.room.building_id)]

    form = room_form(seoul, building=stranger.room.building_id)
    answer = inside.post(reverse("admin:bookings_room_add"), form)
    assert answer.status_code == 200
    assert "Select a valid choice" in answer.content.decode()


def test_lists_ask_the_same_number_of_questions_however_long(inside: Client, seoul: Cast) -> None:
    fill(seoul)
    before = {model: questions(inside, model) for model in SHOWN}
    for hour in range(11, 17):
        make_booking(seoul.alice, make_room(seoul.company, f"Room {hour}"), start=at(hour))

    assert {model: questions(inside, model) for model in SHOWN} == before


def questions(client: Client, model: type[models.Model]) -> int:
    with CaptureQueriesContext(connection) as asked:
        client.get(list_url(model))
    return len(asked)


def test_bookings_are_looked_at_and_never_changed_here(inside: Client, seoul: Cast) -> None:
    row = fill(seoul)
    for name in ("booking", "occurrence", "outboxentry", "bookingevent"):
        assert inside.get(reverse(f"admin:bookings_{name}_add")).status_code == 403
    assert inside.post(page_url(row), {"status": "cancelled"}).status_code == 403


def test_all_but_a_few_plain_things_are_for_the_services_to_write(
    inside: Client, seoul: Cast
) -> None:
    fill(seoul)
    plain = {"Building", "Floor", "Room", "HouseRules", "Member"}
    for model in SHOWN:
        if model.__name__ not in plain:
            add = f"admin:{model._meta.app_label}_{model._meta.model_name}_add"
            assert inside.get(reverse(add)).status_code == 403, model
            row = page_url(row_of(model, seoul))
            assert inside.post(row, {}).status_code == 403, model
            delete = row.replace("/change/", "/delete/")
            assert inside.post(delete, {"post": "yes"}).status_code == 403, model


def test_what_operators_look_for_is_searched_and_filtered() -> None:
    wanted = {
        "Company", "Member", "Room", "Booking", "Occurrence", "OutboxEntry", "GoogleConnection",
        "CalendarLink", "Channel", "SlackConnection", "SlackChannel", "Reminder",
    }  # fmt: skip
    pages = {model.__name__: page for model, page in admin.site._registry.items()}
    assert wanted <= {name for name, page in pages.items() if page.search_fields}
    assert wanted <= {name for name, page in pages.items() if page.list_filter}


@pytest.mark.parametrize(
    ("action", "does"),
    [
        ("sync_now", {"generation": 2, "failures": 0}),
        ("renew", {"push_supported": True}),
        ("repair", {"sync_token": "", "failures": 0}),
    ],
)
def test_a_calendar_in_trouble_is_helped(
    inside: Client, seoul: Cast, action: str, does: dict[str, Any]
) -> None:
    fill(seoul)
    trouble = {"generation": 1, "failures": 5, "push_supported": False, "sync_token": "old"}
    with company_scope(seoul.company.pk):
        CalendarLink.objects.update(**trouble)
        ids = list(CalendarLink.objects.values_list("pk", flat=True))
    answer = inside.post(list_url(CalendarLink), {"action": action, "_selected_action": ids})
    assert answer.status_code == 302
    with company_scope(seoul.company.pk):
        assert CalendarLink.objects.values(*does).get() == does


def test_a_refused_delivery_gets_another_try(inside: Client, seoul: Cast) -> None:
    fill(seoul)
    with company_scope(seoul.company.pk):
        OutboxEntry.objects.update(state="dead", tries=3, last_error="400")
        OutboxEntry.objects.filter(consumer="reminders").update(state="blocked")
        ids = list(OutboxEntry.objects.values_list("pk", flat=True))

    form = {"action": "retry", "_selected_action": ids}
    answer = inside.post(list_url(OutboxEntry), form, follow=True)

    assert "1 will be tried again." in answer.content.decode()
    with company_scope(seoul.company.pk):
        google, reminders = OutboxEntry.objects.order_by("consumer")
        assert (google.state, google.tries, google.last_error) == ("ok", 0, "")
        assert reminders.state == "blocked"


def test_a_company_is_suspended_and_comes_back_but_is_never_deleted(
    operator: Client, seoul: Cast
) -> None:
    member = sign_in(seoul.alice)
    form = {"_selected_action": [seoul.company.pk]}
    operator.post(list_url(Company), form | {"action": "suspend"})
    assert member.get("/bookings/").status_code == 403

    operator.post(list_url(Company), form | {"action": "resume"})
    assert member.get("/bookings/").status_code == 200

    url = reverse("admin:tenants_company_delete", args=[seoul.company.pk])
    assert operator.post(url, {"post": "yes"}).status_code == 403


def test_leaving_a_company_closes_its_pages(inside: Client, seoul: Cast) -> None:
    assert inside.get(list_url(Room)).status_code == 200

    inside.post(reverse("admin:leave_company"))

    assert inside.get(list_url(Room)).status_code == 403


def test_another_site_cannot_make_the_operator_enter_a_company(
    operator: Client, seoul: Cast
) -> None:
    url = reverse("admin:enter_company", args=[seoul.company.pk])

    assert operator.get(url).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = operator.cookies
    assert strict.post(url).status_code == 403


def test_a_member_and_staff_without_rights_are_refused(seoul: Cast) -> None:
    url = reverse("admin:enter_company", args=[seoul.company.pk])
    assert sign_in(seoul.admin).post(url).headers["Location"].startswith("/admin/login/")

    User.objects.filter(pk=seoul.bob.user_id).update(is_staff=True)
    assert sign_in(seoul.bob).post(url).status_code == 403


def test_sign_in_keeps_its_own_books(operator: Client) -> None:
    index = operator.get("/admin/").content.decode()
    assert "socialaccount" not in index
    assert "/admin/account/" not in index


def test_what_is_changed_about_places_is_logged_and_open_pages_look_again(
    inside: Client, seoul: Cast, redis: Redis, django_capture_on_commit_callbacks: Any
) -> None:
    pages = redis.pubsub()  # type: ignore[no-untyped-call]
    pages.subscribe(channel_of(seoul.company.pk))
    pages.get_message(timeout=5)
    building = {"name": "Tower", "timezone": "Asia/Seoul", "position": "0"}
    for row, form, concerned in (
        (seoul.room, room_form(seoul, google_calendar_id="c_1@x.example"), {seoul.room.pk}),
        (seoul.room.building, building, {seoul.room.pk, seoul.other_room.pk}),
    ):
        with django_capture_on_commit_callbacks(execute=True):
            assert inside.post(page_url(row), form).status_code == 302
        told = pages.get_message(timeout=5)
        assert told
        assert set(json.loads(told["data"])["rooms"]) == concerned
    pages.close()
    with company_scope(seoul.company.pk):
        (entry,) = AuditEntry.objects.all()
    assert (entry.act, entry.door, entry.member_id) == ("rooms.changed", "operator", None)
    assert entry.details["calendar_id"] == ["", "c_1@x.example"]


def test_a_calendar_that_the_operator_gives_is_followed(
    inside: Client, seoul: Cast, monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    nudged: list[str] = []
    monkeypatch.setattr("bookings.outbox.nudge", lambda task, *_rest, **_more: nudged.append(task))
    for calendar in ("c_1@x.example", "c_1@x.example"):
        with django_capture_on_commit_callbacks(execute=True):
            inside.post(page_url(seoul.room), room_form(seoul, google_calendar_id=calendar))
    assert nudged.count("calendars.tasks.sync_room") == 1
