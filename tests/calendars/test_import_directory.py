"""Rooms come from Google's directory: looked at first, then taken over, and read again daily."""

import io
import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from redis import Redis

from bookings.live import channel_of
from bookings.models import Building, Occurrence, Room
from calendars import long_work, tasks
from calendars.directory.plan import (
    BY_ITSELF,
    Adopted,
    DirectoryChanged,
    DirectoryPlan,
    adopt,
    directory_plan,
)
from calendars.directory.rooms import begin_reading_rooms
from calendars.long_work import Turn, run
from calendars.models import DirectoryRoom, LongWork
from tenants.models import AuditEntry, Company
from tenants.scope import company_scope
from tests.calendars.conftest import CALENDARS, Linked
from tests.conftest import Cast, sign_in
from tests.factories import make_booking

pytestmark = pytest.mark.django_db

DOMAIN = "hangang.example"
NEW = "c_new@resource.calendar.google.com"


class Killed(BaseException):
    """As abrupt as it gets inside one process."""


def read(linked: Linked) -> LongWork:
    """The directory, from beginning to end."""
    work = begin_reading_rooms(linked.company_id)
    run(linked.company_id, work.pk)
    with company_scope(linked.company_id):
        found: LongWork = LongWork.objects.get(pk=work.pk)
    return found


def plan(linked: Linked) -> DirectoryPlan:
    with company_scope(linked.company_id):
        return directory_plan(linked.cast.company)


def take_over(linked: Linked, **chosen: Any) -> Adopted:
    with company_scope(linked.company_id):
        return adopt(linked.cast.company, **chosen)


def rooms(linked: Linked) -> dict[str, Room]:
    with company_scope(linked.company_id):
        return {room.name: room for room in Room.objects.select_related("building", "floor")}


def add_room(linked: Linked, calendar: str = NEW, name: str = "Bamseom", **said: Any) -> None:
    place = {"building": "Tower", "floor": "12F", "capacity": 8, "domain": DOMAIN, **said}
    linked.google.control.add_room_calendar(calendar, name, **place)


def test_nothing_is_new_where_both_say_the_same(at_home: Linked) -> None:
    work = read(at_home)
    assert (work.state, work.done, work.total) == ("done", 2, 2)
    found = plan(at_home)
    assert (found.todo, found.same, found.faults) == ([], 2, {})


def test_a_new_room_comes_with_all_that_the_directory_says(at_home: Linked) -> None:
    add_room(at_home, features=["Video Conferencing", "Whiteboard", "Espresso machine, two groups"])
    read(at_home)
    assert "Bamseom" not in rooms(at_home)
    assert [change.room.name for change in plan(at_home).new.values()] == ["Bamseom"]
    assert take_over(at_home) == Adopted(1, 0, 0)
    room = rooms(at_home)["Bamseom"]
    assert (room.building.name, str(room.floor), room.capacity) == ("Tower", "12F", 8)
    assert room.equipment == ["video", "whiteboard", "espresso machine two"]
    assert (room.google_calendar_id, room.zone_name) == (NEW, "Asia/Seoul")
    assert plan(at_home).todo == []


def test_a_change_is_told_field_by_field(at_home: Linked) -> None:
    at_home.google.control.change_room(CALENDARS["One"], name="Yeouido", capacity=12, floor="3F")
    read(at_home)
    (change,) = plan(at_home).changed.values()
    assert change.differences == {
        "name": ("Hangang One", "Yeouido"),
        "capacity": (6, 12),
        "floor": ("", "3F"),
    }
    take_over(at_home)
    room = rooms(at_home)["Yeouido"]
    assert room.pk == at_home.cast.room.pk
    assert (room.capacity, str(room.floor)) == (12, "3F")


def test_a_room_is_known_by_its_address_then_by_its_name(at_home: Linked) -> None:
    with company_scope(at_home.company_id):
        Room.objects.filter(pk=at_home.cast.room.pk).update(google_calendar_id="")
    at_home.google.control.change_room(CALENDARS["Two"], name="Another name")
    read(at_home)
    found = plan(at_home)
    assert found.new == {}
    assert {each.room.pk: list(each.differences) for each in found.changed.values()} == {
        at_home.cast.room.pk: ["calendar_id"],
        at_home.cast.other_room.pk: ["name"],
    }


def test_only_what_is_ticked_is_taken_over(at_home: Linked) -> None:
    add_room(at_home)
    at_home.google.control.change_room(CALENDARS["One"], capacity=12)
    read(at_home)
    take_over(at_home, only=set(plan(at_home).changed))
    assert rooms(at_home)["Hangang One"].capacity == 12
    assert "Bamseom" not in rooms(at_home)


def test_a_plan_that_is_out_of_date_is_not_carried_out(at_home: Linked) -> None:
    add_room(at_home)
    read(at_home)
    seen = plan(at_home).tag
    at_home.google.control.change_room(NEW, capacity=9)
    read(at_home)
    with pytest.raises(DirectoryChanged):
        take_over(at_home, tag=seen)
    assert "Bamseom" not in rooms(at_home)


def test_a_room_that_is_gone_is_closed_and_keeps_its_bookings(at_home: Linked) -> None:
    read(at_home)
    date = make_booking(at_home.cast.alice, at_home.cast.room)
    at_home.google.control.delete_room(CALENDARS["One"])
    read(at_home)
    (gone,) = plan(at_home).gone
    assert (gone.room.pk, gone.bookings) == (at_home.cast.room.pk, 1)
    assert rooms(at_home)["Hangang One"].state == "open", "nothing by itself"
    assert take_over(at_home) == Adopted(0, 0, 1)
    assert rooms(at_home)["Hangang One"].state == "closed"
    with company_scope(at_home.company_id):
        assert Occurrence.objects.get(pk=date.pk).status == "confirmed"
    assert plan(at_home).todo == []


def test_a_room_that_comes_back_is_opened_again(at_home: Linked) -> None:
    read(at_home)
    at_home.google.control.delete_room(CALENDARS["One"])
    read(at_home)
    take_over(at_home)
    with company_scope(at_home.company_id):
        DirectoryRoom.objects.filter(calendar_id=CALENDARS["One"]).update(resource_id="000000009")
    add_room(at_home, "c_x@resource.calendar.google.com", "X")  # takes the number 3
    at_home.google.control.add_room_calendar(
        CALENDARS["One"], "Hangang One", domain=DOMAIN, building="Main", capacity=6
    )
    with company_scope(at_home.company_id):
        DirectoryRoom.objects.filter(calendar_id=CALENDARS["One"]).update(resource_id="000000004")
    read(at_home)
    (change,) = plan(at_home).changed.values()
    assert change.differences == {"state": ("closed", "open")}
    take_over(at_home)
    assert rooms(at_home)["Hangang One"].state == "open"


def test_a_room_that_was_never_in_the_directory_is_left_alone(at_home: Linked) -> None:
    with company_scope(at_home.company_id):
        Room.objects.create(
            building=at_home.cast.room.building, name="Garden", capacity=2,
            google_calendar_id="garden@group.calendar.google.com",
        )  # fmt: skip
    read(at_home)
    assert plan(at_home).gone == []


def test_an_empty_directory_closes_nothing(at_home: Linked) -> None:
    read(at_home)
    for calendar in CALENDARS.values():
        at_home.google.control.delete_room(calendar)
    work = read(at_home)
    assert (work.state, "not one room" in work.reason) == ("failed", True)
    assert plan(at_home).gone == []


def test_what_cannot_be_a_room_is_left_out_with_its_reason(at_home: Linked) -> None:
    add_room(at_home)
    at_home.google.control.change_room(NEW, category="OTHER")
    add_room(at_home, "c_1@resource.calendar.google.com", "Nobody knows")
    at_home.google.control.change_room("c_1@resource.calendar.google.com", capacity=0)
    add_room(at_home, "c_2@resource.calendar.google.com", "Twin")
    add_room(at_home, "c_3@resource.calendar.google.com", "Twin")
    read(at_home)
    found = plan(at_home)
    assert sorted(found.names[key] for key in found.faults) == ["Nobody knows", "Twin", "Twin"]
    assert "for how many people" in str(found.faults)
    assert (found.new, found.same) == ({}, 2)


def test_a_building_with_a_new_name_keeps_its_hours(at_home: Linked) -> None:
    with company_scope(at_home.company_id):
        Building.objects.filter(name="Main").update(timezone="Asia/Tokyo")
    for calendar in CALENDARS.values():
        at_home.google.control.change_room(calendar, building="Head office")
    read(at_home)
    take_over(at_home)
    assert {room.zone_name for room in rooms(at_home).values()} == {"Asia/Tokyo"}


def test_rooms_without_building_are_in_the_company_s(at_home: Linked) -> None:
    add_room(at_home, building="", floor="")
    at_home.google.control.change_room(CALENDARS["One"], building="")
    read(at_home)
    assert plan(at_home).changed == {}
    take_over(at_home)
    assert rooms(at_home)["Bamseom"].building.name == "Hangang"


def many_rooms(linked: Linked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calendars.directory.reader.PAGE_SIZE", 2)
    for number in range(5):
        add_room(linked, f"c_{number}@resource.calendar.google.com", f"Room {number}")


def test_killed_between_pages_it_goes_on_from_there(
    at_home: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    many_rooms(at_home, monkeypatch)
    work = begin_reading_rooms(at_home.company_id)
    real, steps = Turn.advance, []

    def advance(turn: Turn, **values: Any) -> None:
        steps.append(values)
        if len(steps) == 3:
            raise Killed
        real(turn, **values)

    with monkeypatch.context() as patch:
        patch.setattr(Turn, "advance", advance)
        patch.setattr(long_work, "_release", lambda *_: None)
        with pytest.raises(Killed):
            run(at_home.company_id, work.pk)
    at_home.forget_calls()
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False):
        run(at_home.company_id, work.pk)
    listed = at_home.google.control.counts()["directory.resources.calendars.list"]
    assert listed == 3, "of four pages the first is not read again"
    assert len(plan(at_home).new) == 5


def test_a_page_token_that_died_begins_anew_once(
    at_home: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    many_rooms(at_home, monkeypatch)
    real, worthless = Turn.advance, [True]

    def advance(turn: Turn, **values: Any) -> None:
        if values["done"] == 2 and worthless.pop(0):
            values["cursor"] = {**values["cursor"], "page": "worthless"}
        real(turn, **values)

    monkeypatch.setattr(Turn, "advance", advance)
    worthless[:] = [True, False]
    assert read(at_home).state == "done"
    assert len(plan(at_home).new) == 5
    worthless[:] = [True, True]
    assert read(at_home).state == "failed"


@pytest.mark.worker
def test_every_day_it_is_read_again_and_only_listed(at_home: Linked) -> None:
    add_room(at_home)
    assert begun(at_home) == ["people", "rooms"], "at once after connecting"
    finish_all(at_home)
    days = [hours for hours in range(1, 72) if begun_after(at_home, hours) == ["people", "rooms"]]
    first, *more = days
    assert 12 <= first < 36
    assert more == [first + 24] or more == [first + 24, first + 48]
    assert [change.room.name for change in plan(at_home).new.values()] == ["Bamseom"]
    assert "Bamseom" not in rooms(at_home)


def begun_after(linked: Linked, hours: int) -> list[str]:
    with time_machine.travel(timezone.now() + timedelta(hours=hours), tick=False):
        kinds = begun(linked)
        finish_all(linked)
    return kinds


def begun(linked: Linked) -> list[str]:
    with company_scope(linked.company_id):
        before = set(LongWork.objects.values_list("pk", flat=True))
    tasks.refresh_directories()
    with company_scope(linked.company_id):
        fresh = LongWork.objects.exclude(pk__in=before)
        return sorted(fresh.values_list("kind", flat=True))


def finish_all(linked: Linked) -> None:
    with company_scope(linked.company_id):
        works = list(LongWork.objects.filter(kind__in=("rooms", "people"), finished_at=None))
    for work in works:
        run(linked.company_id, work.pk)


def test_a_company_may_have_changes_taken_over_but_no_room_closed(at_home: Linked) -> None:
    client = sign_in(at_home.cast.admin)
    read(at_home)
    client.post("/settings/rooms/import/", {"act": "setting", "by_itself": "yes"})
    assert Company.objects.get(pk=at_home.company_id).settings[BY_ITSELF] is True
    add_room(at_home)
    at_home.google.control.delete_room(CALENDARS["One"])
    read(at_home)
    assert "Bamseom" in rooms(at_home)
    assert rooms(at_home)["Hangang One"].state == "open"
    assert len(plan(at_home).gone) == 1
    assert logged(at_home)[-1] == ("rooms.made", "Bamseom", "rule", None)


def logged(linked: Linked) -> list[tuple[str, str, str, int | None]]:
    """What the audit log says of rooms."""
    with company_scope(linked.company_id):
        rows = AuditEntry.objects.filter(act__startswith="rooms.").order_by("pk")
        return list(rows.values_list("act", "subject", "door", "member"))


def page(client: Client) -> str:
    return client.get("/settings/rooms/import/").content.decode()


def test_the_page_shows_what_would_change_and_does_it(at_home: Linked) -> None:
    client = sign_in(at_home.cast.admin)
    assert "Read the directory" in page(client)
    client.post("/settings/rooms/import/", {"act": "read"})
    add_room(at_home)
    at_home.google.control.change_room(CALENDARS["One"], capacity=12)
    read(at_home)
    shown = page(client)
    assert "Bamseom" in shown
    assert "<s>6</s> → 12" in shown
    found = plan(at_home)
    answer = client.post(
        "/settings/rooms/import/",
        {"act": "adopt", "tag": found.tag, "take": found.todo},
        follow=True,
    )
    assert "1 new room · 1 room changed" in answer.content.decode()
    assert rooms(at_home)["Bamseom"].capacity == 8
    assert at_home.has_calendar(rooms(at_home)["Bamseom"])
    stale = client.post(
        "/settings/rooms/import/", {"act": "adopt", "tag": found.tag, "take": []}, follow=True
    )
    assert "changed in the meantime" in stale.content.decode()
    assert "All 3 rooms of the directory" in page(client)
    admin = at_home.cast.admin.pk
    assert sorted(logged(at_home)) == [
        ("rooms.changed", "Hangang One", "web", admin), ("rooms.made", "Bamseom", "web", admin)
    ]  # fmt: skip


def test_open_pages_are_told_of_the_rooms_that_are_other_ones_now(
    at_home: Linked, redis: Redis, django_capture_on_commit_callbacks: Any
) -> None:
    read(at_home)
    pages = redis.pubsub()  # type: ignore[no-untyped-call]
    pages.subscribe(channel_of(at_home.company_id))
    pages.get_message(timeout=5)
    at_home.google.control.change_room(CALENDARS["One"], capacity=12)
    at_home.google.control.delete_room(CALENDARS["Two"])
    read(at_home)
    with django_capture_on_commit_callbacks(execute=True):
        take_over(at_home)
    told = pages.get_message(timeout=5)
    assert told
    changed = [at_home.cast.room.pk, at_home.cast.other_room.pk]
    assert json.loads(told["data"]) == {"rooms": sorted(changed), "days": []}
    pages.close()
    assert [each[:2] for each in logged(at_home)] == [
        ("rooms.changed", "Hangang One"), ("rooms.changed", "Hangang Two")
    ]  # fmt: skip


def test_it_is_for_administrators_of_this_company(at_home: Linked, stranger: Cast) -> None:
    add_room(at_home)
    read(at_home)
    assert sign_in(at_home.cast.alice).get("/settings/rooms/import/").status_code == 403
    theirs = sign_in(stranger.admin)
    assert "Bamseom" not in page(theirs)
    with company_scope(at_home.company_id):
        resource = DirectoryRoom.objects.get(name="Bamseom").resource_id
    theirs.post("/settings/rooms/import/", {"act": "adopt", "take": [resource]})
    assert "Bamseom" not in rooms(at_home)


def command(linked: Linked, **options: Any) -> list[str]:
    printed = io.StringIO()
    call_command("import_directory", company=linked.company_id, stdout=printed, **options)
    return printed.getvalue().splitlines()


def test_the_command_says_and_does_the_same(at_home: Linked) -> None:
    read(at_home)
    add_room(at_home)
    at_home.google.control.change_room(CALENDARS["One"], capacity=12)
    at_home.google.control.delete_room(CALENDARS["Two"])
    told = [
        "The rooms of the directory were read: Done · 2 of 2",
        "new        Tower / Bamseom",
        "changed    Main / Hangang One: capacity 6 → 12",
        "gone       Main / Hangang Two: 0 dates to come",
        "1 new, 1 changed, 1 gone, 0 unchanged, 0 left out.",
    ]
    dry = command(at_home, dry_run=True)
    assert dry == [*told[:-1], f"{told[-1]} Nothing was written: this was a dry run."]
    assert "Bamseom" not in rooms(at_home)
    assert command(at_home) == told
    assert rooms(at_home)["Hangang Two"].state == "closed"
    with pytest.raises(CommandError, match="no company"):
        call_command("import_directory", company=999_999)
