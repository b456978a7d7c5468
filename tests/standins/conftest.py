"""Fixtures of the stand-ins' tests."""

from tests.standins.slack_case import app, slack, slack_app, slack_server

__all__ = ["app", "slack", "slack_app", "slack_server"]
