"""One call of a Web API method, and what a method declares about itself."""

from collections.abc import Callable
from dataclasses import dataclass

from standins.slack.errors import SlackError
from standins.slack.model import Channel, Json, Token, User, Workspace
from standins.slack.standin import Standin
from standins.slack.store import Store


@dataclass
class Call:
    """A call by a known token."""

    standin: Standin
    arguments: Json
    token: Token
    workspace: Workspace

    @property
    def store(self) -> Store:
        """The state to read and change."""
        return self.standin.store

    def text(self, name: str) -> str:
        """A required argument as text."""
        value = self.optional(name)
        if not value:
            raise SlackError.missing_argument(name)
        return value

    def optional(self, name: str) -> str:
        """An argument as text; empty when absent."""
        value = self.arguments.get(name)
        return "" if value is None else str(value)

    def flag(self, name: str) -> bool:
        """A boolean argument as forms and JSON write it."""
        return self.arguments.get(name) in (True, 1, "1", "true", "True")

    def number(self, name: str, default: int) -> int:
        """A whole number, or `invalid_arguments`."""
        try:
            return int(self.arguments.get(name) or default)
        except (TypeError, ValueError):
            raise SlackError.invalid(f"[ERROR] must be an integer: {name}") from None

    def channel(self) -> Channel:
        """The channel argument's channel."""
        return self.store.channel_for(self.workspace, self.text("channel"))

    def user(self, name: str = "user") -> User:
        """The person of a user id argument; raises `user_not_found`."""
        user = self.workspace.users.get(self.text(name))
        if user is None:
            raise SlackError("user_not_found")
        return user

    def require_scope(self, scope: str) -> None:
        """Raise `missing_scope` when the token has not got this one."""
        if scope not in self.token.scopes:
            raise missing_scope(self.token, scope)


@dataclass
class AppCall:
    """A call by the app itself (its client id and secret); `token` is only what it is about."""

    standin: Standin
    arguments: Json
    token: str


@dataclass(frozen=True)
class Method:
    """A method with its rate limit tier and the scopes of which one suffices."""

    name: str
    run: Callable[[Call], Json]
    scopes: tuple[str, ...] = ()
    tier: int = 3
    json_body: bool = True  # methods that only read take forms alone


def missing_scope(token: Token, needed: str) -> SlackError:
    """`missing_scope` with what it names."""
    return SlackError("missing_scope", needed=needed, provided=",".join(token.scopes))


@dataclass(frozen=True)
class AppMethod:
    """A method that the app calls by its own id and secret."""

    name: str
    run: Callable[[AppCall], Json]
    json_body: bool = False
