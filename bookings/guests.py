"""Who is invited to a booking."""

from collections.abc import Iterable

from bookings.drafts import Attendee
from bookings.models import Booking, Participant


def invite(booking: Booking, attendees: Iterable[Attendee]) -> None:
    """Adds people who are not invited yet."""
    rows = [
        Participant(
            company_id=booking.company_id,
            booking=booking,
            email=guest.email,
            name=guest.name,
            optional=guest.optional,
        )
        for guest in attendees
    ]
    if rows:
        Participant.objects.bulk_create(rows)


def replace_guests(booking: Booking, attendees: Iterable[Attendee]) -> None:
    """Makes these the people of the whole booking; who stays keeps their answer."""
    wanted = {guest.email: guest for guest in attendees}
    invited = booking.participants.filter(occurrence=None)
    invited.exclude(email__in=wanted).delete()
    kept = {person.email: person for person in invited}
    for email, person in kept.items():
        guest = wanted[email]
        if (person.name, person.optional) != (guest.name, guest.optional):
            person.name, person.optional = guest.name or person.name, guest.optional
            person.save(update_fields=["name", "optional"])
    invite(booking, [guest for email, guest in wanted.items() if email not in kept])


def copy_guests(source: Booking, part: Booking) -> None:
    """Invites everybody of a booking to a part of it, answers included."""
    people = list(source.participants.filter(occurrence=None))
    for person in people:
        person.pk, person.booking = None, part
    Participant.objects.bulk_create(people)


def invited(booking: Booking) -> tuple[Attendee, ...]:
    """The people of a whole booking, as one would invite them."""
    return tuple(
        Attendee(email=person.email, name=person.name, optional=person.optional)
        for person in booking.participants.filter(occurrence=None)
    )
