"""Starring rooms."""

from bookings.models import Favourite, Room
from tenants.models import Member


def star(member: Member, room: Room, *, starred: bool) -> None:
    """Gives a room a member's star, or takes it; twice is once."""
    if starred:
        Favourite.objects.bulk_create(
            [Favourite(company_id=member.company_id, member=member, room=room)],
            ignore_conflicts=True,
        )
    else:
        Favourite.objects.filter(member=member, room=room).delete()
