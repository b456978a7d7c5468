"""What the stand-in remembers: workspaces, people, channels, messages, tokens, webhooks."""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

APP_ID = "A0ROOMLY00"
APP_NAME = "Roomly"


@dataclass
class User:
    """A member of one workspace."""

    id: str
    name: str
    real_name: str
    email: str
    tz: str = "Asia/Seoul"
    deleted: bool = False
    is_bot: bool = False
    is_admin: bool = False
    email_hidden: bool = False

    def wire(self, team_id: str, *, with_email: bool) -> Json:
        """The user as users.info shows it; the e-mail needs its own scope."""
        profile = {"real_name": self.real_name, "display_name": self.real_name}
        if with_email and self.email and not self.email_hidden:
            profile["email"] = self.email
        return {
            "id": self.id,
            "team_id": team_id,
            "name": self.name,
            "real_name": self.real_name,
            "deleted": self.deleted,
            "is_bot": self.is_bot,
            "is_admin": self.is_admin,
            "is_restricted": False,
            "is_app_user": False,
            "tz": self.tz,
            "profile": profile,
        }


@dataclass
class Message:
    """A message; `ts` is its name within the channel and sorts as text."""

    ts: str
    text: str
    user_id: str
    bot_id: str = ""
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    thread_ts: str = ""
    edited_ts: str = ""
    ephemeral_to: str = ""  # the only person who sees it; empty: everyone

    def wire(self, team_id: str, *, with_metadata: bool = True) -> Json:
        """The message as Slack's answers show it; empty parts are left out."""
        author: Json = {"user": self.user_id} if self.user_id else {"subtype": "bot_message"}
        if self.bot_id:
            author |= {"bot_id": self.bot_id, "app_id": APP_ID}
        optional = {
            "blocks": self.blocks,
            "attachments": self.attachments,
            "thread_ts": self.thread_ts,
            "metadata": self.metadata if with_metadata else None,
            "edited": {"user": self.user_id, "ts": self.edited_ts} if self.edited_ts else None,
            "is_ephemeral": bool(self.ephemeral_to),
        }
        shown = {name: value for name, value in optional.items() if value}
        return (
            {"type": "message", "ts": self.ts, "text": self.text, "team": team_id} | author | shown
        )


@dataclass
class Channel:
    """A channel, or a direct message when `im_user` (or several `members`) says so."""

    id: str
    name: str
    created: int
    is_private: bool = False
    is_archived: bool = False
    im_user: str = ""
    is_mpim: bool = False
    members: list[str] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """One of the `types` of conversations.list."""
        if self.im_user:
            return "im"
        if self.is_mpim:
            return "mpim"
        return "private_channel" if self.is_private else "public_channel"

    def find(self, ts: str) -> Message | None:
        """The message of that time stamp."""
        return next((message for message in self.messages if message.ts == ts), None)

    def wire(self, bot_user_id: str) -> Json:
        """The channel as conversations.info shows it."""
        common = {"id": self.id, "created": self.created, "is_archived": self.is_archived}
        if self.im_user:
            return common | {"is_im": True, "user": self.im_user, "is_open": True}
        return common | {
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": self.kind == "public_channel",
            "is_group": self.kind == "private_channel",
            "is_im": False,
            "is_mpim": self.is_mpim,
            "is_private": self.is_private or self.is_mpim,
            "is_general": self.name == "general",
            "is_member": bot_user_id in self.members,
            "num_members": len(self.members),
        }


@dataclass
class Token:
    """A bot token of the app in one workspace."""

    value: str
    team_id: str
    scopes: list[str]
    status: str = "active"  # or the error that Slack answers: token_revoked, account_inactive
    expires_at: float | None = None  # epoch seconds; only with token rotation
    refresh_token: str = ""


@dataclass
class Hook:
    """An incoming webhook; `failure` is the body of a refusal that it always gives."""

    path: str  # T…/B…/secret
    team_id: str
    channel_id: str
    failure: str = ""


@dataclass
class View:
    """A modal that is open, or a person's App Home."""

    id: str
    team_id: str
    user_id: str
    content: Json
    hash: str
    is_open: bool = True

    def wire(self, bot_id: str) -> Json:
        """The view as views.* answer it."""
        return self.content | {
            "id": self.id,
            "team_id": self.team_id,
            "app_id": APP_ID,
            "bot_id": bot_id,
            "hash": self.hash,
            "root_view_id": self.id,
            "previous_view_id": None,
            "state": {"values": {}},
        }


@dataclass
class Workspace:
    """A workspace with the app's bot user in it."""

    id: str
    name: str
    domain: str
    bot_user_id: str
    bot_id: str
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)

    def people(self) -> list[User]:
        """The members who are persons, oldest first."""
        return [user for user in self.users.values() if not user.is_bot]
