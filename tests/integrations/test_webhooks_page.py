"""Administrators add webhooks on a page, see what came of each, and take them back."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.models import Webhook, WebhookMessage
from tenants.scope import company_scope
from tests.conftest import Cast, sign_in
from tests.integrations.hooked import hook
from tests.integrations.receiver import Receiver

PAGE = "/settings/webhooks/"
URL = "https://receiver.example/hooks"
ALL = ["booking.created", "booking.changed", "booking.cancelled"]


def add(client: Client, **fields: Any) -> Any:
    return client.post(PAGE, {"url": URL, "description": "Lights", "events": ALL, **fields})


def webhooks_of(cast: Cast) -> list[Webhook]:
    with company_scope(cast.company.pk):
        return list(Webhook.objects.order_by("pk"))


def only(cast: Cast) -> Webhook:
    (webhook,) = webhooks_of(cast)
    return webhook


def page_of(webhook: Webhook, act: str = "") -> str:
    return f"{PAGE}{webhook.pk}/{act}"


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def message(webhook: Webhook, **fields: Any) -> WebhookMessage:
    with company_scope(webhook.company_id):
        made: WebhookMessage = WebhookMessage.objects.create(
            webhook=webhook, type="booking.created", tried_at=timezone.now(), tries=1, **fields
        )
    return made


def test_without_any_the_page_says_so(admin_client: Client) -> None:
    assert "There are none yet." in text_of(admin_client.get(PAGE))


def test_a_new_one_shows_its_secret_once(seoul: Cast, admin_client: Client) -> None:
    answer = add(admin_client)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    webhook = only(seoul)
    assert f'value="{webhook.secret}"' in answer.content.decode()
    for page in (PAGE, page_of(webhook)):
        shown = admin_client.get(page).content.decode()
        assert "Lights" in shown
        assert "whsec_" not in shown
    assert "Works" in text_of(admin_client.get(PAGE))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"url": ""}, "This field is required."),
        ({"url": "http://receiver.example/"}, "The address has to begin with https://."),
        ({"url": "https://10.0.0.8/"}, "This address is not on the public Internet."),
        ({"events": []}, "This field is required."),
        ({"events": ["booking.read"]}, "Select a valid choice."),
        ({"description": "x" * 101}, "at most 100 characters"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_is_kept(
    seoul: Cast, admin_client: Client, wrong: dict[str, Any], words: str
) -> None:
    answer = add(admin_client, **wrong)
    assert answer.status_code == 422
    assert words in text_of(answer)
    for name, typed in ({"url": URL, "description": "Lights"} | wrong).items():
        if name != "events" and typed:
            assert f'value="{typed}"' in answer.content.decode()
    assert webhooks_of(seoul) == []


def test_a_form_that_is_sent_twice_makes_one(seoul: Cast, admin_client: Client) -> None:
    add(admin_client)
    again = add(admin_client)
    assert again.status_code == 422
    assert "There is a webhook with this address." in text_of(again)
    assert "whsec_" not in again.content.decode()
    assert len(webhooks_of(seoul)) == 1


def test_it_is_changed_and_a_mistake_changes_nothing(seoul: Cast, admin_client: Client) -> None:
    add(admin_client)
    path = page_of(only(seoul))
    form = {"url": f"{URL}/2", "description": "Doors", "events": ["booking.created"]}
    assert "Saved." in text_of(admin_client.post(path, form, follow=True))
    webhook = only(seoul)
    assert (webhook.url, webhook.description) == (f"{URL}/2", "Doors")
    answer = admin_client.post(path, {**form, "url": "http://r.example/", "description": "Oops"})
    assert answer.status_code == 422
    assert 'value="http://r.example/"' in answer.content.decode()
    assert only(seoul).description == "Doors"


def test_it_is_paused_and_resumed(seoul: Cast, admin_client: Client) -> None:
    add(admin_client)
    path = page_of(only(seoul), "switch/")
    answer = admin_client.post(path, {"to": "paused"}, follow=True)
    assert "Paused. What happens meanwhile waits" in text_of(answer)
    assert only(seoul).state == "paused"
    assert "In use again." in text_of(admin_client.post(path, {"to": "active"}, follow=True))
    assert only(seoul).state == "active"


def test_another_secret_is_shown_once(seoul: Cast, admin_client: Client) -> None:
    add(admin_client)
    before = only(seoul).secret
    answer = admin_client.post(page_of(only(seoul), "secret/"))
    assert answer["Cache-Control"] == "no-store"
    assert f'value="{only(seoul).secret}"' in answer.content.decode()
    assert only(seoul).secret != before
    assert "For 24 hours" in text_of(answer)


def test_it_is_deleted_only_after_a_question(seoul: Cast, admin_client: Client) -> None:
    add(admin_client)
    path = page_of(only(seoul), "delete/")
    assert "Delete “Lights”?" in text_of(admin_client.get(path))
    assert len(webhooks_of(seoul)) == 1
    assert "“Lights” is deleted." in text_of(admin_client.post(path, follow=True))
    assert webhooks_of(seoul) == []


def test_last_messages_with_what_came_of_them(seoul: Cast, admin_client: Client) -> None:
    add(admin_client)
    webhook = only(seoul)
    message(webhook, state="delivered", status=204, body='{"type":"x"}')
    message(webhook, state="failed", status=422, answer="<b>No such room</b>", body="{}")
    waiting = message(webhook, trouble="timeout", body="{}")
    page = admin_client.get(page_of(webhook))
    said = text_of(page)
    for words in ("Delivered", "answer 204", "Given up", "answer 422", "did not answer in time",
                  "Waiting 1 message", "&lt;b&gt;No such room"):  # fmt: skip
        assert words in said, words
    assert said.index("did not answer in time") < said.index("answer 204"), "the newest first"
    again = re.findall(r"/settings/webhooks/messages/(\d+)/again/", page.content.decode())
    assert str(waiting.pk) not in again
    assert len(again) == 2
    answer = admin_client.post(f"{PAGE}messages/{again[0]}/again/", follow=True)
    assert "It is being sent again." in text_of(answer)
    with company_scope(seoul.company.pk):
        assert WebhookMessage.objects.get(pk=again[0]).state == "waiting"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"failing_since": "2026-12-01T02:00:00Z"}, "Failing since 2026-12-01 11:00"),
        ({"state": "paused"}, "Paused"),
        ({"state": "disabled", "disabled_because": "gone"}, "Switched off The receiver says"),
        ({"state": "disabled", "disabled_because": "failing"}, "Nothing got through for three"),
    ],
)
def test_how_it_is_going_is_said(
    seoul: Cast, admin_client: Client, fields: dict[str, Any], words: str
) -> None:
    add(admin_client)
    with company_scope(seoul.company.pk):
        Webhook.objects.update(**fields)
    for page in (PAGE, page_of(only(seoul))):
        assert words in text_of(admin_client.get(page))


@pytest.mark.django_db(transaction=True)
def test_a_test_is_sent_at_once_and_the_answer_said(seoul: Cast, receiver: Receiver) -> None:
    hooked, client = hook(seoul, receiver), sign_in(seoul.admin)
    receiver.answer(204, 500)
    path = page_of(hooked.webhook(), "test/")
    assert "The test got through: the receiver answered 204." in text_of(
        client.post(path, follow=True)
    )
    assert "it answered 500" in text_of(client.post(path, follow=True))
    assert {told["type"] for told in hooked.told()} == {"webhook.test"}
    assert "webhook.test" in text_of(client.get(page_of(hooked.webhook())))


@pytest.mark.django_db(transaction=True)
def test_a_test_that_finds_nobody_says_why(seoul: Cast, settings: Any, receiver: Receiver) -> None:
    hooked, client = hook(seoul, receiver), sign_in(seoul.admin)
    settings.WEBHOOKS_TO_LOOPBACK = False
    said = text_of(client.post(page_of(hooked.webhook(), "test/"), follow=True))
    assert "The test did not get through. The address is not on the public Internet." in said
    assert receiver.received == []


def test_it_speaks_korean(seoul: Cast, admin_client: Client) -> None:
    seoul.admin.user.language = "ko"
    seoul.admin.user.save()
    said = text_of(add(admin_client))
    assert "웹훅" in said
    assert "Webhook" not in said
    page = text_of(admin_client.get(page_of(only(seoul))))
    assert "테스트 보내기" in page


def test_only_administrators(seoul: Cast, alice_client: Client, admin_client: Client) -> None:
    add(admin_client)
    webhook = only(seoul)
    told = message(webhook, state="failed", body="{}")
    for path in (PAGE, page_of(webhook), page_of(webhook, "delete/")):
        assert alice_client.get(path).status_code == 403
    for act in ("", "switch/", "secret/", "test/", "delete/"):
        assert alice_client.post(page_of(webhook, act), {"to": "paused"}).status_code == 403
    assert alice_client.post(f"{PAGE}messages/{told.pk}/again/").status_code == 403
    assert only(seoul).state == "active"


def test_another_companys_are_not_there(admin_client: Client, stranger: Cast) -> None:
    theirs = sign_in(stranger.admin)
    add(theirs, description="Canary")
    webhook = only(stranger)
    assert "Canary" not in admin_client.get(PAGE).content.decode()
    for act in ("", "switch/", "secret/", "test/", "delete/"):
        assert admin_client.post(page_of(webhook, act)).status_code == 404
    assert only(stranger).secret == webhook.secret


def test_many_messages_cost_no_more_than_one(seoul: Cast, admin_client: Client) -> None:
    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert admin_client.get(path).status_code == 200
        return len(queries)

    add(admin_client)
    webhook = only(seoul)
    message(webhook, state="delivered", status=204, body="{}")
    admin_client.get(page_of(webhook))
    before = cost(page_of(webhook)), cost(PAGE)
    for number in range(5):
        message(webhook, state="failed", status=500, body="{}")
        add(admin_client, url=f"{URL}/{number}")
    assert (cost(page_of(webhook)), cost(PAGE)) == before
