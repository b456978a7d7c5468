"""Nobody is disturbed in their quiet hours: told when they end, or just before they begin."""

import random
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from reminders.models import MemberReminders, SlackPerson
from tenants.scope import company_scope
from tests.factories import at, make_booking
from tests.reminders.conftest import Office, People, sweep, tick

pytestmark = pytest.mark.worker
MINUTE = timedelta(minutes=1)
ZONES = ("Asia/Seoul", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")


def quiet(people: People, since: time, until: time, zone: str = "") -> None:
    """Alice's quiet hours, and her clock."""
    office = people.office
    with company_scope(office.company.pk):
        MemberReminders.objects.update_or_create(
            member=office.cast.alice, defaults={"quiet_from": since, "quiet_until": until}
        )
        SlackPerson.objects.update_or_create(
            email=office.cast.alice.email, defaults={"slack_id": people.alice, "timezone": zone}
        )


def fire_at(office: Office) -> datetime:
    office.plan()
    return office.reminder().fire_at


@pytest.mark.parametrize(
    ("since", "until", "told"),
    [
        (time(9), time(9, 55), at(9, 55)),
        (time(9, 50), time(9, 55), at(9, 55)),
        (time(9), time(9, 50), at(9, 50)),
        (time(9), time(10), at(8, 55)),
        (time(22), time(9, 58), at(9, 58)),
        (time(22), time(11), at(21, 55, day=1)),
        (time(22), time(7), at(9, 50)),
        (time(9, 50), time(9, 50), at(9, 50)),
    ],
    ids=str,
)
def test_it_is_told_when_they_end_or_just_before_they_begin(
    people: People, since: time, until: time, told: datetime
) -> None:
    quiet(people, since, until)
    make_booking(people.office.cast.alice, people.office.cast.room, start=at(10))
    assert fire_at(people.office) == told


def test_the_companys_hold_for_who_chose_none_and_on_each_ones_clock(people: People) -> None:
    office = people.office
    office.choose(quiet_from=time(19), quiet_until=time(20, 55))
    quiet(people, time(3), time(3), "America/New_York")
    make_booking(office.cast.alice, office.cast.room, start=at(11))
    assert fire_at(office) == at(10, 50), "the same twice: none"
    with company_scope(office.company.pk):
        MemberReminders.objects.update(quiet_from=None, quiet_until=None)
    make_booking(office.cast.alice, office.cast.other_room, start=at(11))
    office.plan()
    assert {row.fire_at for row in office.reminders()} == {at(10, 50), at(10, 55)}


def test_what_was_held_up_until_they_began_waits_or_is_reported(people: People, clock: Any) -> None:
    """Slack was away until half past ten in the evening."""
    office, cast = people.office, people.office.cast
    quiet(people, time(22), time(7))
    make_booking(cast.alice, cast.room, start=at(8, day=3), reminders=(11 * 60,))
    make_booking(cast.alice, cast.other_room, start=at(6, day=3))
    office.plan()
    assert {row.fire_at for row in office.reminders()} == {at(21), at(21, 55)}
    clock.move_to(at(22, 30))
    sweep()
    assert office.told(people.alice) == []
    early, late = office.reminders()
    assert (early.state, early.lease_until) == ("scheduled", at(7, day=3))
    assert (late.state, late.error) == ("skipped", "quiet_hours")
    clock.move_to(at(7, day=3))
    tick()
    assert "Starts in 1 h" in office.told(people.alice)[0]


def test_two_that_end_up_at_the_same_time_are_told_once(people: People, clock: Any) -> None:
    office = people.office
    quiet(people, time(22), time(9, 55))
    make_booking(office.cast.alice, office.cast.room, start=at(10), reminders=(30, 10))
    office.plan()
    clock.move_to(at(9, 55))
    tick()
    tick()
    assert len(office.told(people.alice)) == 1
    assert sorted(row.state for row in office.reminders()) == ["sent", "skipped"]


def test_the_channel_has_none(office: Office) -> None:
    office.choose(quiet_from=time(9), quiet_until=time(9, 55))
    make_booking(office.cast.alice, office.cast.room, start=at(10))
    assert fire_at(office) == at(9, 50)


def test_a_clock_that_becomes_known_is_followed(people: People, clock: Any) -> None:
    """Slack says that Alice is in New York when she is first asked about."""
    office, cast = people.office, people.office.cast
    office.slack.control.add_user(office.team, cast.admin.email, tz="America/New_York")
    office.choose(quiet_from=time(19), quiet_until=time(20, 57))
    make_booking(cast.admin, cast.room, start=at(10))
    make_booking(cast.admin, cast.room, start=at(11))
    office.plan()
    clock.move_to(at(9, 50))
    tick()
    office.plan()
    assert {row.fire_at for row in office.reminders()} == {at(9, 50), at(10, 57)}


def is_quiet(instant: datetime, zone: ZoneInfo, since: time, until: time) -> bool:
    clock = instant.astimezone(zone).time()
    if since < until:
        return since <= clock < until
    return since > until and (clock >= since or clock < until)


def test_whatever_the_zone_and_the_hours_nothing_is_told_in_them(db: None) -> None:
    """Against a clock that goes minute by minute, around every change of the clocks, too."""
    chance = random.Random(5)
    cases: list[tuple[datetime, datetime, str, time, time]] = []
    for _ in range(1500):
        begins = datetime(2026, 10, 1, tzinfo=UTC) + chance.randrange(250 * 24 * 12) * 5 * MINUTE
        fire = begins - chance.randrange(1, 1500) * MINUTE
        first = chance.randrange(24 * 12) * 5
        last = (first + chance.randrange(1, 22 * 12) * 5) % 1440
        hours = time(*divmod(first, 60)), time(*divmod(last, 60))
        cases.append((fire, begins, chance.choice(ZONES), *hours))
    columns = [list(column) for column in zip(*cases, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reminders_told_at(at, begins, zone, since, until)"
            " FROM unnest(%s::timestamptz[], %s::timestamptz[], %s::text[], %s::time[], %s::time[])"
            " WITH ORDINALITY AS one (at, begins, zone, since, until, number) ORDER BY number",
            columns,
        )
        told = [row[0] for row in cursor.fetchall()]
    moved = 0
    for (fire, begins, name, since, until), at_last in zip(cases, told, strict=True):
        zone = ZoneInfo(name)
        if not is_quiet(fire, zone, since, until):
            assert at_last == fire
            continue
        moved += 1
        assert not is_quiet(at_last, zone, since, until), (fire, begins, name, since, until)
        assert at_last < begins
        if at_last > fire:
            held = int((at_last - fire) / MINUTE)
            loud = [n for n in range(held) if not is_quiet(fire + n * MINUTE, zone, since, until)]
            assert len(loud) <= 60, "as soon as they end, but for an hour that comes twice"
        else:
            ends = fire
            while is_quiet(ends, zone, since, until):
                ends += MINUTE
            assert ends >= begins - timedelta(hours=1), "it would have been too late"
    assert moved > 300
