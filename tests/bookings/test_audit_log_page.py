"""Administrators see what happened in the company: to bookings, and to its settings."""

import csv
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bookings.models import BookingEvent, Room
from bookings.web.audit_log.audit_log_views import A_PAGE
from bookings.web.audit_log.log_words import _field_words
from bookings.web.audit_log.reading import Place, Wish, newest
from integrations.models import ApiKey
from tenants.audit_log import note
from tenants.models import AuditEntry
from tenants.scope import company_scope
from tests.bookings.test_query_plans import as_owner, conditions_of
from tests.bookings.test_rooms_page import many, typed
from tests.bookings.test_rules_page import chosen
from tests.conftest import Cast, sign_in
from tests.factories import at, cancel_all, make_booking
from tests.tenants.test_company_page import facts
from tests.tenants.test_logos import picture

LOG = "/settings/audit-log/"
CSV = f"{LOG}csv/"


def lines(client: Client, **query: str) -> list[str]:
    """Each line of the page, as plain text."""
    answer = client.get(LOG, query)
    assert answer.status_code == 200
    items = re.findall(r"<li>\s*<time(.*?)</li>", answer.content.decode(), re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]+>", "", f"<time{item}")).split()) for item in items]


def only(client: Client, **query: str) -> str:
    (line,) = lines(client, **query)
    return line


def older(client: Client, **query: str) -> Iterator[list[Any]]:
    """Page after page, by the links."""
    query_string = "&".join(f"{name}={value}" for name, value in query.items())
    while True:
        answer = client.get(f"{LOG}?{query_string}")
        yield answer.context["lines"]
        found = re.search(r'href="\?([^"]*before=[^"]+)"', answer.content.decode())
        if found is None:
            return
        query_string = unescape(found[1])


def test_a_booking_and_what_became_of_it(seoul: Cast, admin_client: Client) -> None:
    row = make_booking(seoul.alice, seoul.room, title="Design review")
    with company_scope(seoul.company.pk):
        cancel_all(seoul.admin, row.booking)
    cancelled, made = lines(admin_client)
    thing = "Design review · Hangang One · 2026-12-02 10:00"
    assert cancelled == f"2026-12-01 12:00 Admin · cancelled it {thing} Bookings · Roomly"
    assert made == f"2026-12-01 12:00 Alice · booked it {thing} Bookings · Roomly"
    page = admin_client.get(LOG).content.decode()
    assert page.count(f'href="/bookings/{row.public_id}/"') == 2
    assert f'href="{LOG}?who=alice%40hangang.example"' in page
    assert f'href="{LOG}" aria-current="page"' in " ".join(page.split()), "in the navigation"


def test_a_line_of_a_series_leads_to_its_date(seoul: Cast, admin_client: Client) -> None:
    row = make_booking(seoul.alice, seoul.room, recurrence=("RRULE:FREQ=DAILY;COUNT=3",))
    with company_scope(seoul.company.pk):
        dates = list(row.booking.occurrences.order_by("original_start"))
        event = BookingEvent.objects.get()
        event.pk, event.original_start, event.act = None, dates[1].original_start, "changed"
        event.before, event.after = {"room": seoul.room.pk}, {"room": seoul.other_room.pk}
        event.save()
    changed = lines(admin_client)[0]
    assert "2026-12-03 10:00 Room: Hangang One → Hangang Two" in changed
    page = admin_client.get(LOG).content.decode()
    assert f"/bookings/{dates[1].public_id}/" in page
    assert f"/bookings/{dates[0].public_id}/" in page, "of the whole series: its first"


def test_a_private_title_is_seen_as_on_the_page_of_the_booking(
    seoul: Cast, admin_client: Client
) -> None:
    row = make_booking(seoul.alice, seoul.room, title="Offer to Bob", visibility="private")
    detail = admin_client.get(f"/bookings/{row.public_id}/").content.decode()
    assert "Offer to Bob" in detail, "administrators see it there, so they do here"
    assert "Offer to Bob" in only(admin_client)
    for member in (seoul.alice, seoul.bob):
        with company_scope(seoul.company.pk):
            member.role = "room_manager" if member == seoul.bob else "employee"
            member.save()
        for path in (LOG, CSV):
            answer = sign_in(member).get(path)
            assert answer.status_code == 403
            assert "Offer" not in answer.content.decode()


def act_on(client: Client, path: str, form: dict[str, Any]) -> None:
    assert client.post(path, form).status_code in (200, 302)


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        ("room", "Room changed Namsan Name: Hangang One → Namsan Seats: 6 → 8"),
        ("new room", "Room added Seorae Rooms and buildings"),
        ("many", "Room changed Hangang One State: Open → Closed"),
        ("rules", "Rules of the company changed Hangang"),
        ("room rules", "Rules of a room changed Hangang One Minimum notice: 2 h"),
        ("display", "Door display set up Hangang One"),
        ("key", "API key made Lobby What it may do: Read"),
        ("role", "Made an administrator Bob People and roles"),
        ("company", "Company changed Han Name: Hangang → Han Time zone: Asia/Seoul → Asia/Tokyo"),
        ("accent", "Accent colour changed Accent colour: #8800ff"),
        ("logo", "Logo uploaded Company"),
        ("reminders", "Minutes before a meeting: 10 → 15, 5"),
        ("overlaps", "Events in Google that overlap: Keep it, and tell both owners → Decline"),
        ("directory", "Taking over from the directory changed By itself: no → yes"),
    ],
)
def test_what_administrators_change_is_noted_once_with_who_and_what(
    seoul: Cast, admin_client: Client, act: str, expected: str
) -> None:
    room, rules = f"/settings/rooms/{seoul.room.pk}/", "/settings/rules/"
    forms: dict[str, tuple[str, dict[str, Any]]] = {
        "room": (room, typed()),
        "new room": ("/settings/rooms/new/", typed(name="Seorae")),
        "many": ("/settings/rooms/", many(seoul.room, state=Room.State.CLOSED)),
        "rules": (rules, chosen(step="15", private_titles="yes")),
        "room rules": (f"{rules}rooms/{seoul.room.pk}/", chosen(notice_0="2", notice_1="60")),
        "display": (f"/settings/displays/{seoul.room.pk}/", {}),
        "key": ("/settings/api-keys/", {"name": "Lobby", "scopes": "read"}),
        "role": (f"/settings/people/{seoul.bob.pk}/administrator/", {"admin": "yes"}),
        "company": ("/settings/company/", facts(name="Han", timezone="Asia/Tokyo")),
        "accent": ("/settings/company/", {"act": "accent", "accent": "#8800ff"}),
        "reminders": ("/settings/reminders/company/", {"leads": "15, 5", "direct": "on",
                                                       "in_channels": "on", "by_mail": "on"}),
        "overlaps": ("/settings/google/overlaps/", {"policy": "decline"}),
        "directory": ("/settings/rooms/import/", {"act": "setting", "by_itself": "yes"}),
    }  # fmt: skip
    for _twice in range(2):
        if act == "logo":
            file = SimpleUploadedFile("logo.png", picture())
            act_on(admin_client, "/settings/company/", {"act": "logo", "logo": file})
        elif act in ("new room", "key") and _twice:
            continue
        else:
            act_on(admin_client, *forms[act])
    said = only(admin_client)
    assert expected in said
    assert " Admin · " in said
    assert said.endswith("· Roomly")


def test_what_is_taken_back_is_noted_too(seoul: Cast, admin_client: Client) -> None:
    display, person = f"/settings/displays/{seoul.room.pk}/", seoul.bob.pk
    act_on(admin_client, display, {})
    admin_client.post("/settings/api-keys/", {"name": "Lobby", "scopes": "read"})
    admin_client.post(f"/settings/people/{person}/administrator/", {"admin": "yes"})
    with company_scope(seoul.company.pk):
        key = ApiKey.objects.get().pk
    for _twice in range(2):
        admin_client.post(display, {"off": "yes"})
        admin_client.post(f"/settings/api-keys/{key}/revoke/")
        admin_client.post(f"/settings/people/{person}/administrator/", {"admin": "no"})
        admin_client.post("/settings/company/", {"act": "no_logo"})
    said = lines(admin_client)
    assert len(said) == 6
    for words in ("Door display switched off", "API key revoked Lobby", "No administrator any"):
        assert sum(words in line for line in said) == 1


def test_every_value_that_may_change_has_a_name(seoul: Cast, admin_client: Client) -> None:
    act_on(admin_client, f"/settings/rooms/{seoul.room.pk}/", typed(floor="3F", equipment="video"))
    act_on(
        admin_client, "/settings/rules/",
        chosen(hours="own", step="15", horizon="90", private_titles="yes", min_length_0="15",
               max_length_0="60", notice_0="0",
               opens_6="10:00", closes_6="12:00"),
    )  # fmt: skip
    said = " ".join(lines(admin_client))
    assert "Opening hours: Sun 10:00–12:00" in said
    assert "How far ahead: 90 days" in said
    assert "Titles only for the people in a booking: yes" in said
    assert "Equipment: Video conference" in said
    with company_scope(seoul.company.pk):
        names = {name for entry in AuditEntry.objects.all() for name in entry.details}
    assert [name for name in names if _field_words(name) == name] == []


def fill(cast: Cast, *, minutes: int = 10) -> None:
    """One act of each kind, of several people, some minutes apart; the last one is the newest."""
    now = timezone.now()
    make_booking(cast.alice, cast.room, title="Retro", start=at(10))
    make_booking(cast.bob, cast.other_room, title="100% sure", start=at(11))
    with company_scope(cast.company.pk):
        note("keys.made", by=cast.admin, subject="Lobby screen")
        note("rooms.changed", by=cast.bob, subject="Retro room", target=cast.room.pk)
        rows = [*BookingEvent.objects.order_by("pk"), *AuditEntry.objects.order_by("pk")]
    with as_owner() as cursor:
        for number, row in enumerate(reversed(rows)):
            cursor.execute(
                f"UPDATE {row._meta.db_table} SET at = %s WHERE id = %s",
                [now - timedelta(minutes=minutes * number), row.pk],
            )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["Retro room", "Lobby screen", "100% sure", "Retro ·"]),
        ({"who": "bob"}, ["Retro room", "100% sure"]),
        ({"who": "ALICE@hangang"}, ["Retro ·"]),
        ({"who": "nobody"}, []),
        ({"kind": "bookings"}, ["100% sure", "Retro ·"]),
        ({"kind": "keys"}, ["Lobby screen"]),
        ({"kind": "slack"}, []),
        ({"text": "retro"}, ["Retro room", "Retro ·"]),
        ({"text": "%"}, ["100% sure"]),
        ({"text": "Hangang Two"}, ["100% sure"]),
        ({"text": "retro", "who": "bob", "kind": "rooms"}, ["Retro room"]),
        ({"first": "2026-12-01"}, ["Retro room", "Lobby screen"]),
        ({"last": "2026-11-30"}, ["100% sure", "Retro ·"]),
        ({"first": "2026-11-30", "last": "2026-11-30"}, ["100% sure", "Retro ·"]),
        ({"last": "2026-11-29"}, []),
        ({"first": "2026-12-02"}, []),
    ],
)
def test_filters(
    seoul: Cast, admin_client: Client, query: dict[str, str], found: list[str]
) -> None:
    fill(seoul, minutes=8 * 60)  # from noon on the wall of Seoul: 12:00, 04:00, 20:00, 12:00
    said = lines(admin_client, **query)
    assert len(said) == len(found)
    for line, words in zip(said, found, strict=True):
        assert words in line
    table = admin_client.get(CSV, query).content.decode()
    assert len(list(csv.reader(table.splitlines()))) == len(found) + 1


def test_no_filter_is_lost_on_the_way_to_older_lines(seoul: Cast, admin_client: Client) -> None:
    with company_scope(seoul.company.pk):
        for number in range(A_PAGE + 3):
            note("keys.made", by=seoul.bob, subject=f"Key {number}")
            note("keys.made", by=seoul.admin, subject=f"Other {number}")
    pages = list(older(admin_client, who="bob", first="2026-11-01"))
    assert [len(page) for page in pages] == [A_PAGE, 3]
    assert [line.thing for page in pages for line in page] == [
        f"Key {number}" for number in reversed(range(A_PAGE + 3))
    ]


def test_pages_hold_every_line_once_also_of_one_moment(seoul: Cast, admin_client: Client) -> None:
    for hour in range(9, 18):
        make_booking(
            seoul.alice, seoul.room, start=at(hour), title=f"T{hour}",
            recurrence=("RRULE:FREQ=DAILY;COUNT=2",),
        )  # fmt: skip
    with company_scope(seoul.company.pk):
        for number in range(2 * A_PAGE):
            note("keys.made", by=seoul.bob, subject=f"Key {number}")
    things = [line.thing for page in older(admin_client) for line in page]
    assert len(things) == len(set(things)) == 2 * A_PAGE + 9
    with company_scope(seoul.company.pk):
        whole = newest(Wish(), most=1000)
        walked, place = [], None
        while found := newest(Wish(), before=place, most=7):
            walked += found
            place = Place.of(found[-1])
    assert walked == whole


@pytest.mark.parametrize(
    "query",
    [
        {"before": "yesterday"}, {"before": "2026-12-01T00:00:00~0~1"}, {"kind": "crimes"},
        {"before": "2026-12-01T00:00:00+00:00~0~99999999999999999999"}, {"first": "31 Dec"},
        {"first": "2026-12-02", "last": "2026-12-01"}, {"text": "x" * 1000},
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(
    seoul: Cast, admin_client: Client, query: dict[str, str]
) -> None:
    assert admin_client.get(LOG, query).status_code == 422


def test_an_empty_log_says_so(seoul: Cast, admin_client: Client) -> None:
    assert "Nothing like this happened." in admin_client.get(LOG).content.decode()


def test_the_table_is_safe_in_a_spreadsheet(seoul: Cast, admin_client: Client) -> None:
    make_booking(seoul.alice, seoul.room, title='=HYPERLINK("x")')
    act_on(admin_client, f"/settings/rooms/{seoul.room.pk}/", typed())
    answer = admin_client.get(CSV)
    assert 'filename="roomly-audit-log-2026-12-01.csv"' in answer.headers["Content-Disposition"]
    head, changed, made = csv.reader(answer.content.decode("utf-8-sig").splitlines())
    assert head[0] == "When"
    assert changed[:4] == ["2026-12-01 12:00:00", "Admin", "admin@hangang.example", "Roomly"]
    assert changed[7] == "Name: Hangang One → Namsan; Seats: 6 → 8"
    assert made[6].startswith("'=HYPERLINK")


def test_of_another_company_nothing_is_seen(
    seoul: Cast, stranger: Cast, admin_client: Client
) -> None:
    make_booking(stranger.alice, stranger.room, title="Canary")
    with company_scope(stranger.company.pk):
        note("keys.made", by=stranger.admin, subject="Canary")
    for path in (LOG, CSV):
        assert "Canary" not in admin_client.get(path).content.decode()


def test_a_page_costs_as_many_queries_with_fifty_lines_as_with_four(
    seoul: Cast, admin_client: Client
) -> None:
    def cost(**query: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert admin_client.get(LOG, query).status_code == 200
        return len(queries)

    fill(seoul)
    admin_client.get(LOG)
    few = cost()
    for hour in range(8, 22):
        row = make_booking(seoul.bob, seoul.room, start=at(hour, day=5))
        with company_scope(seoul.company.pk):
            cancel_all(seoul.admin, row.booking)
    with company_scope(seoul.company.pk):
        for _number in range(A_PAGE):
            note("keys.made", by=seoul.alice)
    assert cost() <= few <= 9
    assert cost(who="bob", text="e", first="2026-11-01") <= few + 1


def test_of_a_hundred_thousand_lines_a_page_reads_its_own(seoul: Cast) -> None:
    booking = make_booking(seoul.alice, seoul.room).booking
    with company_scope(seoul.company.pk), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bookings_bookingevent (company_id, booking_id, at, member_id, door, act,"
            " before, after) SELECT %s, %s, timestamptz '2026-01-01' + n * interval '1 minute',"
            " %s, 'web', 'changed', '{}', '{}' FROM generate_series(1, 100000) AS n",
            [seoul.company.pk, booking.pk, seoul.alice.pk],
        )
        cursor.execute(
            "INSERT INTO tenants_auditentry (company_id, at, member_id, door, act, subject,"
            " details) SELECT %s, timestamptz '2026-01-01' + n * interval '1 minute', %s, 'web',"
            " 'keys.made', 'x', '{}' FROM generate_series(1, 20000) AS n",
            [seoul.company.pk, seoul.admin.pk],
        )
    with as_owner() as cursor:
        cursor.execute("ANALYZE bookings_bookingevent; ANALYZE tenants_auditentry")
    middle = datetime.fromisoformat("2026-01-10T00:00:00+00:00")
    with company_scope(seoul.company.pk):
        for before in (None, Place(middle, 0, 5000), Place(middle, 1, 5000)):
            with CaptureQueriesContext(connection) as asked:
                assert len(newest(Wish(), before=before, most=A_PAGE + 1)) == A_PAGE + 1
            for query in asked.captured_queries:
                read = rows_read(query["sql"])
                assert read <= 2 * A_PAGE + 10, (before, read, query["sql"])
                found = conditions_of(query["sql"])
                assert any("company_id" in each for each in found)


def rows_read(sql: str) -> int:
    """How many rows of the history a statement really looked at."""
    sql = sql.rpartition("true); ")[2]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        (((explained,),),) = cursor.fetchall()
    return sum(_read(explained["Plan"]))


def _read(plan: Any) -> Iterator[int]:
    if plan.get("Relation Name") in ("bookings_bookingevent", "tenants_auditentry"):
        yield plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
    for part in plan.get("Plans", ()):
        yield from _read(part)
