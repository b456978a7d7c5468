"""The person's page: messages as people see them, buttons and commands that reach the app."""

import json
import urllib.request
from urllib.error import HTTPError
from urllib.parse import urlencode

import pytest

from tests.standins.slack_app import SlackApp
from tests.standins.slack_case import Case


def page(slack: Case, channel_id: str = "") -> str:
    path = f"/client/{slack.workspace.id}/{channel_id or slack.channel.id}"
    with urllib.request.urlopen(slack.server.url + path) as response:
        return str(response.read().decode())


def act(slack: Case, **fields: str) -> str:
    """Submit one of the page's forms; the page that follows."""
    body = urlencode({"user": slack.user.id} | fields).encode()
    path = f"/client/{slack.workspace.id}/{slack.channel.id}"
    with urllib.request.urlopen(slack.server.url + path, data=body) as response:
        return str(response.read().decode())


def test_messages_are_newest_at_the_bottom(slack: Case) -> None:
    stamps = [
        slack.client.chat_postMessage(channel=slack.channel.id, text=text)["ts"]
        for text in ("first", "second")
    ]
    shown = page(slack)
    assert shown.index("first") < shown.index("second")
    assert f'data-channel="{slack.channel.id}"' in shown
    for ts in stamps:
        assert f'data-message-ts="{ts}"' in shown


def test_text_is_rendered_and_escaped(slack: Case) -> None:
    text = (
        f"*bold* <https://x.example?a=1&amp;b|link> <@{slack.user.id}> <!channel> "
        "&lt;b&gt;tag&lt;/b&gt; <javascript:alert|x>"
    )
    slack.client.chat_postMessage(channel=slack.channel.id, text=text)
    shown = page(slack)
    assert "<strong>bold</strong>" in shown
    assert '<a href="https://x.example?a=1&amp;b" rel="noreferrer">link</a>' in shown
    assert '<span class="mention">@Mina Lee</span>' in shown
    assert '<span class="mention">@channel</span>' in shown
    assert "&lt;b&gt;tag&lt;/b&gt;" in shown
    assert "javascript" not in shown.replace("&lt;javascript:", "")


def test_blocks_and_metadata_are_shown(slack: Case) -> None:
    slack.client.chat_postMessage(
        channel=slack.channel.id,
        text="fallback",
        blocks=[
            {"type": "header", "text": {"type": "plain_text", "text": "Soon"}},
            {"type": "section", "text": {"type": "mrkdwn", "text": "*Review*"}},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": "Room 3"}]},
        ],
        metadata={"event_type": "booking_reminder", "event_payload": {}},
    )
    shown = page(slack)
    for part in ("Soon", "<strong>Review</strong>", "Room 3", "fallback", "booking_reminder"):
        assert part in shown


def test_a_button_reaches_the_app(slack: Case, app: SlackApp) -> None:
    button = {
        "type": "button",
        "action_id": "check_in",
        "text": {"type": "plain_text", "text": "Check in"},
    }
    sent = slack.client.chat_postMessage(
        channel=slack.channel.id, text="x", blocks=[{"type": "actions", "elements": [button]}]
    )
    assert 'data-action-id="check_in">Check in</button>' in page(slack)
    act(slack, act="click", ts=sent["ts"], action_id="check_in")
    assert json.loads(app.seen[-1].form["payload"])["user"]["id"] == slack.user.id


def test_a_command_in_the_message_box_reaches_the_app(slack: Case, app: SlackApp) -> None:
    act(slack, act="say", text="/room list")
    assert app.seen[-1].form["command"] == "/room"


def test_people_talk(slack: Case) -> None:
    assert "a &lt;b&gt; &amp; c" in act(slack, act="say", text="a <b> & c")


def test_an_app_that_does_not_answer(slack: Case) -> None:
    slack.server.control.configure(app_url="http://127.0.0.1:1")
    assert "Roomly did not respond" in act(slack, act="say", text="/room")


def test_the_app_is_invited(slack: Case) -> None:
    slack.server.control.set_app_in_channel(slack.workspace.id, slack.channel.id, False)
    act(slack, act="say", text="/invite @Roomly")
    assert slack.client.chat_postMessage(channel=slack.channel.id, text="x")["ok"]


def test_a_modal_is_filled_in(slack: Case, app: SlackApp) -> None:
    act(slack, act="say", text="/room")
    label = {"type": "plain_text", "text": "Title"}
    element = {"type": "plain_text_input", "action_id": "a"}
    view = slack.client.views_open(
        trigger_id=app.seen[-1].form["trigger_id"],
        view={
            "type": "modal",
            "title": label,
            "submit": label,
            "blocks": [{"type": "input", "block_id": "b", "label": label, "element": element}],
        },
    )["view"]
    assert 'name="b/a"' in page(slack)
    act(slack, act="submit", view=view["id"], **{"b/a": "Review"})
    state = json.loads(app.seen[-1].form["payload"])["view"]["state"]
    assert state["values"]["b"]["a"] == {"type": "plain_text_input", "value": "Review"}
    assert "<dialog" not in page(slack)


def test_home_is_opened(slack: Case, app: SlackApp) -> None:
    act(slack, act="open_home")
    event = json.loads(app.seen[-1].body)["event"]
    assert (event["type"], event["user"]) == ("app_home_opened", slack.user.id)


def test_an_unknown_channel_is_not_found(slack: Case) -> None:
    with pytest.raises(HTTPError) as caught:
        page(slack, "C0NOWHERE0")
    with caught.value as answer:
        assert answer.code == 404
