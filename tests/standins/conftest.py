"""Fixtures of the stand-ins' tests."""

from tests.standins.google_case import api, google, google_server, hook, http
from tests.standins.slack_case import app, slack, slack_app, slack_server

__all__ = [
    "api",
    "app",
    "google",
    "google_server",
    "hook",
    "http",
    "slack",
    "slack_app",
    "slack_server",
]
