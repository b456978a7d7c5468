"""Programs that administer choose where bookings are told to, by /api/v1/webhooks."""

from typing import Any

import pytest
from django.test import Client

from integrations.models import Webhook
from integrations.webhooks.endpoints import MOST
from tenants.models import AuditEntry
from tenants.scope import company_scope
from tests.conftest import Cast, sign_in
from tests.factories import make_booking
from tests.integrations.conftest import MakeProgram, Program
from tests.integrations.hooked import Hooked, hook
from tests.integrations.receiver import Receiver

WEBHOOKS = "/api/v1/webhooks"
URL = "https://receiver.example/hooks"
ALL = ["booking.created", "booking.changed", "booking.cancelled"]


@pytest.fixture
def root(seoul: Cast, make_program: MakeProgram) -> Program:
    """A program of Alice's company that may administer."""
    return make_program(seoul.company, "admin")


def made(program: Program, **fields: Any) -> Any:
    answer = program.post(WEBHOOKS, {"url": URL, **fields})
    assert answer.status_code == 201, answer.content
    return answer.json()


def path(webhook: Any) -> str:
    return f"{WEBHOOKS}/{webhook['id']}"


def test_a_webhook_is_made_and_its_secret_shown_once(root: Program) -> None:
    answer = root.post(WEBHOOKS, {"url": URL, "description": "Lights"})
    assert answer.status_code == 201
    assert answer["Cache-Control"] == "no-store"
    told = answer.json()
    assert told.pop("secret").startswith("whsec_")
    assert told == {
        "id": told["id"], "url": URL, "events": ALL, "description": "Lights", "state": "active",
        "disabled_because": None, "failing_since": None, "created_at": "2026-12-01T03:00:00Z",
    } | {"created_at": told["created_at"]}  # fmt: skip
    assert root.get(path(told)).json() == told
    assert root.get(WEBHOOKS).json() == {"results": [told], "next": None}


def test_fields_are_changed_one_by_one(root: Program) -> None:
    webhook = made(root)
    told = root.patch(path(webhook), {"events": ["booking.cancelled"]}).json()
    assert (told["events"], told["url"]) == (["booking.cancelled"], URL)
    told = root.patch(path(webhook), {"description": "Doors", "url": f"{URL}/2"}).json()
    assert (told["description"], told["url"]) == ("Doors", f"{URL}/2")
    assert told["events"] == ["booking.cancelled"]


def test_it_is_paused_and_resumed(root: Program) -> None:
    webhook = made(root)
    assert root.patch(path(webhook), {"state": "paused"}).json()["state"] == "paused"
    assert root.patch(path(webhook), {"state": "active"}).json()["state"] == "active"
    assert root.patch(path(webhook), {"state": "disabled"}).status_code == 422


def test_it_is_deleted(root: Program) -> None:
    webhook = made(root)
    assert root.delete(path(webhook)).status_code == 204
    assert root.get(path(webhook)).status_code == 404
    assert root.delete(path(webhook)).status_code == 404


def test_it_gets_another_secret(root: Program) -> None:
    webhook = made(root)
    told = root.post(f"{path(webhook)}/rotate-secret", {})
    assert told["Cache-Control"] == "no-store"
    assert told.json()["secret"] not in (webhook["secret"], "")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": "http://receiver.example/"}, "url"),
        ({"url": "https://10.0.0.8/"}, "url"),
        ({"url": URL, "events": []}, "events"),
        ({"url": URL, "events": ["booking.read"]}, "events.0"),
        ({"url": URL, "description": "x" * 101}, "description"),
        ({"url": URL, "secret": "whsec_mine"}, "secret"),
    ],
)
def test_what_cannot_be_is_refused_with_the_field(
    seoul: Cast, root: Program, body: Any, field: str
) -> None:
    answer = root.post(WEBHOOKS, body)
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert list(answer.json()["errors"]) == [field]
    with company_scope(seoul.company.pk):
        assert not Webhook.objects.exists()


def test_an_address_is_there_once(root: Program) -> None:
    made(root)
    again = root.post(WEBHOOKS, {"url": URL})
    assert again.status_code == 422
    assert again.json()["errors"] == {"url": ["There is a webhook with this address."]}
    other = made(root, url=f"{URL}/2")
    assert root.patch(path(other), {"url": URL}).status_code == 422
    assert root.get(path(other)).json()["url"] == f"{URL}/2"


def test_there_are_not_too_many(root: Program) -> None:
    for number in range(MOST):
        made(root, url=f"{URL}/{number}")
    assert root.post(WEBHOOKS, {"url": URL}).status_code == 422


@pytest.mark.parametrize("scope", ["read", "book"])
def test_who_does_not_administer_sees_and_changes_none(
    seoul: Cast, root: Program, make_program: MakeProgram, scope: str
) -> None:
    webhook, program = made(root), make_program(seoul.company, scope)
    for answer in (
        program.get(WEBHOOKS),
        program.get(path(webhook)),
        program.post(WEBHOOKS, {"url": f"{URL}/2"}),
        program.patch(path(webhook), {"state": "paused"}),
        program.delete(path(webhook)),
        program.post(f"{path(webhook)}/rotate-secret", {}),
    ):
        assert answer.status_code == 403
        assert answer.json()["code"] == "insufficient_scope"
    assert root.get(path(webhook)).json()["state"] == "active"


def test_in_the_browser_too_only_administrators(
    seoul: Cast, alice_client: Client, admin_client: Client
) -> None:
    assert alice_client.get(WEBHOOKS).status_code == 403
    assert admin_client.get(WEBHOOKS).status_code == 200
    assert Client().get(WEBHOOKS).status_code in (401, 403)


def test_another_companys_are_not_there(
    root: Program, stranger: Cast, make_program: MakeProgram
) -> None:
    theirs = made(make_program(stranger.company, "admin"))
    nowhere = {"id": 2_000_000_000}
    for method, body in (("get", None), ("patch", {"state": "paused"}), ("delete", None)):
        there, none = (
            getattr(root, method)(path(each), *([body] if method == "patch" else []))
            for each in (theirs, nowhere)
        )
        assert there.status_code == none.status_code == 404
        assert there.content == none.content
    assert root.post(f"{path(theirs)}/rotate-secret", {}).status_code == 404
    assert root.get(WEBHOOKS).json()["results"] == []
    assert made(root)["url"] == URL, "their addresses are free"


def test_who_did_what_is_in_the_audit_log(seoul: Cast, root: Program, admin_client: Client) -> None:
    webhook = made(root, url=f"{URL}?key=hidden")
    root.patch(path(webhook), {"events": ["booking.created"], "state": "paused"})
    root.patch(path(webhook), {"state": "paused"})
    root.patch(path(webhook), {"state": "active"})
    root.post(f"{path(webhook)}/rotate-secret", {})
    root.delete(path(webhook))
    with company_scope(seoul.company.pk):
        lines = list(AuditEntry.objects.filter(act__startswith="webhooks.").order_by("pk"))
    acts = ["made", "changed", "paused", "resumed", "secret", "deleted"]
    assert [line.act for line in lines] == [f"webhooks.{act}" for act in acts]
    assert {line.door for line in lines} == {"api"}
    assert "hidden" not in str([line.details for line in lines])
    page = admin_client.get("/settings/audit-log/").content.decode()
    assert "Webhook given a new secret" in page
    assert "receiver.example" in page
    assert sign_in(seoul.alice).get("/settings/audit-log/").status_code == 403


@pytest.mark.django_db(transaction=True)
@pytest.mark.worker
def test_what_is_deleted_while_a_message_is_on_its_way_stays_deleted(
    hooked: Hooked, make_program: MakeProgram
) -> None:
    make_booking(hooked.cast.alice, hooked.cast.room)
    root = make_program(hooked.cast.company, "admin")
    answers = []
    hooked.receiver.meanwhile = lambda _received: answers.append(
        root.delete(f"{WEBHOOKS}/{hooked.pk}")
    )
    hooked.tick()
    assert [answer.status_code for answer in answers] == [204]
    assert hooked.messages() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.worker
def test_a_booking_by_the_api_says_so(
    seoul: Cast, receiver: Receiver, make_program: MakeProgram
) -> None:
    hooked = hook(seoul, receiver)
    body = {
        "room": seoul.room.pk, "title": "Retro", "start": "2026-12-02T10:00:00+09:00",
        "end": "2026-12-02T11:00:00+09:00", "external_reference": "crm-1",
    }  # fmt: skip
    assert make_program(seoul.company).post("/api/v1/bookings", body).status_code == 201
    hooked.tick()
    (told,) = hooked.told()
    assert told["data"]["change"]["door"] == "api"
    assert told["data"]["booking"]["external_reference"] == "crm-1"
