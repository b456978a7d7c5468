"""The screen at a room's door: who has it now and next, and what one press does."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from bookings.display.links import make_display, switch_off, token_of
from bookings.drafts import Actor
from bookings.holding import hold
from bookings.models import Booking, BookingEvent, Display, Door, HouseRules, Occurrence, Room
from bookings.spans import Span
from tenants.scope import company_scope
from tests.conftest import Cast, make_cast
from tests.factories import as_signed_in, at, make_booking

NOON = at(12, day=1)
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


def link_to(cast: Cast, room: Room | None = None) -> str:
    with company_scope(cast.company.pk):
        display = make_display(room=room or cast.room, by=cast.admin)
        return f"/display/{token_of(display)}/"


@pytest.fixture
def door(seoul: Cast) -> str:
    """The display's path of a room in Seoul; it is a Tuesday noon."""
    return link_to(seoul)


@pytest.fixture
def tablet() -> Client:
    """A browser in which nobody has signed in, and that would be stopped for want of a token."""
    return Client(enforce_csrf_checks=True)


Press = Callable[..., Any]


@pytest.fixture
def press(tablet: Client, door: str) -> Press:
    """Presses a button of what the display shows now, or of a page that it showed before."""

    def pressed(act: str, *, on: str = "", **more: Any) -> Any:
        page = on or tablet.get(door).content.decode()
        form = next(each for each in page.split("<form")[1:] if f'value="{act}"' in each)
        return tablet.post(door, {**dict(HIDDEN.findall(form.split("</form>")[0])), **more})

    return pressed


def words(page: Any) -> str:
    """What a page says, without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def dates_of(cast: Cast, room: Room | None = None) -> list[Occurrence]:
    with company_scope(cast.company.pk):
        rows = Occurrence.objects.filter(room=room or cast.room).select_related("booking")
        return list(rows.order_by("starts_at"))


def rule(cast: Cast, **rules: Any) -> None:
    with company_scope(cast.company.pk):
        HouseRules.objects.create(**rules)


def test_says_who_has_the_room_and_who_is_next(seoul: Cast, tablet: Client, door: str) -> None:
    make_booking(seoul.alice, seoul.room, start=at(11, 45, day=1), title="Retro")
    make_booking(seoul.bob, seoul.room, start=at(15, day=1), title="Planning")
    make_booking(seoul.bob, seoul.room, start=at(9, day=2), title="Tomorrow")
    make_booking(seoul.bob, seoul.other_room, start=NOON, title="Elsewhere")
    said = words(tablet.get(door))
    assert "In use until 12:45 Retro 11:45–12:45 · Alice" in said
    assert "Next 15:00–16:00 Planning Bob" in said
    assert "Tomorrow" not in said
    assert "Elsewhere" not in said


def test_a_free_room_says_until_when(seoul: Cast, tablet: Client, door: str) -> None:
    assert "Free for the rest of the day" in words(tablet.get(door))
    make_booking(seoul.alice, seoul.room, start=at(12, 40, day=1))
    said = words(tablet.get(door))
    assert "Free until 12:40" in said
    assert "15 min until 12:15 30 min until 12:30" in said
    assert "60 min" not in said, "only as long as it is free"


def test_books_from_now_on_and_history_says_that_it_was_the_door(
    seoul: Cast, tablet: Client, door: str, press: Press
) -> None:
    answer = press("book", minutes=30)
    assert (answer.status_code, answer["Location"]) == (303, door)
    (row,) = dates_of(seoul)
    assert (row.starts_at, row.ends_at) == (NOON, at(12, 30, day=1))
    assert row.booking.organizer is None
    with company_scope(seoul.company.pk):
        event = BookingEvent.objects.get()
    assert (event.door, event.member) == (Door.KIOSK, None)
    assert "In use until 12:30 Booked at the door" in words(tablet.get(door))


def test_a_double_press_is_one_booking(
    seoul: Cast, tablet: Client, door: str, press: Press
) -> None:
    page = tablet.get(door).content.decode()
    assert press("book", on=page, minutes=15).status_code == 303
    assert press("book", on=page, minutes=15).status_code == 303, "as if it were the first"
    assert len(dates_of(seoul)) == 1


def test_who_was_slower_than_somebody_else_is_told(
    seoul: Cast, tablet: Client, door: str, press: Press
) -> None:
    page = tablet.get(door).content.decode()
    make_booking(seoul.alice, seoul.room, start=NOON)
    answer = press("book", on=page, minutes=15)
    assert answer.status_code == 409
    assert "already taken" in words(answer)
    assert "In use until 13:00" in words(answer), "how it is now"
    assert len(dates_of(seoul)) == 1


def test_stays_longer_as_far_as_the_room_is_free(
    seoul: Cast, tablet: Client, door: str, press: Press
) -> None:
    make_booking(seoul.alice, seoul.room, start=NOON, minutes=30)
    make_booking(seoul.bob, seoul.room, start=at(13, day=1))
    said = words(tablet.get(door))
    assert "+15 min until 12:45 +30 min until 13:00" in said
    assert "+60" not in said
    page = tablet.get(door).content.decode()
    for _twice in range(2):
        assert press("longer", on=page, minutes=15).status_code == 303
    assert dates_of(seoul)[0].ends_at == at(12, 45, day=1)
    assert press("longer", minutes=60).status_code == 409


def test_a_date_of_a_series_that_ends_early_leaves_the_others(
    seoul: Cast, tablet: Client, door: str, press: Press
) -> None:
    weekly = ("RRULE:FREQ=WEEKLY;COUNT=3",)
    make_booking(seoul.alice, seoul.room, start=at(11, 45, day=1), recurrence=weekly)
    assert press("end").status_code == 303
    first, second, _third = dates_of(seoul)
    assert first.ends_at == at(12, 1, day=1), "the minute that is running"
    assert second.ends_at - second.starts_at == first.booking.duration
    with time_machine.travel(at(12, 1, day=1), tick=False):
        assert "Free for the rest of the day" in words(tablet.get(door))


def test_what_has_changed_since_it_was_shown_is_not_touched(
    seoul: Cast, tablet: Client, door: str, press: Press
) -> None:
    row = make_booking(seoul.alice, seoul.room, start=at(11, 45, day=1))
    page = tablet.get(door).content.decode()
    with company_scope(seoul.company.pk):
        Occurrence.objects.update(version=7)
    for act in ("longer", "end"):
        assert press(act, on=page, minutes=15).status_code == 412
    assert dates_of(seoul)[0].ends_at == row.ends_at


def test_house_rules_hold_at_the_door(seoul: Cast, tablet: Client, door: str) -> None:
    rule(seoul, opening_hours=[540, 780] * 7, max_length=30, step=15)
    said = words(tablet.get(door))
    assert "Free until 13:00" in said
    assert "30 min until 12:30" in said
    assert "60 min" not in said
    with time_machine.travel(at(12, 7, day=1), tick=False):
        assert "15 min until 12:15" in words(tablet.get(door)), "on the step that is running"
    with time_machine.travel(at(8, day=1), tick=False):
        said = words(tablet.get(door))
        assert "Closed opens at 09:00" in said
        assert "Book it now" not in said


def test_a_room_to_be_booked_ahead_says_why_it_cannot_be_booked_now(
    seoul: Cast, tablet: Client, door: str
) -> None:
    rule(seoul, notice=60)
    said = words(tablet.get(door))
    assert "To be booked at least 1 h ahead (rule of the company)" in said
    assert "Book it now" not in said


def test_a_meeting_ends_no_earlier_than_the_rules_allow(
    seoul: Cast, tablet: Client, door: str, press: Press
) -> None:
    make_booking(seoul.alice, seoul.room, start=at(11, 45, day=1), minutes=60)
    rule(seoul, step=15)
    assert "it ends at 12:15" in words(tablet.get(door))
    assert press("end").status_code == 303
    assert dates_of(seoul)[0].ends_at == at(12, 15, day=1)
    assert "End the meeting" not in words(tablet.get(door))


def test_a_meeting_that_goes_on_may_end_before_it_was_long_enough_to_be_booked(
    seoul: Cast, tablet: Client, door: str, press: Press
) -> None:
    make_booking(seoul.alice, seoul.room, start=at(11, 55, day=1), minutes=30)
    rule(seoul, min_length=30)
    assert "it ends at 12:01" in words(tablet.get(door))
    assert press("end").status_code == 303
    assert dates_of(seoul)[0].ends_at == at(12, 1, day=1)


def test_buffers_of_the_room_are_kept_free(seoul: Cast, tablet: Client, door: str) -> None:
    seoul.room.buffer_after = timedelta(minutes=10)
    with company_scope(seoul.company.pk):
        seoul.room.save()
    make_booking(seoul.alice, seoul.room, start=at(13, day=1))
    assert "Free until 12:50" in words(tablet.get(door))
    with time_machine.travel(at(12, 55, day=1), tick=False):
        assert "Kept free until 13:00" in words(tablet.get(door))
    with time_machine.travel(at(14, 5, day=1), tick=False):
        said = words(tablet.get(door))
        assert "Kept free until 14:10" in said
        assert "Book it now" not in said


def test_a_time_that_somebody_is_booking_is_not_offered(
    seoul: Cast, tablet: Client, door: str, press: Press
) -> None:
    page = tablet.get(door).content.decode()
    with company_scope(seoul.company.pk):
        member = as_signed_in(seoul.alice)
        hold(member=member, room=seoul.room, span=Span(NOON, at(13, day=1)), form="one")
    said = words(tablet.get(door))
    assert "Being booked" in said
    assert "Book it now" not in said
    assert press("book", on=page, minutes=15).status_code == 409


@pytest.mark.parametrize("hushed", [False, True])
def test_private_words_are_not_for_passers_by(
    seoul: Cast, tablet: Client, door: str, hushed: bool
) -> None:
    if hushed:
        rule(seoul, private_titles=True)
    visibility = Booking.Visibility.DEFAULT if hushed else Booking.Visibility.PRIVATE
    for hour in (12, 15):
        make_booking(
            seoul.bob, seoul.room, start=at(hour, day=1), title="Layoffs", visibility=visibility
        )
    said = words(tablet.get(door))
    assert "Layoffs" not in said
    assert "Bob" not in said
    assert said.count("Private") == 2


def test_a_closed_room_takes_no_bookings(seoul: Cast, tablet: Client, door: str) -> None:
    with company_scope(seoul.company.pk):
        Room.objects.update(state=Room.State.CLOSED)
    said = words(tablet.get(door))
    assert "Closed This room takes no bookings at the moment." in said
    assert "Book it now" not in said


def test_an_unchanged_display_is_not_sent_again(seoul: Cast, tablet: Client, door: str) -> None:
    tag = tablet.get(door)["ETag"]
    again = {"if-none-match": tag}
    assert tablet.get(door, headers=again).status_code == 304
    make_booking(seoul.alice, seoul.room, start=at(18, day=1))
    assert tablet.get(door, headers=again).status_code == 200
    with time_machine.travel(at(12, 1, day=1), tick=False):
        assert tablet.get(door)["ETag"] not in (tag, "")


def test_forged_links_open_nothing(seoul: Cast, stranger: Cast, tablet: Client, door: str) -> None:
    token = door.split("/")[2]
    company, display, signature = token.split(".")
    theirs = link_to(stranger).split("/")[2].split(".")
    for forged in (
        f"{company}.{display}.{'A' * 43}", f"{company}.{int(display) + 1}.{signature}",
        f"{theirs[0]}.{theirs[1]}.{signature}", f"{company}.{theirs[1]}.{theirs[2]}",
        f"{company}.{display}", "x", "9" * 400, f"{company}.{display}.{signature}x",
    ):  # fmt: skip
        for answer in (tablet.get(f"/display/{forged}/"), tablet.post(f"/display/{forged}/")):
            assert answer.status_code == 404
    assert tablet.get(door).status_code == 200


def test_a_display_that_was_switched_off_never_comes_back(
    seoul: Cast, tablet: Client, door: str
) -> None:
    with company_scope(seoul.company.pk):
        switch_off(seoul.room)
    assert tablet.get(door).status_code == 404
    assert link_to(seoul) != door
    assert tablet.get(door).status_code == 404
    assert tablet.post(door, {"act": "book", "minutes": "15", "seen": "0"}).status_code == 404
    assert dates_of(seoul) == []


def test_a_display_reaches_its_own_room_alone(
    seoul: Cast, stranger: Cast, tablet: Client, door: str
) -> None:
    rows = [
        make_booking(seoul.alice, seoul.other_room, start=at(11, 45, day=1)),
        make_booking(stranger.alice, stranger.room, start=at(11, 45, day=1), timezone="Asia/Seoul"),
    ]
    for row in rows:
        form = {"date": str(row.public_id), "version": "1-1", "minutes": "15"}
        for act in ("longer", "end"):
            assert tablet.post(door, {"act": act, **form}).status_code == 412
    assert dates_of(seoul, seoul.other_room)[0].ends_at == rows[0].ends_at
    assert dates_of(stranger)[0].ends_at == rows[1].ends_at


@pytest.mark.parametrize(
    "sent",
    [
        {"act": "book", "minutes": "17", "seen": "0"},
        {"act": "book", "minutes": "15", "seen": "x\x00"},
        {"act": "end", "date": "nothing", "version": "1-1"},
        {"act": "paint"},
        {},
    ],
)
def test_what_no_button_sends_does_nothing(
    seoul: Cast, tablet: Client, door: str, sent: dict[str, str]
) -> None:
    assert tablet.post(door, sent).status_code in (409, 422)
    assert dates_of(seoul) == []


def test_the_secret_stays_in_the_address(tablet: Client, door: str) -> None:
    answer = tablet.get(door)
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-cache" in answer["Cache-Control"]
    token = door.split("/")[2]
    assert token not in answer.content.decode()
    assert not answer.cookies


def test_a_suspended_company_is_told_so_and_comes_back(
    seoul: Cast, tablet: Client, door: str, press: Press
) -> None:
    page = tablet.get(door).content.decode()
    seoul.company.suspended_at = NOON
    seoul.company.save()
    answer = tablet.get(door)
    assert (answer.status_code, "Switched off" in words(answer)) == (403, True)
    assert press("book", on=page, minutes=15).status_code == 403
    assert dates_of(seoul) == []


def test_speaks_the_companys_language(tablet: Client, db: None) -> None:
    cast = make_cast("Namsan", "namsan.example", timezone="Asia/Seoul", language="ko")
    page = tablet.get(link_to(cast), headers={"accept-language": "en"}).content.decode()
    assert '<html lang="ko"' in page
    assert "비어 있음" in page


def test_electronic_paper_keeps_its_looks_after_a_press(
    seoul: Cast, tablet: Client, door: str
) -> None:
    assert 'class="eink"' in tablet.get(f"{door}?eink=1").content.decode()
    form = {"act": "book", "minutes": "15", "seen": "0"}
    assert tablet.post(f"{door}?eink=1", form)["Location"] == f"{door}?eink=1"


def test_history_tells_that_somebody_at_the_door_did_it(
    seoul: Cast, alice_client: Client, press: Press
) -> None:
    row = make_booking(seoul.alice, seoul.room, start=at(11, 45, day=1))
    press("end")
    page = alice_client.get(f"/bookings/{row.public_id}/").content.decode()
    assert "Somebody at the door changed it" in " ".join(page.split())
    assert "(Door display)" in page
    with company_scope(seoul.company.pk):
        assert Actor(Door.KIOSK).may_change(row.booking)
        assert Display.objects.get().seen_at == NOON
