"""users.* and conversations.*: finding people and channels, reading back."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from tests.standins.slack_case import Case


def test_a_person_is_found_by_email(slack: Case) -> None:
    user = slack.client.users_lookupByEmail(email="MINA@acme.example")["user"]
    assert user["id"] == slack.user.id
    assert user["profile"]["email"] == "mina@acme.example"


@pytest.mark.parametrize("attributes", [{"deleted": True}, {"email_hidden": True}])
def test_some_people_are_not_found(slack: Case, attributes: dict[str, Any]) -> None:
    slack.server.control.add_user(slack.workspace.id, "gone@acme.example", **attributes)
    for email in ("gone@acme.example", "nobody@acme.example"):
        with pytest.raises(SlackApiError, match="users_not_found"):
            slack.client.users_lookupByEmail(email=email)


def test_the_email_needs_its_scope(slack: Case) -> None:
    token = slack.server.control.add_token(slack.workspace.id, scopes=["users:read"]).value
    user = slack.client_with(token).users_info(user=slack.user.id)["user"]
    assert "email" not in user["profile"]
    assert slack.client.users_info(user=slack.user.id)["user"]["profile"]["email"]
    with pytest.raises(SlackApiError, match="user_not_found"):
        slack.client.users_info(user="U0NOBODY00")


def test_reading_methods_take_no_json(slack: Case) -> None:
    assert slack.error_of("users.lookupByEmail", email="mina@acme.example") == "invalid_arguments"


def test_conversations_open(slack: Case) -> None:
    first = slack.client.conversations_open(users=[slack.user.id])
    again = slack.client.conversations_open(users=slack.user.id)
    assert first["channel"]["id"] == again["channel"]["id"]
    assert again["already_open"]
    gone = slack.server.control.add_user(slack.workspace.id, "gone@acme.example", deleted=True)
    for users, error in ((gone.id, "user_disabled"), ("U0NOBODY00", "user_not_found")):
        with pytest.raises(SlackApiError, match=error):
            slack.client.conversations_open(users=users)


def test_channels_are_listed_by_pages(slack: Case) -> None:
    control = slack.server.control
    control.add_channel(slack.workspace.id, "other", with_app=False)
    control.add_channel(slack.workspace.id, "secret", with_app=False, private=True)
    pages = slack.client.conversations_list(limit=1)
    names = [channel["name"] for page in pages for channel in page["channels"]]
    assert names == ["rooms", "other"]
    with pytest.raises(SlackApiError, match="missing_scope"):
        slack.client.conversations_list(types="private_channel")


def test_a_channel_tells_whether_the_app_is_in_it(slack: Case) -> None:
    control, team = slack.server.control, slack.workspace.id
    for present in (True, False):
        control.set_app_in_channel(team, slack.channel.id, present)
        info = slack.client.conversations_info(channel=slack.channel.id)["channel"]
        assert info["is_member"] is present


def test_history_is_newest_first(slack: Case) -> None:
    metadata = {"event_type": "a", "event_payload": {"id": 1}}
    for text in ("one", "two", "three"):
        slack.client.chat_postMessage(channel=slack.channel.id, text=text, metadata=metadata)
    place: dict[str, Any] = {"channel": slack.channel.id, "limit": 2, "include_all_metadata": True}
    first = slack.client.conversations_history(**place)
    assert [message["text"] for message in first["messages"]] == ["three", "two"]
    assert first["messages"][0]["metadata"] == metadata
    cursor = first["response_metadata"]["next_cursor"]
    rest = slack.client.conversations_history(**place, cursor=cursor)
    assert [message["text"] for message in rest["messages"]] == ["one"]
    since = slack.client.conversations_history(
        channel=slack.channel.id, oldest=first["messages"][1]["ts"]
    )
    assert [message["text"] for message in since["messages"]] == ["three"]


def test_history_of_an_unapproved_app(slack: Case) -> None:
    for _ in range(16):
        slack.client.chat_postMessage(channel=slack.channel.id, text="x")
    slack.server.control.limit_rates(False, restricted_history=True)
    answer = slack.client.conversations_history(channel=slack.channel.id, limit=100)
    assert len(answer["messages"]) == 15
    with pytest.raises(SlackApiError) as caught:
        slack.client.conversations_history(channel=slack.channel.id)
    assert caught.value.response.headers["retry-after"] == "60"
