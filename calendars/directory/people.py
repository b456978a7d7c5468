"""Who of the organisers still works here: reading the people of a company's directory."""

from collections.abc import Iterable, Sequence

from django.utils import timezone

from bookings.models import Booking
from calendars.directory.reader import USERS_SCOPE, GoogleDirectory
from calendars.directory.rooms import LONGEST, read_part
from calendars.google import Item
from calendars.long_work import Turn, begin
from calendars.models import DirectoryPerson, LongWork
from calendars.work_kinds import PEOPLE
from tenants.models import Member
from tenants.scope import company_scope

State = DirectoryPerson.State


def begin_reading_people(company_id: int, *, by: Member | None = None) -> LongWork:
    """Looks who was suspended, archived or deleted; nothing else changes by that alone."""
    return begin(company_id, PEOPLE, by=by)


def step(turn: Turn) -> None:
    """One page of people; after the last, whom the directory did not name is gone from there."""
    part = read_part(turn, USERS_SCOPE, GoogleDirectory.users, turn.cursor.get("page", ""))
    if part is None:
        return
    done = turn.done + len(part.items)
    with company_scope(turn.company_id):
        organizers = _organizers()
        _store(turn, part.items, organizers)
        domains = {*turn.cursor.get("domains", []), *_domains(part.items)}
        if part.next_page:
            cursor = {**turn.cursor, "page": part.next_page, "domains": sorted(domains)}
            turn.advance(cursor=cursor, done=done)
        else:
            _note_gone(turn, organizers, domains)
            turn.finish(done=done)


def _organizers() -> set[str]:
    """The addresses of members and of whoever has a booking to come, in lower case."""
    ahead = Booking.objects.filter(occurrences__ends_at__gt=timezone.now())
    unknown = ahead.filter(organizer=None).exclude(organizer_email="")
    members = Member.objects.values_list("email", flat=True)
    return {*members, *(each.lower() for each in unknown.values_list("organizer_email", flat=True))}


def _store(turn: Turn, items: Sequence[Item], organizers: set[str]) -> None:
    people = [
        DirectoryPerson(
            email=email,
            name=str(item.get("name", {}).get("fullName", ""))[:LONGEST],
            state=_state(item),
        )
        for item in items
        for email in _addresses(item) & organizers
    ]
    _keep(turn, people)


def _keep(turn: Turn, people: Iterable[DirectoryPerson]) -> None:
    """Stores people as they are now, with the moment since when they are so."""
    found = {person.email: person for person in people}
    before = DirectoryPerson.objects.filter(email__in=found)
    since = {each.email: (each.state, each.changed_at) for each in before}
    for email, person in found.items():
        person.company_id, person.seen_by = turn.company_id, turn.work_id
        state, changed_at = since.get(email, ("", person.changed_at))
        person.changed_at = changed_at if state == person.state else timezone.now()
    DirectoryPerson.objects.bulk_create(
        found.values(),
        update_conflicts=True,
        unique_fields=["company", "email"],
        update_fields=["name", "state", "seen_by", "changed_at"],
    )


def _addresses(item: Item) -> set[str]:
    """Every address of a person: who was renamed keeps the old one as an alias."""
    named = (item.get("primaryEmail", ""), *item.get("aliases", ()),
             *item.get("nonEditableAliases", ()))  # fmt: skip
    return {str(address).lower() for address in named}


def _state(item: Item) -> str:
    if item.get("archived"):
        return State.ARCHIVED
    return State.SUSPENDED if item.get("suspended") else State.ACTIVE


def _domains(items: Sequence[Item]) -> set[str]:
    return {address.partition("@")[2] for item in items for address in _addresses(item)}


def _note_gone(turn: Turn, organizers: set[str], domains: set[str]) -> None:
    """Organisers whom a whole reading did not name, though it named others under their domain.

    So whoever is from elsewhere, or in another directory than the connected one, has not left.
    """
    found = DirectoryPerson.objects.filter(email__in=organizers)
    known = {person.email: person for person in found}
    gone = [
        DirectoryPerson(email=email, name=known[email].name if email in known else "",
                        state=State.GONE)
        for email in organizers
        if email.partition("@")[2] in domains
        and (email not in known or known[email].seen_by != turn.work_id)
    ]  # fmt: skip
    _keep(turn, gone)
    DirectoryPerson.objects.exclude(seen_by=turn.work_id).delete()
