"""An administrator adds a webhook, tries it, and takes it back; without a script too."""

import pytest
from playwright.sync_api import Page, expect

from integrations.models import Webhook, WebhookMessage
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.integrations.receiver import receiving
from tests.web.axe import LANGUAGES, check
from tests.web.conftest import NewPage, Troubles

pytestmark = pytest.mark.browser


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_from_the_first_one_to_none(cast: Cast, open_page: NewPage, troubles: Troubles) -> None:
    page = open_page("/settings/webhooks/", member=cast.admin)
    page.get_by_label("Address").fill("http://receiver.example/")
    page.get_by_label("What it is for").fill("Lights")
    page.get_by_label("A booking was changed").uncheck()
    press(page, "Add")
    expect(page.locator(".errorlist")).to_have_text("The address has to begin with https://.")
    expect(page.get_by_label("What it is for")).to_have_value("Lights")
    expect(page.get_by_label("A booking was changed")).not_to_be_checked()
    troubles.expect(422)
    with receiving() as receiver:
        page.get_by_label("Address").fill(receiver.url)
        press(page, "Add")
        secret = page.get_by_label("The new secret")
        expect(secret).to_be_focused()
        expect(secret).to_have_value(_webhook(cast).secret)
        page.get_by_role("link", name="Lights").click()
        press(page, "Send a test")
        expect(page.locator(".message")).to_contain_text("The test got through")
        page.get_by_text("Message and answer").click()
        expect(page.locator("pre")).to_contain_text("webhook.test")
        press(page, "Pause")
        expect(page.locator(".facts")).to_contain_text("Paused")
        press(page, "Resume")
        expect(page.locator(".facts")).to_contain_text("Works")
        assert len(receiver.received) == 1
    page.get_by_role("link", name="Delete").click()
    press(page, "Delete")
    expect(page.locator("main")).to_contain_text("There are none yet.")


def test_without_scripts(cast: Cast, open_page: NewPage) -> None:
    page = open_page("/settings/webhooks/", member=cast.admin, java_script_enabled=False)
    page.get_by_label("Address").fill("https://receiver.example/")
    press(page, "Add")
    expect(page.get_by_label("The new secret")).to_have_value(_webhook(cast).secret)
    page.get_by_role("link", name="receiver.example", exact=True).click()
    press(page, "New secret")
    expect(page.get_by_label("The new secret")).to_have_value(_webhook(cast).secret)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_violations(cast: Cast, open_page: NewPage, language: str) -> None:
    cast.admin.user.language = language
    cast.admin.user.save()
    page = open_page("/settings/webhooks/", member=cast.admin, locale=language)
    check(page)
    page.fill("#id_url", "https://receiver.example/")
    page.locator("main .primary").click()
    page.locator("#secret:focus").wait_for()
    check(page)
    webhook = _webhook(cast)
    with company_scope(cast.company.pk):
        for state in WebhookMessage.State:
            WebhookMessage.objects.create(
                webhook=webhook, type="booking.created", state=state, body="{}" * 999, answer="No.",
                tried_at=webhook.created_at, status=500,
            )  # fmt: skip
        Webhook.objects.update(failing_since=webhook.created_at)
    page.goto(f"/settings/webhooks/{webhook.pk}/")
    page.locator("main summary").first.click()
    check(page)
    page.goto(f"/settings/webhooks/{webhook.pk}/delete/")
    check(page)


def _webhook(cast: Cast) -> Webhook:
    with company_scope(cast.company.pk):
        found: Webhook = Webhook.objects.get()
    return found
