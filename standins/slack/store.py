"""The state in memory, with the few acts on it that several doors share."""

import secrets
import string
from dataclasses import asdict, dataclass, field
from typing import Any

from standins.slack.clock import Clock
from standins.slack.errors import SlackError
from standins.slack.model import (
    APP_NAME,
    Channel,
    Hook,
    Json,
    Message,
    Token,
    User,
    View,
    Workspace,
)

ID_CHARACTERS = string.ascii_uppercase + string.digits
CHANNEL_ERROR = "channel_not_found"


def new_id(prefix: str) -> str:
    """A fresh id in Slack's shape: `prefix`, then ten capital letters and digits."""
    return f"{prefix}0" + "".join(secrets.choice(ID_CHARACTERS) for _ in range(9))


@dataclass
class Store:
    """Everything that survives a restart."""

    clock: Clock
    workspaces: dict[str, Workspace] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    hooks: dict[str, Hook] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)  # modals by id, App Homes by team/user

    def add_workspace(self, *, id: str, name: str, domain: str) -> Workspace:
        """A workspace with nobody but the app's bot user."""
        bot = User(new_id("U"), APP_NAME.lower(), APP_NAME, "", is_bot=True)
        workspace = Workspace(id, name, domain, bot.id, new_id("B"), users={bot.id: bot})
        self.workspaces[id] = workspace
        return workspace

    def add_channel(
        self, workspace: Workspace, name: str, *, id: str = "", **attributes: Any
    ) -> Channel:
        """A new channel or direct message; a public channel holds every person."""
        prefix = "D" if attributes.get("im_user") else "C"
        channel = Channel(id or new_id(prefix), name, int(self.clock.now()), **attributes)
        if channel.kind == "public_channel" and not channel.members:
            channel.members = [user.id for user in workspace.people()]
        workspace.channels[channel.id] = channel
        return channel

    def direct_message(self, workspace: Workspace, user: User) -> tuple[Channel, bool]:
        """The app's conversation with one person, and whether it existed already."""
        for channel in workspace.channels.values():
            if channel.im_user == user.id:
                return channel, True
        members = [user.id, workspace.bot_user_id]
        return self.add_channel(workspace, "", im_user=user.id, members=members), False

    def channel_for(self, workspace: Workspace, reference: str) -> Channel:
        """The channel meant by an id, a `#name`, a name, or a person's id (their direct message).

        Raises SlackError `channel_not_found`.
        """
        if reference in workspace.channels:
            return workspace.channels[reference]
        user = workspace.users.get(reference)
        if user is not None and not user.deleted and not user.is_bot:
            return self.direct_message(workspace, user)[0]
        name = reference.removeprefix("#")
        for channel in workspace.channels.values():
            if name and channel.name == name:
                return channel
        raise SlackError(CHANNEL_ERROR)

    def post(self, channel: Channel, message: Message) -> Message:
        """Append the message under a time stamp that no other message of the channel has."""
        message.ts = self.next_ts(channel)
        channel.messages.append(message)
        return message

    def next_ts(self, channel: Channel) -> str:
        """Now, or a microsecond after the channel's newest message."""
        now = f"{self.clock.now():.6f}"
        newest = max((message.ts for message in channel.messages), default="")
        if now > newest:
            return now
        seconds, _, micros = newest.partition(".")
        number = int(seconds) * 1_000_000 + int(micros) + 1
        return f"{number // 1_000_000}.{number % 1_000_000:06d}"

    def token_of(self, team_id: str) -> Token | None:
        """The workspace's active bot token, the newest first."""
        active = [t for t in self.tokens.values() if t.team_id == team_id and t.status == "active"]
        return active[-1] if active else None

    def to_json(self) -> Json:
        """The whole state as JSON values."""
        return {
            "workspaces": [asdict(workspace) for workspace in self.workspaces.values()],
            "tokens": [asdict(token) for token in self.tokens.values()],
            "hooks": [asdict(hook) for hook in self.hooks.values()],
            "views": {key: asdict(view) for key, view in self.views.items()},
        }

    @classmethod
    def from_json(cls, state: Json, clock: Clock) -> "Store":
        """What `to_json` wrote."""
        workspaces = [_workspace(raw) for raw in state["workspaces"]]
        return cls(
            clock,
            workspaces={workspace.id: workspace for workspace in workspaces},
            tokens={raw["value"]: Token(**raw) for raw in state["tokens"]},
            hooks={raw["path"]: Hook(**raw) for raw in state["hooks"]},
            views={key: View(**raw) for key, raw in state["views"].items()},
        )


def _workspace(raw: Json) -> Workspace:
    users = {id: User(**user) for id, user in raw["users"].items()}
    channels = {id: _channel(channel) for id, channel in raw["channels"].items()}
    return Workspace(**{**raw, "users": users, "channels": channels})


def _channel(raw: Json) -> Channel:
    return Channel(**{**raw, "messages": [Message(**message) for message in raw["messages"]]})
