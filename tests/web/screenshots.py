"""Pictures of every page, into .local/screenshots: `make test args=tests/web/screenshots.py`.

Not collected with the tests: pictures are for people to look at.
"""

from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest
from django.template.loader import render_to_string
from django.utils import timezone
from playwright.sync_api import Page

from bookings.access import get_room
from bookings.arranging import RoomFacts, save_room
from bookings.display.links import make_display, token_of
from bookings.errors import RoomTaken
from bookings.holding import hold
from bookings.models import Floor, HouseRules, Occurrence, OutboxEntry, Room
from bookings.spans import Span
from calendars.models import CalendarLink, Channel, GoogleConnection, Refusal
from roomly.error_pages import FAILED
from tenants.look import choose_accent, keep_logo
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking, make_company, make_member, make_room
from tests.tenants.test_logos import picture
from tests.web.conftest import NewPage, Troubles

FOLDER = Path(__file__).parents[2] / ".local" / "screenshots"
WIDTHS = (1440, 1024, 390)
ROOMS = (
    "한강",
    "북악",
    "남산",
    "인왕",
    "관악",
    "청계",
    "도봉",
    "수락",
    "아차",
    "불암",
    "용마",
    "낙산",
)
TITLES = (
    "디자인 리뷰",
    "주간 회의",
    "채용 면접",
    "Design review",
    "Sprint planning",
    "1:1",
    "고객 미팅",
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def furnish(cast: Cast) -> None:
    """Two buildings with floors, and a busy day in every state."""
    chance = Random(7)
    company = cast.company
    people = (cast.alice, cast.bob, cast.admin)
    for number, name in enumerate(ROOMS):
        building = ("본관", "별관")[number // 8]
        room = make_room(
            company, name, building=building, capacity=chance.choice([4, 6, 8, 12, 20]),
            equipment=chance.sample(["video", "screen", "whiteboard", "phone"], 2),
        )  # fmt: skip
        with company_scope(company.pk):
            floor, _made = Floor.objects.get_or_create(
                building=room.building, name=f"{number % 8 // 3 + 2}F",
                defaults={"position": number % 8 // 3 + 2},
            )  # fmt: skip
            room.floor = floor
            room.save()
        for hour in range(12, 20):
            if chance.random() < 0.5:
                minute = chance.choice([15, 30, 45, 0])
                start = at(hour, minute, day=1)
                try:
                    make_booking(
                        chance.choice(people), room, start=start,
                        minutes=chance.choice([25, 30, 45, 60, 90]), title=chance.choice(TITLES),
                        visibility=chance.choice([*["default"] * 5, "private"]),
                    )  # fmt: skip
                except RoomTaken:
                    continue
    with company_scope(company.pk):
        OutboxEntry.objects.filter(consumer="google").update(acked_v=1)
        rows = list(Occurrence.objects.order_by("pk"))
        for row, status in zip(rows[::9], ["pending", "held", "conflicted"], strict=False):
            Occurrence.objects.filter(pk=row.pk).update(status=status)
        OutboxEntry.objects.filter(booking=rows[4].booking).update(desired_v=2)
        OutboxEntry.objects.filter(booking=rows[7].booking, consumer="google").update(
            state="dead", last_error="Google: forbidden"
        )


def fill_week(cast: Cast, room: Room) -> None:
    """The other days of a room's week, one of them very full, and a meeting over midnight."""
    daily = ("RRULE:FREQ=DAILY;COUNT=8",)
    make_booking(cast.alice, room, start=at(9), minutes=30, title="주간 회의", recurrence=daily)
    for hour in (10, 11, 13, 15, 16):
        make_booking(cast.bob, room, start=at(hour, 30, day=3), minutes=25, title="채용 면접")
    make_booking(cast.bob, room, start=at(22, day=4), minutes=240, title="Migration")
    with company_scope(cast.company.pk):
        OutboxEntry.objects.filter(consumer="google", state="ok").update(acked_v=9)


def shoot(page: Page, name: str, *, whole: bool = False) -> None:
    page.wait_for_load_state()
    page.screenshot(path=FOLDER / f"{name}.png", full_page=whole)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("scheme", "language"), [("light", "ko"), ("dark", "en")])
def test_pictures(
    cast: Cast, open_page: NewPage, troubles: Troubles, width: int, scheme: str, language: str
) -> None:
    furnish(cast)
    cast.alice.user.language = language
    cast.alice.user.save()
    look = {"size": {"width": width, "height": 900}, "color_scheme": scheme, "locale": language}
    mark = f"{width}-{scheme}-{language}"
    page = open_page("/", member=cast.alice, **look)
    shoot(page, f"day-{mark}")
    if width > 720:
        page.locator(".bar.mine").first.click()
        page.locator("#booking-facts").wait_for()
        shoot(page, f"day-detail-{mark}")
        page.locator("[data-close]").first.click()
        page.locator("a.book").nth(3).click()
        page.locator("#panel form").wait_for()
        shoot(page, f"day-form-{mark}")
    with company_scope(cast.company.pk):
        mine = Occurrence.objects.select_related("room").filter(booking__organizer=cast.alice)[0]
    fill_week(cast, mine.room)
    for name, path in {
        "form": f"/bookings/new/?room={cast.room.pk}&attendees={cast.bob.email},eve@else.example",
        "detail": f"/bookings/{mine.public_id}/",
        "edit": f"/bookings/{mine.public_id}/edit/",
        "cancel": f"/bookings/{mine.public_id}/cancel/",
        "mine": "/bookings/",
        "mine-past": "/bookings/?when=past",
        "week": f"/rooms/{mine.room_id}/",
        "month": f"/rooms/{mine.room_id}/month/",
    }.items():
        page.goto(path)
        if name == "form":
            page.locator("#free-busy li").first.wait_for()
        shoot(page, f"{name}-{mark}")
    if width > 720:
        page.goto(f"/rooms/{mine.room_id}/")
        page.locator("a.bar.mine").first.click()
        page.locator("#booking-facts").wait_for()
        shoot(page, f"week-detail-{mark}")
    page.goto(f"/bookings/new/?room={mine.room_id}&start=13:00&end=19:00")
    page.locator("#id_title").fill("Retro")
    page.locator("button.primary").click()
    page.locator("#look-refusal").wait_for()
    shoot(page, f"taken-{mark}")
    for name, path in {"login": "/accounts/login/", "refused": "/accounts/login/error/"}.items():
        shoot(open_page(path, **look), f"{name}-{mark}")
    troubles.expect(401, 409)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("scheme", "language"), [("light", "ko"), ("dark", "en")])
def test_pictures_of_a_series(
    cast: Cast, open_page: NewPage, troubles: Troubles, width: int, scheme: str, language: str
) -> None:
    for day, title in ((8, "Retro"), (15, "채용 면접"), (29, "Year's end")):
        make_booking(cast.bob, cast.room, start=at(10, 30, day=day), title=title)
    rule = ("RRULE:FREQ=DAILY;COUNT=12",)
    make_booking(cast.alice, cast.room, start=at(15, day=1), title="주간 회의", recurrence=rule)
    for day in (5, 7):
        make_booking(cast.bob, cast.room, start=at(16, 30, day=day), title="Interview")
    cast.alice.user.language = language
    cast.alice.user.save()
    look = {"size": {"width": width, "height": 1100}, "color_scheme": scheme, "locale": language}
    mark = f"{width}-{scheme}-{language}"
    with company_scope(cast.company.pk):
        mine = Occurrence.objects.filter(booking__organizer=cast.alice).order_by("original_start")
        first, _second, third = mine[:3]
    form = f"/bookings/new/?room={cast.room.pk}&date=2026-12-08&start=10:00&end=11:00"
    page = open_page(form, member=cast.alice, **look)
    page.locator("#id_repeat").select_option("custom")
    page.locator(".undecided").first.wait_for()
    page.locator(".to-decide select").first.select_option(index=1)
    page.locator(".tally .is-skipped").wait_for()
    shoot(page, f"series-new-{mark}", whole=True)
    page.goto(f"/bookings/{third.public_id}/edit/")
    page.locator("#id_title").fill("Finale")
    page.locator("button.primary").click()
    page.locator("button[value=this]").click()
    page.locator("#booking-facts").wait_for()
    edit = f"/bookings/{first.public_id}/edit/"
    page.goto(edit)
    shoot(page, f"series-edit-{mark}", whole=True)
    page.locator("#id_start").fill("16:00")
    page.locator("button.primary").click()
    shoot(page, f"series-scope-{mark}")
    page.locator("button[value=all]").click()
    page.locator(".undecided").first.wait_for()
    shoot(page, f"series-taken-{mark}")
    page.locator("[name=skip_all]").click()
    page.locator(".tally .is-skipped").wait_for()
    page.locator("button.primary").click()
    page.locator(".skipped").wait_for()
    shoot(page, f"series-detail-{mark}")
    page.goto(edit)
    page.locator("#id_repeat").select_option("weekly")
    page.locator("button.primary").click()
    page.locator(".scopes").wait_for()
    shoot(page, f"series-lost-{mark}")
    page.goto(f"/bookings/{first.public_id}/cancel/")
    shoot(page, f"series-cancel-{mark}")
    troubles.expect(409)


def trouble(cast: Cast) -> None:
    """Rooms whose calendars are in every state, and deliveries that Google refused."""
    furnish(cast)
    now = timezone.now()
    with company_scope(cast.company.pk):
        GoogleConnection(
            company=cast.company, kind="oauth", account_email="rooms@hangang.example", secret="x"
        ).save()
        for number, room in enumerate(Room.objects.order_by("pk")[:10]):
            room.google_calendar_id = f"c_{room.pk}@resource.calendar.google.com"
            room.save()
            link = CalendarLink.objects.create(
                room=room, google_calendar_id=room.google_calendar_id, pulled_generation=0,
                last_pull_at=now - timedelta(minutes=number), lags_in=[1, 2, 2, 9 * number],
                lags_out=[1, 1, number + 2], missed_pushes=number // 4,
                last_push_at=now - timedelta(hours=number) if number != 3 else None,
                failures=number == 5, behind_since=now - timedelta(minutes=7),
                next_poll_at=now + timedelta(minutes=1), push_supported=number != 6,
                error="Backend Error" if number == 5 else "",
                state="missing" if number == 7 else "active",
            )  # fmt: skip
            if number % 5 != 3:
                Channel(
                    id=uuid4(), link=link, state="live", expires_at=now + timedelta(days=5)
                ).save(force_insert=True)
        dead = OutboxEntry.objects.filter(state="dead")
        mine = OutboxEntry.objects.filter(consumer="google", booking__organizer=cast.alice)
        dead |= mine.filter(pk__in=list(mine.values_list("pk", flat=True)[:2]))
        for entry in dead.select_related("booking"):
            entry.state, entry.desired_v, entry.last_error = "dead", 9, "Invalid Value"
            entry.error_class = "poison"
            entry.save()
            Refusal.objects.create(
                entry=entry, act="patch", calendar_id="c", event_id="e", answer="Invalid Value",
                reason="forbidden", request={"summary": entry.booking.title},
            )  # fmt: skip


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("scheme", "language"), [("light", "ko"), ("dark", "en")])
def test_pictures_of_google(
    cast: Cast, open_page: NewPage, width: int, scheme: str, language: str
) -> None:
    look = {"size": {"width": width, "height": 900}, "color_scheme": scheme, "locale": language}
    mark = f"{width}-{scheme}-{language}"
    for member in (cast.admin, cast.alice):
        member.user.language = language
        member.user.save()
    page = open_page("/settings/google/health/", member=cast.admin, **look)
    shoot(page, f"google-none-{mark}")
    trouble(cast)
    for name, path in {
        "connection": "/settings/google/",
        "health": "/settings/google/health/",
        "refused": "/settings/google/refused/",
    }.items():
        page.goto(path)
        shoot(page, f"google-{name}-{mark}", whole=True)
    with company_scope(cast.company.pk):
        dates = Occurrence.objects.filter(booking__organizer=cast.alice)
        failed = dates.filter(booking__outbox__state="dead")[0]
    page = open_page(f"/bookings/{failed.public_id}/", member=cast.alice, **look)
    shoot(page, f"google-booking-{mark}", whole=True)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("scheme", "language"), [("light", "ko"), ("dark", "en")])
def test_pictures_of_an_overlap(
    cast: Cast, open_page: NewPage, width: int, scheme: str, language: str
) -> None:
    taken = make_booking(cast.alice, cast.room, start=at(14, day=1), title="디자인 리뷰")
    lost = make_booking(cast.bob, cast.other_room, start=at(14, day=1), title="Lunch")
    make_room(cast.company, "한강")
    with company_scope(cast.company.pk):
        Occurrence.objects.filter(pk=lost.pk).update(status="conflicted", room=cast.room)
    look = {"size": {"width": width, "height": 900}, "color_scheme": scheme, "locale": language}
    mark = f"{width}-{scheme}-{language}"
    for member, row in ((cast.alice, taken), (cast.bob, lost)):
        member.user.language = language
        member.user.save()
        page = open_page(f"/bookings/{row.public_id}/", member=member, **look)
        shoot(page, f"overlap-{member.name or member.pk}-{mark}", whole=True)
        page.goto("/bookings/")
        shoot(page, f"overlap-mine-{member.name or member.pk}-{mark}")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("scheme", "language"), [("light", "ko"), ("dark", "en")])
def test_pictures_of_rules(
    cast: Cast, open_page: NewPage, troubles: Troubles, width: int, scheme: str, language: str
) -> None:
    furnish(cast)
    cast.admin.user.language = language
    cast.admin.user.save()
    week = [540, 1080] * 5 + [0, 0] * 2
    with company_scope(cast.company.pk):
        HouseRules.objects.create(opening_hours=week, max_length=120, step=15)
        HouseRules.objects.create(building=cast.room.building, min_length=30, notice=60)
        HouseRules.objects.create(room=cast.room, opening_hours=[600, 960] * 5 + [0, 0] * 2)
    look = {"size": {"width": width, "height": 900}, "color_scheme": scheme, "locale": language}
    mark = f"{width}-{scheme}-{language}"
    page = open_page("/settings/rules/", member=cast.admin, **look)
    shoot(page, f"rules-{mark}", whole=True)
    page.goto(f"/settings/rules/rooms/{cast.room.pk}/")
    shoot(page, f"rules-room-{mark}", whole=True)
    with company_scope(cast.company.pk):
        for member, room in ((cast.alice, cast.other_room), (cast.bob, cast.room)):
            hold(member=member, room=get_room(room.pk), span=Span(at(13), at(14)), form="one")
    page.goto("/?date=2026-12-02")
    shoot(page, f"rules-day-{mark}")
    page.goto(f"/bookings/new/?room={cast.room.pk}&date=2026-12-02&start=13:00&end=14:00")
    page.locator("#look .refusal").wait_for()
    shoot(page, f"held-{mark}", whole=True)
    page.locator("#id_start").fill("14:30")
    page.locator("#id_start").blur()
    page.locator(".held-note").wait_for()
    shoot(page, f"held-mine-{mark}", whole=True)
    page.goto(f"/bookings/new/?room={cast.room.pk}&date=2026-12-02&start=09:15&end=10:15")
    page.locator("#id_title").fill("Retro")
    page.locator("button.primary").click()
    page.locator(".errorlist").wait_for()
    shoot(page, f"rules-refused-{mark}", whole=True)
    page.goto(f"/bookings/new/?room={cast.other_room.pk}&date=2026-12-02&start=09:15&end=10:15")
    page.locator("#id_repeat").select_option("daily")
    page.locator(".tally").wait_for()
    shoot(page, f"rules-series-{mark}", whole=True)
    troubles.expect(422)


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1024, 600), (600, 1024), (390, 844)])
@pytest.mark.parametrize(("scheme", "language"), [("light", "ko"), ("dark", "en")])
def test_pictures_of_a_door(
    cast: Cast,
    open_page: NewPage,
    troubles: Troubles,
    width: int,
    height: int,
    scheme: str,
    language: str,
) -> None:
    cast.company.language = cast.admin.user.language = language
    cast.company.save()
    cast.admin.user.save()
    look = {"size": {"width": width, "height": height}, "color_scheme": scheme}
    mark = f"{width}-{scheme}-{language}"
    with company_scope(cast.company.pk):
        display = make_display(room=cast.room, by=cast.admin)
    path = f"/display/{token_of(display)}/"
    page = open_page(path, **look)
    shoot(page, f"door-empty-{mark}")
    make_booking(cast.alice, cast.room, start=at(14, day=1), title="디자인 리뷰: 새 예약 화면")
    for hour in (15, 16, 18):
        make_booking(cast.bob, cast.room, start=at(hour, 30, day=1), title="Sprint planning")
    page.goto(path)
    shoot(page, f"door-free-{mark}")
    page.goto(f"{path}?eink=1")
    shoot(page, f"door-eink-free-{mark}")
    title = "주간 회의 Weekly with a rather long name that goes on and on"
    make_booking(cast.alice, cast.room, start=at(12, day=1), minutes=45, title=title)
    page.goto(path)
    shoot(page, f"door-taken-{mark}")
    page.locator("summary").click()
    page.context.set_offline(True)
    page.locator("button").first.click()
    page.locator("#note").wait_for()
    shoot(page, f"door-lost-{mark}")
    page.context.set_offline(False)
    page.goto(f"{path}?eink=1")
    shoot(page, f"door-eink-taken-{mark}")
    page = open_page("/settings/displays/", member=cast.admin, **look)
    shoot(page, f"displays-{mark}", whole=True)
    page.goto(f"/settings/displays/{cast.room.pk}/")
    shoot(page, f"display-{mark}", whole=True)
    page.goto("/settings/rooms/")
    page.locator(".many-rooms summary").click()
    shoot(page, f"rooms-{mark}", whole=True)
    page.goto(f"/settings/rooms/{cast.room.pk}/")
    shoot(page, f"room-settings-{mark}", whole=True)
    troubles.clear()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("scheme", "language"), [("light", "ko"), ("dark", "en")])
def test_pictures_of_the_company(
    cast: Cast, open_page: NewPage, troubles: Troubles, width: int, scheme: str, language: str
) -> None:
    furnish(cast)
    cast.admin.user.language = language
    cast.admin.user.save()
    look = {"size": {"width": width, "height": 900}, "color_scheme": scheme, "locale": language}
    mark = f"{width}-{scheme}-{language}"
    page = open_page("/settings/people/", member=cast.admin, **look)
    shoot(page, f"people-{mark}", whole=True)
    page.goto("/settings/api-keys/")
    page.fill("#id_name", "Lobby screen")
    page.locator("main .primary").click()
    page.locator("#secret:focus").wait_for()
    shoot(page, f"api-keys-{mark}", whole=True)
    page.goto("/settings/webhooks/")
    page.fill("#id_url", "https://receiver.example/hooks")
    page.locator("main .primary").click()
    page.locator("#secret:focus").wait_for()
    shoot(page, f"webhooks-{mark}", whole=True)
    page.locator(".takeover a").click()
    shoot(page, f"webhook-{mark}", whole=True)
    page.goto("/settings/company/")
    shoot(page, f"company-{mark}", whole=True)
    page.locator("[type=color]").fill("#ffd400")
    page.locator("form:has([type=color]) .primary").click()
    page.locator("[aria-invalid=true]").wait_for()
    shoot(page, f"company-refused-{mark}", whole=True)
    with company_scope(cast.company.pk):
        choose_accent("#7a1fa2", by=cast.admin)
        keep_logo(picture((600, 200), colour=(122, 31, 162, 255)), by=cast.admin)
        facts = RoomFacts(name="강당", building="별관", floor="", seats=40, equipment=["video"],
                          state=Room.State.OPEN)  # fmt: skip
        save_room(company=cast.company, room_id=cast.room.pk, facts=facts, by=cast.admin)
    many = "/settings/audit-log/?who=alice"
    for name, path in {
        "company-own": "/settings/company/",
        "company-day": "/",
        "audit-log": "/settings/audit-log/",
        "audit-log-alice": many,
    }.items():
        page.goto(path)
        shoot(page, f"{name}-{mark}")
    troubles.expect(422)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("scheme", "language"), [("light", "ko"), ("dark", "en")])
def test_pictures_of_usage(
    cast: Cast, open_page: NewPage, troubles: Troubles, width: int, scheme: str, language: str
) -> None:
    furnish(cast)
    cast.admin.user.language = language
    cast.admin.user.save()
    with company_scope(cast.company.pk):
        rooms = list(Room.objects.order_by("pk")[2:10])
    for number, room in enumerate(rooms):
        for hour in range(9, 12 + number % 6):
            rule = (f"RRULE:FREQ=DAILY;COUNT={4 + hour % 5 + number}",)
            make_booking(cast.bob, room, start=at(hour), recurrence=rule)
    look = {"size": {"width": width, "height": 900}, "color_scheme": scheme, "locale": language}
    mark = f"{width}-{scheme}-{language}"
    query = "?when=own&first=2026-12-01&last=2026-12-14"
    page = open_page(f"/settings/usage/{query}", member=cast.admin, **look)
    shoot(page, f"usage-{mark}", whole=True)
    page.goto("/settings/usage/?when=own&first=2026-12-14&last=2026-12-01")
    shoot(page, f"usage-wrong-{mark}")
    troubles.expect(422)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("scheme", "language"), [("light", "ko"), ("dark", "en")])
def test_pictures_of_a_start_and_of_trouble(
    server: str, open_page: NewPage, troubles: Troubles, width: int, scheme: str, language: str
) -> None:
    company = make_company(name="Empty", domain="empty.example", language=language)
    admin = make_member(company, "first@empty.example")
    with company_scope(company.pk):
        GoogleConnection.objects.create(kind="oauth", account_email="a@b.example", secret="x")
    look = {"size": {"width": width, "height": 700}, "color_scheme": scheme, "locale": language}
    mark = f"{width}-{scheme}-{language}"
    page = open_page("/", member=admin, **look)
    shoot(page, f"start-{mark}")
    page.goto("/nowhere/")
    shoot(page, f"error-404-{mark}")
    page.set_content(render_to_string("500.html", {"error": FAILED}))
    shoot(page, f"error-500-{mark}")
    troubles.clear()
