"""Control of a running stand-in by methods: what tests arrange, cause, and look at."""

from typing import Any

from standins.slack import activity
from standins.slack.demo import BOT_SCOPES
from standins.slack.faults import Fault
from standins.slack.methods.oauth import add_hook
from standins.slack.model import Channel, Hook, Json, Token, User, View, Workspace
from standins.slack.outgoing import Reply
from standins.slack.standin import Standin
from standins.slack.store import new_id


class Control:
    """Every method takes ids; an unknown id raises KeyError, a bad value ValueError."""

    def __init__(self, standin: Standin) -> None:
        self._standin = standin

    def reset(self) -> None:
        """Start over from the seed: state, settings, clock, faults, limits, logs."""
        self._standin.reset()

    def configure(self, **values: Any) -> None:
        """Change app settings: app_url, signing_secret, token_rotation, messages_tab, …"""
        self._standin.configure(**values)

    def advance(self, seconds: float) -> None:
        """Move the stand-in's clock."""
        self._standin.clock.advance(seconds)

    def limit_rates(self, enabled: bool = True, *, restricted_history: bool = False) -> None:
        """Switch rate limits, and the rule of 15 messages a minute for unapproved apps."""
        self._standin.limiter.enabled = enabled
        self._standin.limiter.restricted_history = restricted_history

    def retry_events_after(self, *seconds: float) -> None:
        """Delays before the retries of an event; Slack's are 0, 60 and 300 seconds."""
        self._standin.app.retry_seconds = seconds

    def add_workspace(self, name: str = "Example", *, id: str = "", domain: str = "") -> Workspace:
        """A workspace with the app's bot user and nobody else."""
        with self._standin.writing() as store:
            return store.add_workspace(
                id=id or new_id("T"), name=name, domain=domain or name.lower()
            )

    def add_user(self, team_id: str, email: str, real_name: str = "", **attributes: Any) -> User:
        """A person; attributes are those of User, such as deleted=True or email_hidden=True."""
        with self._standin.writing() as store:
            handle = email.partition("@")[0]
            id = attributes.pop("id", "") or new_id("U")
            user = User(id, handle, real_name or handle.title(), email, **attributes)
            store.workspaces[team_id].users[user.id] = user
            return user

    def add_channel(
        self, team_id: str, name: str, *, id: str = "", with_app: bool = True, private: bool = False
    ) -> Channel:
        """A channel, with the app in it unless told otherwise."""
        with self._standin.writing() as store:
            workspace = store.workspaces[team_id]
            channel = store.add_channel(workspace, name, id=id, is_private=private)
            if with_app:
                channel.members.append(workspace.bot_user_id)
            return channel

    def add_token(
        self,
        team_id: str,
        value: str = "",
        *,
        scopes: list[str] | None = None,
        expires_in: float | None = None,
        refresh_token: str = "",
    ) -> Token:
        """A bot token, with the demonstration's scopes; `expires_in` is in seconds."""
        standin = self._standin
        with standin.writing() as store:
            value = value or f"xoxb-{new_id('')}{new_id('')}"
            granted = list(BOT_SCOPES) if scopes is None else scopes
            expires_at = None if expires_in is None else standin.clock.now() + expires_in
            store.tokens[value] = Token(
                value,
                store.workspaces[team_id].id,
                granted,
                expires_at=expires_at,
                refresh_token=refresh_token,
            )
            return store.tokens[value]

    def add_webhook(self, team_id: str, channel_id: str) -> str:
        """The URL of a new incoming webhook."""
        with self._standin.writing() as store:
            hook = add_hook(store, store.workspaces[team_id], channel_id)
        return f"{self._standin.base_url}/services/{hook.path}"

    def break_webhook(self, url: str, failure: str = "no_active_hooks") -> None:
        """Let a webhook refuse with this body from now on; an empty one mends it."""
        with self._standin.writing():
            self._hook(url).failure = failure

    def revoke_token(self, value: str, error: str = "token_revoked") -> None:
        """Let a token fail with `token_revoked`, `account_inactive` or `token_expired`."""
        with self._standin.writing() as store:
            store.tokens[value].status = error

    def archive_channel(self, team_id: str, channel_id: str, archived: bool = True) -> None:
        """Archive a channel, or bring it back."""
        with self._standin.writing():
            self._channel(team_id, channel_id).is_archived = archived

    def delete_channel(self, team_id: str, channel_id: str) -> None:
        """Remove a channel with its messages."""
        with self._standin.writing() as store:
            del store.workspaces[team_id].channels[channel_id]

    def set_app_in_channel(self, team_id: str, channel_id: str, present: bool) -> None:
        """Invite the app into a channel, or remove it."""
        with self._standin.writing() as store:
            channel, bot = self._channel(team_id, channel_id), store.workspaces[team_id].bot_user_id
            channel.members = [member for member in channel.members if member != bot]
            channel.members += [bot] if present else []

    def fault(self, method: str, kind: str, **details: Any) -> None:
        """Let the next calls of an API method, "webhook", "response_url" or "*" misbehave.

        See Fault for the kinds (latency, status, error, drop) and details.
        """
        self._standin.faults.add(Fault(method, kind, **details))  # type: ignore[arg-type]

    def messages(self, channel_id: str, *, team_id: str = "") -> list[Json]:
        """A channel's messages, oldest first, with metadata, also those for one person only.

        `channel_id` may be a person's id: then those of the direct message with the app.
        """
        with self._standin.lock:
            for workspace in self._standin.store.workspaces.values():
                for channel in workspace.channels.values():
                    is_meant = channel_id in (channel.id, channel.im_user)
                    if is_meant and team_id in ("", workspace.id):
                        return [message.wire(workspace.id) for message in channel.messages]
        return []

    def requests(self, method: str = "") -> list[Json]:
        """The log: API calls, webhook and response_url posts; `method` narrows it."""
        with self._standin.lock:
            log = list(self._standin.requests)
        return [entry for entry in log if method in ("", entry.get("method"), entry["kind"])]

    def deliveries(self) -> list[Json]:
        """Every request to the app with its answer."""
        return list(self._standin.app.deliveries)

    def views(self, team_id: str, user_id: str) -> list[View]:
        """The modals and the App Home of a person."""
        views = self._standin.store.views.values()
        return [view for view in views if (view.team_id, view.user_id) == (team_id, user_id)]

    def click(self, team_id: str, channel_id: str, ts: str, action_id: str, user_id: str) -> Reply:
        """A person clicks a button; raises LookupError when the message has no such button."""
        workspace, user = self._person(team_id, user_id)
        channel = self._channel(team_id, channel_id)
        return activity.click(self._standin, workspace, user, channel, ts=ts, action_id=action_id)

    def command(self, team_id: str, channel_id: str, user_id: str, line: str) -> Reply:
        """A person types a slash command such as "/room list"."""
        workspace, user = self._person(team_id, user_id)
        channel = self._channel(team_id, channel_id)
        return activity.run_command(self._standin, workspace, user, channel, line)

    def submit_view(self, team_id: str, view_id: str, values: Json) -> Reply:
        """A person submits a modal; `values` is block_id -> action_id -> element state."""
        store = self._standin.store
        view = store.views[view_id]
        return activity.submit(self._standin, store.workspaces[team_id], view, values)

    def send_event(self, team_id: str, event: Json) -> list[Reply]:
        """Deliver an event; one reply an attempt."""
        workspace = self._standin.store.workspaces[team_id]
        return activity.send_event(self._standin, workspace, event)

    def verify_url(self, challenge: str = "challenge") -> Reply:
        """Send url_verification to the app."""
        return self._standin.app.verify_url(challenge)

    def uninstall(self, team_id: str) -> list[list[Reply]]:
        """Remove the app from the workspace: tokens_revoked, then app_uninstalled."""
        return activity.uninstall(self._standin, self._standin.store.workspaces[team_id])

    def _channel(self, team_id: str, channel_id: str) -> Channel:
        return self._standin.store.workspaces[team_id].channels[channel_id]

    def _person(self, team_id: str, user_id: str) -> tuple[Workspace, User]:
        workspace = self._standin.store.workspaces[team_id]
        return workspace, workspace.users[user_id]

    def _hook(self, url: str) -> Hook:
        return self._standin.store.hooks[url.partition("/services/")[2]]
