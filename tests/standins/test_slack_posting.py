"""chat.*: messages arrive, change, vanish, and are refused as Slack refuses them."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from tests.standins.slack_case import Case

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*Design review*"}}
METADATA = {"event_type": "booking_reminder", "event_payload": {"reminder": "7", "room": 3}}


def test_a_message_arrives_with_blocks_and_metadata(slack: Case) -> None:
    answer = slack.client.chat_postMessage(
        channel=slack.channel.id, text="Soon", blocks=[SECTION], metadata=METADATA
    )
    (message,) = slack.server.control.messages(slack.channel.id)
    assert answer["channel"] == slack.channel.id
    assert message["ts"] == answer["ts"]
    assert message["text"] == "Soon"
    assert message["metadata"] == METADATA
    assert message["blocks"][0]["text"] == SECTION["text"]
    assert message["blocks"][0]["block_id"]


def test_time_stamps_are_unique_texts_in_order(slack: Case) -> None:
    stamps = [slack.client.chat_postMessage(channel=slack.channel.id, text="x")["ts"] for _ in "ab"]
    slack.server.control.advance(-60)
    stamps.append(slack.client.chat_postMessage(channel=slack.channel.id, text="x")["ts"])
    assert stamps == sorted(set(stamps))
    assert all(isinstance(ts, str) and len(ts.partition(".")[2]) == 6 for ts in stamps)


@pytest.mark.parametrize("reference", ["#rooms", "rooms"])
def test_a_channel_may_be_named(slack: Case, reference: str) -> None:
    answer = slack.client.chat_postMessage(channel=reference, text="x")
    assert answer["channel"] == slack.channel.id


def test_a_user_id_means_the_direct_message(slack: Case) -> None:
    answer = slack.client.chat_postMessage(channel=slack.user.id, text="x")
    opened = slack.client.conversations_open(users=slack.user.id)
    assert answer["channel"] == opened["channel"]["id"]
    assert answer["channel"].startswith("D")


def test_long_text_is_cut_and_loose_characters_become_entities(slack: Case) -> None:
    slack.client.chat_postMessage(
        channel=slack.channel.id, text="R&D <!channel> a<b" + "x" * 50_000
    )
    text = slack.server.control.messages(slack.channel.id)[0]["text"]
    assert text.startswith("R&amp;D <!channel> a&lt;bx")
    assert text.count("x") == 40_000 - len("R&D <!channel> a<b")


def test_a_message_is_updated_and_deleted(slack: Case) -> None:
    sent = slack.client.chat_postMessage(
        channel=slack.channel.id, text="one", blocks=[SECTION], metadata=METADATA
    )
    slack.client.chat_update(channel=slack.channel.id, ts=sent["ts"], text="two")
    (message,) = slack.server.control.messages(slack.channel.id)
    assert message["text"] == "two"
    assert "blocks" not in message, "text without blocks removes the blocks"
    assert message["metadata"] == METADATA
    slack.client.chat_delete(channel=slack.channel.id, ts=sent["ts"])
    assert slack.server.control.messages(slack.channel.id) == []


def test_an_ephemeral_message_is_for_one_person(slack: Case) -> None:
    slack.client.chat_postEphemeral(channel=slack.channel.id, user=slack.user.id, text="psst")
    assert slack.server.control.messages(slack.channel.id)[0]["is_ephemeral"]
    assert slack.error_of(
        "chat.postEphemeral", channel=slack.channel.id, user="U0NOBODY00", text="x"
    ) == ("user_not_in_channel")


def test_a_reply_wants_the_parent(slack: Case) -> None:
    place: dict[str, Any] = {"channel": slack.channel.id, "text": "x"}
    parent = slack.client.chat_postMessage(**place)
    reply = slack.client.chat_postMessage(**place, thread_ts=parent["ts"])
    assert slack.error_of("chat.postMessage", **place, thread_ts=reply["ts"]) == (
        "cannot_reply_to_message"
    )
    assert slack.error_of("chat.postMessage", **place, thread_ts="1.000000") == "invalid_thread_ts"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, "no_text"),
        ({"text": "  "}, "no_text"),
        ({"text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
        ({"text": "x", "blocks": "["}, "invalid_blocks_format"),
        ({"text": "x", "blocks": '"[]"'}, "invalid_blocks_format"),
        ({"text": "x", "attachments": [{}] * 101}, "too_many_attachments"),
        ({"text": "x", "metadata": {"event_payload": {}}}, "invalid_metadata_format"),
        ({"text": "x", "metadata": "{"}, "invalid_metadata_format"),
        (
            {"text": "x", "metadata": {"event_type": "a", "event_payload": {"b": {"c": 1}}}},
            "invalid_metadata_schema",
        ),
        (
            {"text": "x", "metadata": {"event_type": "a", "event_payload": {"b": "c" * 17_000}}},
            "metadata_too_large",
        ),
        (
            {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3000}}] * 5},
            "msg_blocks_too_long",
        ),
    ],
)
def test_content_is_refused(slack: Case, arguments: dict[str, object], error: str) -> None:
    assert slack.error_of("chat.postMessage", channel=slack.channel.id, **arguments) == error
    assert slack.server.control.messages(slack.channel.id) == []


def test_a_missing_argument_is_named(slack: Case) -> None:
    answer = slack.refusal("chat.postMessage", text="x")
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"] == {"messages": ["[ERROR] missing required field: channel"]}


def test_channels_refuse(slack: Case) -> None:
    control, team = slack.server.control, slack.workspace.id
    stranger = control.add_channel(team, "elsewhere", with_app=False)
    secret = control.add_channel(team, "secret", with_app=False, private=True)
    control.archive_channel(team, slack.channel.id)
    errors = [
        slack.error_of("chat.postMessage", channel=channel, text="x")
        for channel in ("C0NOWHERE0", secret.id, stranger.id, slack.channel.id)
    ]
    assert errors == ["channel_not_found", "channel_not_found", "not_in_channel", "is_archived"]


def test_the_scope_for_public_channels_replaces_membership(slack: Case) -> None:
    elsewhere = slack.server.control.add_channel(slack.workspace.id, "elsewhere", with_app=False)
    scopes = ["chat:write", "chat:write.public"]
    token = slack.server.control.add_token(slack.workspace.id, scopes=scopes).value
    assert slack.client_with(token).chat_postMessage(channel=elsewhere.id, text="x")["ok"]


def test_the_messages_tab_may_be_off(slack: Case) -> None:
    slack.server.control.configure(messages_tab=False)
    assert slack.error_of("chat.postMessage", channel=slack.user.id, text="x") == (
        "messages_tab_disabled"
    )


def test_only_ones_own_messages_change(slack: Case) -> None:
    assert slack.error_of("chat.update", channel=slack.channel.id, ts="1.000000", text="x") == (
        "message_not_found"
    )
    url = slack.server.control.add_webhook(slack.workspace.id, slack.channel.id)
    WebhookClient(url).send(text="from a webhook")
    ts = slack.server.control.messages(slack.channel.id)[0]["ts"]
    assert slack.error_of("chat.delete", channel=slack.channel.id, ts=ts) == "cant_delete_message"
    sent = slack.client.chat_postMessage(channel=slack.channel.id, text="x")
    long = {"channel": slack.channel.id, "ts": sent["ts"], "text": "x" * 4001}
    assert slack.error_of("chat.update", **long) == "msg_too_long"


def test_forms_carry_json_values(slack: Case) -> None:
    answer = slack.client.api_call(
        "chat.postMessage",
        data={
            "channel": slack.channel.id,
            "blocks": '[{"type": "divider"}]',
            "metadata": '{"event_type": "a", "event_payload": {}}',
        },
    )
    assert answer["message"]["blocks"][0]["type"] == "divider"


def test_a_json_body_must_be_an_object(slack: Case) -> None:
    with pytest.raises(SlackApiError, match="json_not_object"):
        slack.client.api_call("chat.postMessage", json=[1])  # type: ignore[arg-type]
