"""Whatever is booked and asked: no offered time meets a block of its room, buffers included."""

from datetime import timedelta
from random import Random

from bookings.availability import SHIFT, find_rooms, nearest
from bookings.errors import RoomTaken
from bookings.models import Occurrence, Room
from bookings.occurrences import times_in
from bookings.ranking import Wish
from bookings.spans import Span
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking, make_room

MINUTE = timedelta(minutes=1)
ROUNDS = 60


def blocked(room: Room, span: Span) -> bool:
    times = times_in(room, span.starts_at, span.ends_at)
    rows = Occurrence.objects.filter(
        room=room, blocks=True, block_from__lt=times["block_to"], block_to__gt=times["block_from"]
    )
    return bool(rows.exists())


def some_rooms(cast: Cast, dice: Random) -> list[Room]:
    return [
        make_room(
            cast.company, f"R{number}", building=f"B{number % 2}", capacity=dice.randint(2, 12),
            equipment=dice.sample(["video", "screen"], dice.randint(0, 2)),
            timezone=dice.choice(["", "America/New_York", "Asia/Kolkata"]),
            buffer_before=MINUTE * dice.choice([0, 0, 10]),
            buffer_after=MINUTE * dice.choice([0, 5, 30]),
        )
        for number in range(4)
    ]  # fmt: skip


def test_nothing_that_is_offered_is_taken(seoul: Cast) -> None:
    dice = Random(7)
    rooms = some_rooms(seoul, dice)
    for _booking in range(60):
        start = at(0, day=2) + MINUTE * 5 * dice.randrange(12 * 24 * 3)
        minutes = dice.choice([15, 45, 60, 150, 60 * 30])
        try:
            make_booking(seoul.alice, dice.choice(rooms), start=start, minutes=minutes)
        except RoomTaken:
            continue
    offers = 0
    for _round in range(ROUNDS):
        length = MINUTE * dice.choice([15, 30, 60, 240])
        since = at(6, day=2) + MINUTE * 15 * dice.randrange(4 * 24 * 2)
        more = dice.choice([timedelta(), MINUTE * 90, timedelta(days=2)])
        busy = Span(since + MINUTE * 30, since + MINUTE * 40)
        wish = Wish(
            window=Span(since, since + length + more), length=length, seats=dice.randint(1, 8),
            equipment=dice.sample(["video", "screen"], dice.randint(0, 1)),
            busy=[busy] if dice.random() < 0.3 else [],
        )  # fmt: skip
        with company_scope(seoul.company.pk):
            found = find_rooms(company=seoul.company, wish=wish, member=seoul.alice)
            near = nearest(company=seoul.company, wish=wish, member=seoul.alice)
            inside = [(free.room, slot.span) for free in found for slot in free.slots]
            around = [(each.room, each.span) for each in near]
            for room, span in (*inside, *around):
                offers += 1
                assert not blocked(room, span), (room, span, wish)
                assert all(
                    span.ends_at <= one.starts_at or one.ends_at <= span.starts_at
                    for one in wish.busy
                ), (span, wish)
            for _room, span in inside:
                assert span.length == length
                assert since <= span.starts_at
                assert span.ends_at <= wish.window.ends_at
            for _room, span in around:
                assert abs(span.starts_at - since) <= SHIFT + more
            if wish.is_exact and not wish.busy:
                free = {room.pk for room, _span in inside}
                for room in rooms:
                    fits = room.capacity >= wish.seats and set(wish.equipment) <= set(
                        room.equipment
                    )
                    assert (room.pk in free) == (fits and not blocked(room, wish.window)), wish
    assert offers > ROUNDS * 3
