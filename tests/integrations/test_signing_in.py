"""Who may call the API: keys, sessions, and nobody else."""

import hashlib
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from integrations.keys import create_api_key
from integrations.models import ApiKey
from tenants.scope import company_scope
from tests.conftest import Cast, sign_in
from tests.integrations.conftest import BOOKINGS, MakeProgram, Program, wish

ROOMS = "/api/v1/rooms"


def printed_key(*arguments: str, **options: object) -> str:
    out = StringIO()
    call_command("create_api_key", *arguments, stdout=out, **options)
    return out.getvalue()


def test_the_command_prints_a_key_alone_and_stores_only_its_hash(seoul: Cast) -> None:
    printed = printed_key("--company", str(seoul.company.pk), "--scopes", "read,book")
    key = printed.strip()
    assert printed == key + "\n"
    assert key.startswith(f"roomly_{seoul.company.pk}_")
    assert len(key.split("_", 2)[2]) == 43
    assert Program(key).get(ROOMS).status_code == 200
    with company_scope(seoul.company.pk):
        stored = ApiKey.objects.get()
    assert stored.secret_hash == hashlib.sha256(key.encode()).hexdigest()
    assert stored.scopes == ["read", "book"]


@pytest.mark.parametrize(
    ("scopes", "member", "said"),
    [
        ("read,everything", None, "read, book, admin"),
        (",", None, "read, book, admin"),
        ("read", "nobody@hangang.example", "no member"),
    ],
)
def test_the_command_refuses_what_cannot_be(
    seoul: Cast, scopes: str, member: str | None, said: str
) -> None:
    with pytest.raises(CommandError, match=said):
        printed_key(company=seoul.company.pk, scopes=scopes, member=member)
    with company_scope(seoul.company.pk):
        assert not ApiKey.objects.exists()


def test_the_command_refuses_an_unknown_company(db: None) -> None:
    with pytest.raises(CommandError, match="no company 4711"):
        printed_key(company=4711, scopes="read")


def test_without_a_key_the_answer_says_how_to_bring_one(seoul: Cast) -> None:
    answer = Client().get(ROOMS)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="Roomly"'
    assert answer["Content-Type"] == "application/problem+json"


def test_a_wrong_forged_or_odd_key_learns_nothing(
    seoul: Cast, stranger: Cast, program: Program
) -> None:
    secret = program.key.split("_", 2)[2]
    forged = [
        f"roomly_{stranger.company.pk}_{secret}",
        f"roomly_{seoul.company.pk}_{'x' * 43}",
        f"roomly_99999999_{secret}",
        f"roomly_{2**70}_{secret}",
        "roomly_x_y",
        "",
    ]
    answers = [Program(key).get(ROOMS) for key in forged]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert 'error="invalid_token"' in answers[0]["WWW-Authenticate"]


def test_a_revoked_key_is_refused(seoul: Cast, program: Program) -> None:
    with company_scope(seoul.company.pk):
        ApiKey.objects.update(revoked_at=timezone.now())
    assert program.get(ROOMS).status_code == 401


def test_a_key_ends_with_the_membership_of_whom_it_acts_for(
    seoul: Cast, make_program: MakeProgram
) -> None:
    program = make_program(seoul.company, member=seoul.bob)
    assert program.get(ROOMS).status_code == 200
    with company_scope(seoul.company.pk):
        seoul.bob.active = False
        seoul.bob.save()
    assert program.get(ROOMS).status_code == 401


def test_a_suspended_company_is_told_so(seoul: Cast, program: Program) -> None:
    seoul.company.suspended_at = timezone.now()
    seoul.company.save()
    answer = program.get(ROOMS)
    assert (answer.status_code, answer.json()["code"]) == (403, "company_suspended")


@pytest.mark.parametrize(
    ("scope", "reads", "books"), [("read", 200, 403), ("book", 200, 201), ("admin", 200, 201)]
)
def test_each_scope_includes_the_ones_before_it(
    seoul: Cast, make_program: MakeProgram, scope: str, reads: int, books: int
) -> None:
    program = make_program(seoul.company, scope)
    assert program.get(ROOMS).status_code == reads
    answer = program.post(BOOKINGS, wish(seoul.room.pk))
    assert answer.status_code == books
    if books == 403:
        assert answer.json()["code"] == "insufficient_scope"


def test_the_last_use_is_noted_once_a_minute(seoul: Cast, program: Program) -> None:
    def last_used() -> object:
        with company_scope(seoul.company.pk):
            return ApiKey.objects.get().last_used_at

    program.get(ROOMS)
    first = last_used()
    assert first == timezone.now()
    with time_machine.travel(timezone.now() + timedelta(seconds=30), tick=False):
        program.get(ROOMS)
        assert last_used() == first
    with time_machine.travel(timezone.now() + timedelta(seconds=61), tick=False):
        program.get("/api/v1/rooms/0")  # a refusal is a use too
        assert last_used() == timezone.now()


def test_a_member_calls_with_the_browsers_session(seoul: Cast, alice_client: Client) -> None:
    names = [room["name"] for room in alice_client.get(ROOMS).json()["results"]]
    assert names == sorted([seoul.room.name, seoul.other_room.name])


def test_a_session_books_only_with_the_csrf_token(seoul: Cast) -> None:
    session = sign_in(seoul.alice).cookies
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = session
    body = wish(seoul.room.pk)
    refused = browser.post(BOOKINGS, body, content_type="application/json")
    assert refused.status_code == 403
    assert refused["Content-Type"] == "application/problem+json"

    browser.cookies["csrftoken"] = token = "t" * 32
    headers = {"X-CSRFToken": token}
    booked = browser.post(BOOKINGS, body, content_type="application/json", headers=headers)
    assert booked.status_code == 201
    assert booked.json()["organizer"]["email"] == seoul.alice.email


def test_a_key_stands_even_beside_a_session(seoul: Cast, alice_client: Client) -> None:
    assert alice_client.get(ROOMS, headers={"authorization": "Bearer no"}).status_code == 401


def test_refusals_speak_the_callers_language(program: Program) -> None:
    # Django REST framework's own words are translated without a catalogue of ours.
    answer = program.post("/api/v1/rooms", {}, **{"Accept-Language": "ko"})
    assert answer.status_code == 405
    assert "메서드" in answer.json()["detail"]


def test_a_key_has_256_random_bits_of_its_own(seoul: Cast) -> None:
    with company_scope(seoul.company.pk):
        assert create_api_key(scopes=["read"]) != create_api_key(scopes=["read"])
