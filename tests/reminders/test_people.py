"""Who somebody in Slack is here: by an address confirmed in the company's own workspace alone."""

from typing import Any

import pytest

from reminders.models import SlackConnection, SlackPerson
from reminders.people import member_of, person_of
from standins.slack.model import User
from tenants.models import Member
from tenants.scope import company_scope
from tests.reminders.conftest import Office, People

pytestmark = pytest.mark.worker


def who(office: Office, slack_id: str) -> Member | None:
    person = person_of(office.company.pk, slack_id)
    if person is None:
        return None
    with company_scope(office.company.pk):
        return member_of(person)


def test_a_person_is_the_member_with_their_address_and_asked_for_once(people: People) -> None:
    office = people.office
    assert who(office, people.alice) == office.cast.alice
    assert who(office, people.alice) == office.cast.alice
    assert len(office.slack.control.requests("users.info")) == 1


def test_who_is_no_member_or_no_longer_one_is_nobody(people: People) -> None:
    office = people.office
    office.slack.control.add_user(office.team, "guest@elsewhere.example", id="U1")
    assert who(office, "U1") is None
    with company_scope(office.company.pk):
        Member.objects.filter(pk=office.cast.bob.pk).update(active=False)
    assert who(office, people.bob) is None
    assert who(office, "UNKNOWN") is None


@pytest.mark.parametrize(
    "odd",
    [
        {"team_id": "TELSEWHERE"},
        {"is_stranger": True},
        {"is_email_confirmed": False},
        {"deleted": True},
        {"is_bot": True},
        {"profile": {}},
    ],
    ids=str,
)
def test_an_address_that_proves_nothing_makes_nobody_a_member(
    people: People, odd: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A guest of another workspace may have had any address written down there."""
    wire = User.wire
    monkeypatch.setattr(User, "wire", lambda *args, **kwargs: wire(*args, **kwargs) | odd)
    with company_scope(people.office.company.pk):
        SlackConnection.objects.update(team_id=people.office.team)
    assert who(people.office, people.alice) is None
    with company_scope(people.office.company.pk):
        assert not SlackPerson.objects.exists()


def test_an_address_that_changed_hands_follows_its_owner(people: People, clock: Any) -> None:
    office = people.office
    assert who(office, people.alice) == office.cast.alice
    control = office.slack.control
    with control._standin.writing() as store:
        users = store.workspaces[office.team].users
        users[people.alice].email, users[people.bob].email = (
            office.cast.bob.email, office.cast.alice.email,
        )  # fmt: skip
    clock.shift(24 * 3600)
    assert who(office, people.alice) == office.cast.bob
    assert who(office, people.bob) == office.cast.alice


def test_one_company_does_not_know_anothers_people(people: People, neighbour: Office) -> None:
    assert who(neighbour, people.alice) is None
