"""What Slack sends to the app: clicks, commands, modals, events; and the app's answers."""

import json
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient
from starlette.responses import JSONResponse, PlainTextResponse, Response

from tests.standins.slack_app import SlackApp
from tests.standins.slack_case import Case

BUTTON = {
    "type": "button",
    "action_id": "check_in",
    "value": "opaque",
    "text": {"type": "plain_text", "text": "Check in"},
}
MODAL = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Book"},
    "submit": {"type": "plain_text", "text": "Go"},
    "blocks": [
        {
            "type": "input",
            "block_id": "b",
            "label": {"type": "plain_text", "text": "Title"},
            "element": {"type": "plain_text_input", "action_id": "a"},
        }
    ],
}


def press(slack: Case, app: SlackApp) -> dict[str, Any]:
    """Post a message with a button, click it; the payload that reached the app."""
    sent = slack.client.chat_postMessage(
        channel=slack.channel.id, text="x", blocks=[{"type": "actions", "elements": [BUTTON]}]
    )
    slack.server.control.click(
        slack.workspace.id, slack.channel.id, sent["ts"], "check_in", slack.user.id
    )
    payload: dict[str, Any] = json.loads(app.seen[-1].form["payload"])
    return payload


def command(slack: Case, line: str) -> None:
    slack.server.control.command(slack.workspace.id, slack.channel.id, slack.user.id, line)


def test_a_click_is_signed_and_says_who_and_where(slack: Case, app: SlackApp) -> None:
    payload = press(slack, app)
    assert app.seen[-1].genuine
    assert app.seen[-1].path == "/slack/interactions"
    assert payload["type"] == "block_actions"
    assert payload["team"]["id"] == slack.workspace.id
    assert payload["user"]["id"] == slack.user.id
    assert payload["channel"]["id"] == slack.channel.id
    assert payload["message"]["ts"] == payload["container"]["message_ts"]
    (action,) = payload["actions"]
    assert (action["action_id"], action["value"]) == ("check_in", "opaque")


def test_another_secret_does_not_verify(slack: Case, app: SlackApp) -> None:
    slack.server.control.configure(signing_secret="another")
    press(slack, app)
    assert not app.seen[-1].genuine


def test_a_response_url_replaces_and_deletes(slack: Case, app: SlackApp) -> None:
    answer = WebhookClient(press(slack, app)["response_url"])
    assert answer.send(text="Done", replace_original=True).status_code == 200
    (message,) = slack.server.control.messages(slack.channel.id)
    assert message["text"] == "Done"
    assert "blocks" not in message
    answer.send(text="Only you")
    assert slack.server.control.messages(slack.channel.id)[1]["is_ephemeral"]
    answer.send(delete_original=True)
    assert len(slack.server.control.messages(slack.channel.id)) == 1


def test_a_response_url_takes_five_posts_in_half_an_hour(slack: Case, app: SlackApp) -> None:
    answer = WebhookClient(press(slack, app)["response_url"])
    statuses = [answer.send(text="x").status_code for _ in range(6)]
    assert statuses == [200] * 5 + [404]
    late = WebhookClient(press(slack, app)["response_url"])
    slack.server.control.advance(1801)
    assert "expired_url" in late.send(text="x").body


@pytest.mark.parametrize(
    ("answer", "ephemeral"),
    [
        (JSONResponse({"text": "Hello"}), True),
        (JSONResponse({"text": "Hello", "response_type": "in_channel"}), False),
        (PlainTextResponse("Hello"), True),
    ],
)
def test_a_command_is_answered(
    slack: Case, app: SlackApp, answer: Response, ephemeral: bool
) -> None:
    app.answers.append(answer)
    command(slack, "/room list now")
    fields = app.seen[-1].form
    assert app.seen[-1].genuine
    assert app.seen[-1].path == "/slack/commands"
    assert (fields["command"], fields["text"]) == ("/room", "list now")
    assert (fields["team_id"], fields["user_id"]) == (slack.workspace.id, slack.user.id)
    (message,) = slack.server.control.messages(slack.channel.id)
    assert message["text"] == "Hello"
    assert message.get("is_ephemeral", False) is ephemeral


def test_a_command_is_answered_later(slack: Case, app: SlackApp) -> None:
    command(slack, "/room")
    assert slack.server.control.messages(slack.channel.id) == []
    WebhookClient(app.seen[-1].form["response_url"]).send(text="At last")
    assert slack.server.control.messages(slack.channel.id)[0]["text"] == "At last"


def test_a_modal_opens_once_and_is_submitted(slack: Case, app: SlackApp) -> None:
    command(slack, "/room")
    trigger = app.seen[-1].form["trigger_id"]
    view = slack.client.views_open(trigger_id=trigger, view=MODAL)["view"]
    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        slack.client.views_open(trigger_id=trigger, view=MODAL)
    values = {"b": {"a": {"type": "plain_text_input", "value": "Review"}}}
    slack.server.control.submit_view(slack.workspace.id, view["id"], values)
    payload = json.loads(app.seen[-1].form["payload"])
    assert payload["type"] == "view_submission"
    assert payload["view"]["state"]["values"] == values
    with pytest.raises(SlackApiError, match="not_found"):
        slack.client.views_update(view_id=view["id"], view=MODAL)


def test_a_trigger_lives_three_seconds(slack: Case, app: SlackApp) -> None:
    command(slack, "/room")
    slack.server.control.advance(4)
    with pytest.raises(SlackApiError, match="expired_trigger_id"):
        slack.client.views_open(trigger_id=app.seen[-1].form["trigger_id"], view=MODAL)


def test_a_modal_with_inputs_needs_submit(slack: Case) -> None:
    view = {name: value for name, value in MODAL.items() if name != "submit"}
    answer = slack.refusal("views.open", trigger_id="1.x", view=view)
    assert answer["response_metadata"] == {
        "messages": ["[ERROR] missing required field: submit [json-pointer:/view]"]
    }


def test_app_home_is_published(slack: Case) -> None:
    home = {"type": "home", "blocks": [{"type": "divider"}]}
    first = slack.client.views_publish(user_id=slack.user.id, view=home)["view"]
    again = slack.client.views_publish(user_id=slack.user.id, view=home, hash=first["hash"])
    assert again["view"]["id"] == first["id"]
    with pytest.raises(SlackApiError, match="hash_conflict"):
        slack.client.views_publish(user_id=slack.user.id, view=home, hash=first["hash"])


def test_the_events_url_is_verified(slack: Case, app: SlackApp) -> None:
    app.answers.append(PlainTextResponse("c4"))
    assert slack.server.control.verify_url("c4").body == "c4"
    assert app.seen[-1].genuine
    assert json.loads(app.seen[-1].body)["challenge"] == "c4"


def test_an_event_is_retried_three_times(slack: Case, app: SlackApp) -> None:
    app.answers += [PlainTextResponse("", status_code=500) for _ in range(4)]
    replies = slack.server.control.send_event(slack.workspace.id, {"type": "app_home_opened"})
    assert [reply.status for reply in replies] == [500] * 4
    numbers = [seen.headers.get("x-slack-retry-num") for seen in app.seen]
    assert numbers == [None, "1", "2", "3"]
    assert app.seen[1].headers["x-slack-retry-reason"] == "http_error"
    assert len({json.loads(seen.body)["event_id"] for seen in app.seen}) == 1
    assert all(seen.genuine for seen in app.seen)


def test_the_app_may_stop_retries(slack: Case, app: SlackApp) -> None:
    app.answers.append(PlainTextResponse("", 500, headers={"X-Slack-No-Retry": "1"}))
    assert len(slack.server.control.send_event(slack.workspace.id, {"type": "x"})) == 1


def test_an_unreachable_app(slack: Case) -> None:
    slack.server.control.configure(app_url="http://127.0.0.1:1")
    replies = slack.server.control.send_event(slack.workspace.id, {"type": "x"})
    assert [reply.failure for reply in replies] == ["connection_failed"] * 4


def test_uninstalling_ends_tokens_and_hooks_and_tells_the_app(slack: Case, app: SlackApp) -> None:
    url = slack.server.control.add_webhook(slack.workspace.id, slack.channel.id)
    slack.server.control.uninstall(slack.workspace.id)
    revoked, uninstalled = (json.loads(seen.body)["event"] for seen in app.seen)
    assert revoked["tokens"] == {"oauth": [], "bot": [slack.workspace.bot_user_id]}
    assert uninstalled["type"] == "app_uninstalled"
    assert slack.error_of("auth.test") == "account_inactive"
    assert WebhookClient(url).send(text="x").body == "no_active_hooks"
