"""Putting it together: the ASGI application, and serving it inside a test process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from standins.serving import listening, serve_in_thread
from standins.slack import control_api, install, page, web_api, webhooks
from standins.slack.control import Control
from standins.slack.demo import seed
from standins.slack.settings import AppSettings
from standins.slack.standin import Standin

STYLES = Mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))


@dataclass
class Serving:
    """A stand-in that is being served."""

    url: str  # without a slash at the end
    control: Control

    @property
    def api_url(self) -> str:
        """For slack_sdk's base_url."""
        return f"{self.url}/api/"

    @property
    def authorize_url(self) -> str:
        """The install page."""
        return f"{self.url}/oauth/v2/authorize"


def application(standin: Standin) -> Starlette:
    """The ASGI application of a stand-in."""
    modules = (web_api, webhooks, install, control_api, page)
    app = Starlette(routes=[STYLES] + [route for module in modules for route in module.ROUTES])
    app.state.standin = standin
    return app


@contextmanager
def serve(*, demo: bool = False, port: int = 0, **settings: Any) -> Iterator[Serving]:
    """Serve from a thread, by default empty, on a free loopback port.

    `settings` are those of AppSettings. Events are retried without waiting.
    """
    standin = Standin(AppSettings(**settings), seed if demo else None, retry_seconds=(0, 0, 0))
    with listening(port) as (listener, url), serve_in_thread(application(standin), listener):
        standin.base_url = url
        yield Serving(url, Control(standin))
