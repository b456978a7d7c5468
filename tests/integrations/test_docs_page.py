"""The browsable schema, in a real browser under the Content-Security-Policy."""

from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_page_shows_the_calls_and_breaks_no_policy(live_server: Any, page: Any) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    foreign: list[str] = []
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((live_server.url, "data:"))
            else foreign.append(request.url)
        ),
    )
    page.goto(f"{live_server.url}/api/v1/docs/")
    page.get_by_text("Book a room").wait_for()
    page.get_by_text("Book a room").click()
    page.get_by_text("Idempotency-Key").first.wait_for()
    assert [text for text in complaints if "error" in text.lower()] == []
    assert foreign == []
