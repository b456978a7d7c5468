"""Refusals: an error code with HTTP 200, or a limit with HTTP 429."""

from typing import Any


class SlackError(Exception):
    """`{"ok": false, "error": code, …extra}` with HTTP 200, as every Web API refusal."""

    def __init__(self, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra

    @classmethod
    def missing_argument(cls, name: str) -> "SlackError":
        """A required argument is absent or empty."""
        return cls.invalid(f"[ERROR] missing required field: {name}")

    @classmethod
    def invalid(cls, *messages: str) -> "SlackError":
        """`invalid_arguments` with the reasons that Slack puts into response_metadata."""
        return cls("invalid_arguments", response_metadata={"messages": list(messages)})


class RateLimitedError(Exception):
    """Too many calls; `retry_after` is whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"retry after {retry_after} s")
        self.retry_after = retry_after
