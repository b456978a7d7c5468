"""A person chooses when they are reminded of what, and an administrator for the company."""

from datetime import time
from typing import Any

import pytest
from django.test import Client

from bookings.models import OutboxEntry
from reminders.models import CompanyReminders, MemberReminders
from reminders.planning import plan_company
from tenants.scope import company_scope
from tests.conftest import Cast, sign_in
from tests.factories import make_booking

PAGE, COMPANY = "/settings/reminders/", "/settings/reminders/company/"


def own(cast: Cast) -> MemberReminders:
    with company_scope(cast.company.pk):
        found: MemberReminders = MemberReminders.objects.get(member=cast.alice)
        return found


def test_what_is_typed_is_kept_and_shown_again(seoul: Cast, alice_client: Client) -> None:
    answer = alice_client.post(
        PAGE,
        {
            "as_guest": "on", "leads": "10, 60; ٥", "quiet_from": "22:00", "quiet_until": "07:30",
            "agenda_at": "08:00",
        },
        follow=True,
    )  # fmt: skip
    assert answer.redirect_chain == [(PAGE, 302)]
    chosen = own(seoul)
    assert (chosen.as_organizer, chosen.as_guest) == (False, True)
    assert chosen.leads == [3600, 600, 300]
    assert (chosen.quiet_from, chosen.quiet_until) == (time(22), time(7, 30))
    page = answer.content.decode()
    assert 'value="60, 10, 5"' in page
    assert 'value="22:00"' in page


def test_empty_is_as_the_company_has_it_and_none_is_none(seoul: Cast, alice_client: Client) -> None:
    with company_scope(seoul.company.pk):
        CompanyReminders.objects.create(
            company=seoul.company, quiet_from=time(21), quiet_until=time(8), agenda_at=time(9)
        )
    page = alice_client.get(PAGE).content.decode()
    assert "as the company has it (10 min before)" in page
    assert "(21:00 – 08:00)" in page
    assert "(09:00)" in page
    alice_client.post(PAGE, {"as_organizer": "on"})
    chosen = own(seoul)
    assert (chosen.leads, chosen.quiet_from, chosen.agenda_at) == (None, None, None)
    answer = alice_client.post(PAGE, {"no_quiet": "on", "no_agenda": "on"}, follow=True)
    chosen = own(seoul)
    assert chosen.quiet_from == chosen.quiet_until == time(0)
    assert chosen.no_agenda
    assert answer.context["form"]["no_quiet"].value() is True
    assert answer.context["form"]["quiet_from"].value() is None


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"leads": "ten"}, "leads", "Type whole minutes"),
        ({"leads": "-5"}, "leads", "Type whole minutes"),
        ({"leads": "0"}, "leads", "between a minute and four weeks"),
        ({"leads": "50000"}, "leads", "between a minute and four weeks"),
        ({"leads": "1,2,3,4,5,6"}, "leads", "at most five"),
        ({"quiet_from": "25:00"}, "quiet_from", "valid time"),
        ({"quiet_from": "22:00"}, "quiet_until", "a beginning and an end"),
        ({"quiet_until": "22:00"}, "quiet_from", "a beginning and an end"),
        ({"agenda_at": "soon"}, "agenda_at", "valid time"),
        ({"no_agenda": "on", "agenda_at": "08:00"}, "no_agenda", "not both"),
        ({"no_quiet": "on", "quiet_from": "08:00"}, "no_quiet", "not both"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_beside_the_field_and_kept(
    seoul: Cast, alice_client: Client, typed: dict[str, str], field: str, words: str
) -> None:
    answer = alice_client.post(PAGE, typed)
    assert answer.status_code == 422
    assert words in str(answer.context["form"].errors[field])
    for value in typed.values():
        assert f'value="{value}"' in answer.content.decode() or value == "on"
    with company_scope(seoul.company.pk):
        assert not MemberReminders.objects.exists()


def test_the_company_is_for_administrators(
    seoul: Cast, admin_client: Client, alice_client: Client
) -> None:
    assert alice_client.get(COMPANY).status_code == 403
    assert alice_client.post(COMPANY, {"leads": "5"}).status_code == 403
    assert COMPANY not in alice_client.get(PAGE).content.decode()
    assert COMPANY in admin_client.get(PAGE).content.decode()
    answer = admin_client.post(
        COMPANY,
        {"leads": "5,15", "in_channels": "on", "quiet_from": "22:00", "quiet_until": "07:00"},
        follow=True,
    )
    assert answer.redirect_chain == [(COMPANY, 302)]
    seoul.company.refresh_from_db()
    assert seoul.company.reminder_leads == [900, 300]
    with company_scope(seoul.company.pk):
        chosen = CompanyReminders.objects.get()
    assert (chosen.direct, chosen.in_channels, chosen.by_mail) == (False, True, False)
    assert chosen.quiet_from == time(22)
    refused = admin_client.post(COMPANY, {"leads": "1,2,3,4,5,6"})
    assert refused.status_code == 422
    seoul.company.refresh_from_db()
    assert seoul.company.reminder_leads == [900, 300]


def test_what_waits_is_planned_anew_even_if_redis_loses_the_nudge(
    seoul: Cast, alice_client: Client
) -> None:
    make_booking(seoul.alice, seoul.room)
    make_booking(seoul.bob, seoul.other_room)
    plan_company(seoul.company.pk)
    alice_client.post(PAGE, {"leads": "5"})
    with company_scope(seoul.company.pk):
        pending = [entry.booking for entry in OutboxEntry.objects.filter(consumer="reminders")
                   if entry.is_pending]  # fmt: skip
        assert [booking.organizer for booking in pending] == [seoul.alice]


def test_strangers_sign_in_first_and_companies_see_their_own(
    seoul: Cast, stranger: Cast, client: Client
) -> None:
    assert client.get(PAGE).status_code == 302
    sign_in(stranger.alice).post(PAGE, {"leads": "5"})
    with company_scope(seoul.company.pk):
        assert not MemberReminders.objects.exists()


def test_it_speaks_korean(seoul: Cast, alice_client: Client) -> None:
    seoul.alice.user.language = "ko"
    seoul.alice.user.save()
    page = alice_client.get(PAGE).content.decode()
    assert "알림" in page
    assert "Reminders" not in page


def test_the_menu_leads_there(alice_client: Client) -> None:
    found: Any = alice_client.get("/").content.decode()
    assert f'href="{PAGE}"' in found
