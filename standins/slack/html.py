"""Templates of the person's pages."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from standins.slack import mrkdwn
from standins.slack.model import Channel, Workspace

ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A template as a response that no cache keeps."""
    body = ENVIRONMENT.get_template(template).render(context)
    return HTMLResponse(body, status_code=status, headers={"Cache-Control": "no-store"})


def _moment(ts: str, zone: str) -> datetime:
    return datetime.fromtimestamp(float(ts), tz=UTC).astimezone(ZoneInfo(zone))


def clock_time(ts: str, zone: str) -> str:
    """The local date and time of a message's time stamp."""
    return _moment(ts, zone).strftime("%a %-d %b %H:%M:%S")


def iso_time(ts: str, zone: str) -> str:
    """The same in ISO 8601, for <time datetime>."""
    return _moment(ts, zone).isoformat(timespec="seconds")


def channel_path(workspace: Workspace, channel: Channel) -> str:
    """Where a channel's page is."""
    return f"/client/{workspace.id}/{channel.id}"


ENVIRONMENT.filters["clock_time"] = clock_time
ENVIRONMENT.filters["iso_time"] = iso_time
ENVIRONMENT.globals["channel_path"] = channel_path
ENVIRONMENT.globals["static"] = "/static/{}".format
ENVIRONMENT.globals["mrkdwn"] = mrkdwn.render
ENVIRONMENT.globals["text_object"] = mrkdwn.render_object
