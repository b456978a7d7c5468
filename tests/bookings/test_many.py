"""Rows that are written together: as many as there are, though what they share travels once."""

from bookings import history
from bookings.drafts import Actor
from bookings.many import insert_values
from bookings.models import BookingEvent, Door
from tenants.scope import company_scope
from tests import factories
from tests.conftest import Cast


def test_equal_rows_are_as_many_and_others_keep_their_values(seoul: Cast) -> None:
    booking = factories.make_booking(seoul.alice, seoul.room).booking
    with company_scope(seoul.company.pk):
        BookingEvent.objects.all().delete()
        line = history.line(booking, Actor(Door.GOOGLE), "created", after={"title": "한강"})
        assert insert_values(BookingEvent, []) == []
        keys = insert_values(BookingEvent, [line, line])
        keys += insert_values(BookingEvent, [line, {**line, "act": "changed", "after": {}}])
        rows = BookingEvent.objects.values_list("pk", "act", "after", "member", "at")
        at = line["at"]
        assert list(rows) == [
            (keys[0][0], "created", {"title": "한강"}, None, at),
            (keys[1][0], "created", {"title": "한강"}, None, at),
            (keys[2][0], "created", {"title": "한강"}, None, at),
            (keys[3][0], "changed", {}, None, at),
        ]
