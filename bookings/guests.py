"""Who is invited to a booking, and to one date of it."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from typing import Any, Protocol

from django.db.models import F, Q, QuerySet

from bookings.drafts import Attendee
from bookings.many import any_key
from bookings.mirroring.seen import Guest
from bookings.models import Booking, Occurrence, Override, Participant
from bookings.occurrences import with_bit
from tenants.prepared import Prepared


class Invited(Protocol):
    """An invitation, whoever tells of it."""

    @property
    def email(self) -> str: ...

    @property
    def optional(self) -> bool: ...


def guests_of(row: Occurrence) -> list[Participant]:
    """The people of one date, with the answers that count there."""
    return guests_of_dates([row])[row.pk]


def guests_of_dates(rows: Sequence[Occurrence]) -> dict[int, list[Participant]]:
    """The people of each of these dates, in one query: its own list, or that of its series with
    the answers that were given for the date."""
    everybody = _EVERYBODY.all(
        [row.pk for row in rows if row.pk], list({row.booking_id for row in rows})
    )
    shared: dict[int, list[Participant]] = {}
    own: dict[int, dict[str, Participant]] = {}
    for person in everybody:
        if person.occurrence_id is None:
            shared.setdefault(person.booking_id, []).append(person)
        else:
            own.setdefault(person.occurrence_id, {})[person.email] = person
    return {
        row.pk: list(own.get(row.pk, {}).values())
        if row.override_mask & Override.GUESTS
        else [_answering(p, own.get(row.pk, {})) for p in shared.get(row.booking_id, ())]
        for row in rows
    }


def _everybody(dates: list[int], bookings: list[int]) -> QuerySet[Participant]:
    at_all = Q(occurrence=None) | Q(occurrence__in=any_key(dates))
    found: QuerySet[Participant] = Participant.objects.filter(at_all, booking__in=any_key(bookings))
    return found


_EVERYBODY = Prepared(_everybody, [-2], [-3])


def _answering(person: Participant, answers: Mapping[str, Participant]) -> Participant:
    if person.email not in answers:
        return person
    person = copy(person)
    person.response = answers[person.email].response
    return person


def list_of(people: Iterable[Invited]) -> dict[str, bool]:
    """A guest list as it is compared: who, and whether they are free to stay away."""
    return {person.email: person.optional for person in people}


def invited(booking: Booking) -> list[Participant]:
    """The people of a whole booking."""
    return list(booking.participants.filter(occurrence=None))


def mirrored_people(booking: Booking) -> tuple[Guest, ...]:
    """The same as `bookings.mirroring` takes them, answers included."""
    return tuple(
        Guest(person.email, person.name, person.optional, person.response)
        for person in invited(booking)
    )


def pin_guests(rows: Sequence[Occurrence]) -> None:
    """Leaves dates the people whom they have by their series now, whatever becomes of that."""
    rows = [row for row in rows if not row.override_mask & Override.GUESTS]
    people = guests_of_dates(rows)
    Participant.objects.filter(occurrence__in=[row.pk for row in rows]).delete()
    own = []
    for row in rows:
        row.override_mask |= Override.GUESTS
        for person in map(copy, people[row.pk]):
            person.pk, person.occurrence = None, row
            own.append(person)
    Participant.objects.bulk_create(own)
    Occurrence.objects.bulk_update(rows, ["override_mask"])


def claim_guests(row: Occurrence, people: Iterable[Invited]) -> None:
    """Notes whether a date has other people than its series; they are written once it is saved."""
    own = list_of(people) != list_of(invited(row.booking))
    row.override_mask = with_bit(row.override_mask, Override.GUESTS, own)


def invite(
    booking: Booking, attendees: Iterable[Attendee], row: Occurrence | None = None
) -> list[Participant]:
    """Adds people who are not invited yet; returns them."""
    rows = [
        Participant(
            company_id=booking.company_id,
            booking=booking,
            occurrence=row,
            email=guest.email,
            name=guest.name,
            optional=guest.optional,
        )
        for guest in attendees
    ]
    if rows:
        Participant.objects.bulk_create(rows)
    return rows


def replace_guests(
    booking: Booking, attendees: Iterable[Attendee], row: Occurrence | None = None
) -> None:
    """Makes these the people of the whole booking, or of one date; who stays keeps their answer."""
    wanted = {guest.email: guest for guest in attendees}
    known = {person.email: person for person in booking.participants.filter(occurrence=row)}
    if row is not None:
        known |= _taken_along(booking, row, wanted.keys() - known.keys())
    for email, person in known.items():
        if email not in wanted:
            person.delete()
            continue
        guest = wanted[email]
        if (person.name, person.optional) != (guest.name, guest.optional):
            person.name, person.optional = guest.name or person.name, guest.optional
            person.save(update_fields=["name", "optional"])
    invite(booking, [guest for email, guest in wanted.items() if email not in known], row)


def save_guests(row: Occurrence, attendees: Iterable[Attendee]) -> None:
    """Writes the people of one date, for which `claim_guests` has spoken."""
    if row.override_mask & Override.GUESTS:
        replace_guests(row.booking, attendees, row)
    else:
        forget_answers(row.booking)


def _taken_along(
    booking: Booking, row: Occurrence, emails: Iterable[str]
) -> dict[str, Participant]:
    """People of the series who are on a date's own list from now on, with their answers."""
    people = list(booking.participants.filter(occurrence=None, email__in=list(emails)))
    for person in people:
        person.pk, person.occurrence = None, row
    Participant.objects.bulk_create(people)
    return {person.email: person for person in people}


def mirror_guests(booking: Booking, guests: Iterable[Guest], row: Occurrence | None = None) -> None:
    """Makes these the people of the whole booking, or of one date, answers included."""
    wanted = {guest.email: guest for guest in guests}
    booking.participants.filter(occurrence=row).exclude(email__in=wanted).delete()
    Participant.objects.bulk_create(
        [Participant(**values) for values in mirrored_guests(booking, wanted.values(), row)],
        update_conflicts=True,
        unique_fields=["booking", "occurrence", "email"],
        update_fields=["name", "optional", "response"],
    )


def mirrored_guests(
    booking: Booking, guests: Iterable[Guest], row: Occurrence | None = None
) -> list[dict[str, Any]]:
    """The columns of the same people."""
    return [
        {
            "company_id": booking.company_id,
            "booking_id": booking.pk,
            "occurrence_id": row.pk if row else None,
            "email": guest.email,
            "name": guest.name,
            "optional": guest.optional,
            "response": guest.response,
        }
        for guest in guests
    ]


def mirror_guests_of_date(row: Occurrence, guests: Sequence[Guest]) -> None:
    """As `save_guests`, answers included."""
    if row.override_mask & Override.GUESTS:
        mirror_guests(row.booking, guests, row)
    else:
        forget_answers(row.booking)
        note_answers(row.booking, guests, row)


def note_answers(booking: Booking, guests: Iterable[Guest], row: Occurrence | None = None) -> None:
    """Who comes and who does not, to all dates or to one. That is no change of the booking."""
    if row is None or row.override_mask & Override.GUESTS:
        for guest in guests:
            booking.participants.filter(occurrence=row, email=guest.email).exclude(
                response=guest.response
            ).update(response=guest.response)
        return
    known = {person.email: person.response for person in invited(booking)}
    alone = [guest for guest in guests if known.get(guest.email, guest.response) != guest.response]
    mirror_guests(booking, alone, row)


def forget_answers(booking: Booking) -> None:
    """Answers for one date count as long as who gave them is invited there."""
    answers = booking.participants.annotate(
        own=F("occurrence__override_mask").bitand(Override.GUESTS)
    ).filter(own=0)
    answers.exclude(email__in=[person.email for person in invited(booking)]).delete()


def share_guests(row: Occurrence) -> None:
    """The people of the only date of a booking are those of the booking."""
    row.booking.participants.filter(occurrence=None).delete()
    row.booking.participants.filter(occurrence=row).update(occurrence=None)


def copy_guests(source: Booking, part: Booking) -> None:
    """Invites everybody of a booking to a part of it, answers included."""
    people = invited(source)
    for person in people:
        person.pk, person.booking = None, part
    Participant.objects.bulk_create(people)
