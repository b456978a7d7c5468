"""The settings under which the product runs here: what the user has set goes before ours."""

import os
from collections.abc import Mapping

GOOGLE_CLIENT = {"GOOGLE_CLIENT_ID": "roomly-demo", "GOOGLE_CLIENT_SECRET": "roomly-demo-secret"}
SLACK_CLIENT = {
    "SLACK_CLIENT_ID": "roomly-demo",
    "SLACK_CLIENT_SECRET": "roomly-demo-secret",
    "SLACK_SIGNING_SECRET": "demo-signing-secret",
}
THROWAWAY_SECRETS = {
    "SECRET_KEY": "demo-only-for-tests",
    "FIELD_ENCRYPTION_KEYS": "dGVzdHMgYW5kIGJlbmNobWFya3Mgb25seTogMzIgYnk=",
}


def google(base: str) -> dict[str, str]:
    """The settings that lead to a server which speaks Google's wire format at `base`."""
    return {
        **GOOGLE_CLIENT,
        "GOOGLE_OAUTH_AUTHORIZE_URL": f"{base}/o/oauth2/v2/auth",
        "GOOGLE_OAUTH_TOKEN_URL": f"{base}/token",
        "GOOGLE_OAUTH_CERTS_URL": f"{base}/oauth2/v1/certs",
        "GOOGLE_OAUTH_ISSUER": base,
        "GOOGLE_OAUTH_REVOKE_URL": f"{base}/revoke",
        "GOOGLE_API_URL": base,
    }


def slack(base: str) -> dict[str, str]:
    """The settings that lead to a server which speaks Slack's wire format at `base`."""
    return {
        **SLACK_CLIENT,
        "SLACK_API_URL": f"{base}/api/",
        "SLACK_AUTHORIZE_URL": f"{base}/oauth/v2/authorize",
    }


def settings(*ours: Mapping[str, str], servers: Mapping[str, str]) -> dict[str, str]:
    """All that a process of the product is told: `ours`, what the user has set in its place.

    `servers` has considered the user's own already (`standins.servers.settings`).
    """
    told = {"DEBUG": "false", "LOG_FORMAT": "console"}
    for part in ours:
        told |= part
    chosen = {name: os.environ.get(name, value) for name, value in told.items()}
    return {**chosen, **servers, "DJANGO_SETTINGS_MODULE": "roomly.settings"}


def process(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a child process; which database role it has is ours to say."""
    inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_ROLE"}
    return {**inherited, "PYTHONUNBUFFERED": "1", **settings}
