"""Administrators say what the company is called, where it is, and how its pages look."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bookings.models import OutboxEntry
from tenants.accent import OWN
from tenants.models import Company, Logo
from tenants.scope import company_scope
from tests.conftest import Cast, sign_in
from tests.factories import make_booking
from tests.tenants.test_logos import picture

COMPANY = "/settings/company/"


def facts(**fields: str) -> dict[str, str]:
    usual = {"act": "facts", "name": "Hangang", "timezone": "Asia/Seoul", "language": "en"}
    return {**usual, **fields}


def kept(cast: Cast) -> Company:
    return Company.objects.get(pk=cast.company.pk)


def choose(client: Client, accent: str) -> Any:
    return client.post(COMPANY, {"act": "accent", "accent": accent}, follow=True)


def upload(client: Client, data: bytes, **more: str) -> Any:
    file = SimpleUploadedFile("../logo.svg", data, content_type="image/svg+xml")
    return client.post(COMPANY, {"act": "logo", "logo": file, **more}, follow=True)


def logo_on(client: Client) -> re.Match[str] | None:
    return re.search(r'<img class="logo"\s+src="([^"]+)"[^>]*>', client.get("/").content.decode())


def sheet_on(client: Client) -> list[str]:
    return re.findall(r'href="(/look/[^"]+)"', client.get("/").content.decode())


def test_name_time_zone_and_language(seoul: Cast, admin_client: Client) -> None:
    page = admin_client.get(COMPANY).content.decode()
    assert 'value="Hangang"' in page
    assert '<option value="Asia/Seoul" selected>' in page
    answer = admin_client.post(
        COMPANY, facts(name="한강", timezone="Asia/Tokyo", language="ko"), follow=True
    )
    assert answer.redirect_chain == [(COMPANY, 302)]
    assert "저장했습니다." in answer.content.decode(), "in the company's new language"
    company = kept(seoul)
    assert (company.name, company.timezone, company.language) == ("한강", "Asia/Tokyo", "ko")


@pytest.mark.parametrize(
    "wrong", [{"name": " "}, {"name": "x" * 101}, {"timezone": "Mars/Base"}, {"language": "fr"}]
)
def test_what_cannot_be_is_refused_and_kept_in_the_form(
    seoul: Cast, admin_client: Client, wrong: dict[str, str]
) -> None:
    answer = admin_client.post(COMPANY, facts(**{"name": "Typed", **wrong}))
    assert answer.status_code == 422
    (name,) = wrong
    assert name in answer.context["form"].errors
    assert answer.context["form"]["name"].value() == wrong.get("name", "Typed")
    assert kept(seoul).name == "Hangang"


def test_another_clock_plans_reminders_anew(seoul: Cast, admin_client: Client) -> None:
    make_booking(seoul.alice, seoul.room)
    with company_scope(seoul.company.pk):
        entries = OutboxEntry.objects.filter(consumer="reminders")
        (entry,) = entries
        entries.update(acked_v=entry.desired_v)
    admin_client.post(COMPANY, facts(name="Another"))
    with company_scope(seoul.company.pk):
        assert not entries.get().is_pending
    admin_client.post(COMPANY, facts(timezone="America/New_York"))
    with company_scope(seoul.company.pk):
        assert entries.get().is_pending


def test_an_accent_reaches_every_page_of_its_company_and_no_other(
    seoul: Cast, stranger: Cast, admin_client: Client, alice_client: Client
) -> None:
    assert sheet_on(alice_client) == []
    answer = choose(admin_client, "#8800FF")
    assert "Saved." in answer.content.decode()
    (address,) = sheet_on(alice_client)
    assert address == "/look/1/8800ff.css"
    assert sheet_on(sign_in(stranger.alice)) == []
    sheet = Client().get(address)
    assert sheet.headers["Content-Type"] == "text/css"
    assert "--accent: light-dark(#8800ff, #" in sheet.content.decode()
    assert sheet.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Cookie" not in sheet.headers.get("Vary", "")
    choose(admin_client, "")
    assert sheet_on(alice_client) == []


def test_a_sheet_costs_no_query_and_its_link_none_either(
    seoul: Cast, admin_client: Client, alice_client: Client
) -> None:
    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert alice_client.get(path).status_code == 200
        return len(queries)

    alice_client.get("/")
    before = cost("/")
    choose(admin_client, "#8800ff")
    upload(admin_client, picture())
    assert sheet_on(alice_client)
    assert logo_on(alice_client)
    assert cost("/") == before
    assert cost("/look/1/8800ff.css") == 0


@pytest.mark.parametrize("accent", ["ffd400", "8800FF", "red", "8800ff;}", "%238800ff"])
def test_there_is_no_sheet_of_what_could_not_be_chosen(db: None, accent: str) -> None:
    assert Client().get(f"/look/1/{accent}.css").status_code == 404


def test_a_pale_accent_is_refused_and_the_nearest_is_one_press_away(
    seoul: Cast, admin_client: Client, alice_client: Client
) -> None:
    answer = choose(admin_client, "#ffd400")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "1.3:1" in page
    assert re.search(r'type="color"[^>]*|value="#ffd400"', page)
    assert answer.context["accent"]["accent"].value() == "#ffd400", "what was chosen stays"
    assert kept(seoul).accent == ""
    offered = re.search(r'<button name="accent" value="(#\w{6})">', page)
    assert offered
    assert choose(admin_client, offered[1]).status_code == 200
    assert kept(seoul).accent == offered[1]
    assert sheet_on(alice_client) == [f"/look/1/{offered[1][1:]}.css"]


@pytest.mark.parametrize("accent", ["red", "#12345", "#ffffff;", "x" * 100])
def test_what_is_no_colour_is_refused(seoul: Cast, admin_client: Client, accent: str) -> None:
    assert choose(admin_client, accent).status_code == 422
    assert kept(seoul).accent == ""


def test_the_database_takes_nothing_but_a_colour(seoul: Cast) -> None:
    for text in ("red", "#FFFFFF", "#fffff;", "#ffff\n0"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Company.objects.filter(pk=seoul.company.pk).update(accent=text)


def test_roomlys_own_colour_is_where_one_begins(seoul: Cast, admin_client: Client) -> None:
    assert f'value="{OWN}"' in admin_client.get(COMPANY).content.decode()


def test_a_logo_stands_where_the_name_stood(
    seoul: Cast, admin_client: Client, alice_client: Client
) -> None:
    assert logo_on(alice_client) is None
    answer = upload(admin_client, picture())
    assert "Saved." in answer.content.decode()
    shown = logo_on(alice_client)
    assert shown
    assert 'alt="Hangang"' in shown[0]
    assert 'width="84"' in shown[0]
    sent = alice_client.get(shown[1])
    assert sent.headers["Content-Type"] == "image/png"
    assert sent.headers["X-Content-Type-Options"] == "nosniff"
    assert sent.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert sent.content.startswith(b"\x89PNG")
    upload(admin_client, picture(colour="teal"))
    another = logo_on(alice_client)
    assert another
    assert another[1] != shown[1], "what browsers keep is never out of date"
    assert alice_client.get(shown[1]).status_code == 404
    admin_client.post(COMPANY, {"act": "no_logo"})
    assert logo_on(alice_client) is None
    assert alice_client.get(another[1]).status_code == 404
    with company_scope(seoul.company.pk):
        assert not Logo.objects.exists()


def test_a_logo_is_its_companys_alone(seoul: Cast, stranger: Cast, admin_client: Client) -> None:
    upload(admin_client, picture())
    shown = logo_on(admin_client)
    assert shown
    assert sign_in(stranger.alice).get(shown[1]).status_code == 404
    assert Client().get(shown[1]).status_code == 302, "to the sign-in page"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<svg onload='alert(1)'/>", "not a picture"),
        (picture() + bytes(300_000), "larger than 200 kB"),
        (picture() + bytes(1_500_000), "larger than 200 kB"),
        (picture(colour="white"), "could not be seen"),
    ],
)
def test_what_is_no_logo_is_refused(
    seoul: Cast, admin_client: Client, data: bytes, said: str
) -> None:
    answer = upload(admin_client, data)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert logo_on(admin_client) is None


def test_without_a_file_the_form_asks_for_one(seoul: Cast, admin_client: Client) -> None:
    answer = admin_client.post(COMPANY, {"act": "logo"})
    assert answer.status_code == 422
    assert "This field is required." in answer.content.decode()


@pytest.mark.parametrize("act", ["", "everything"])
def test_an_unknown_act_changes_nothing(seoul: Cast, admin_client: Client, act: str) -> None:
    assert admin_client.post(COMPANY, {**facts(name="x"), "act": act}).status_code == 422
    assert kept(seoul).name == "Hangang"


def test_only_administrators(seoul: Cast, alice_client: Client) -> None:
    assert alice_client.get(COMPANY).status_code == 403
    for form in (facts(name="x"), {"act": "accent", "accent": "#8800ff"}, {"act": "no_logo"}):
        assert alice_client.post(COMPANY, form).status_code == 403
    assert upload(alice_client, picture()).status_code == 403
    assert (kept(seoul).name, kept(seoul).accent, kept(seoul).logo) == ("Hangang", "", "")
