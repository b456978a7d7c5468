"""What an app's owner sets for it at Slack."""

from dataclasses import dataclass, field


@dataclass
class AppSettings:
    """The app's page at api.slack.com, as far as it matters here."""

    app_url: str = "http://127.0.0.1:8000"  # where the app itself is reached
    client_id: str = "roomly-demo"
    client_secret: str = "roomly-demo-secret"
    signing_secret: str = "demo-signing-secret"
    token_rotation: bool = False
    messages_tab: bool = True
    interactions_path: str = "/slack/interactions"
    commands_path: str = "/slack/commands"
    events_path: str = "/slack/events"
    redirect_urls: list[str] = field(default_factory=list)  # besides everything under app_url
