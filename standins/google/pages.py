"""Pages for people, from the templates beside this module."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
    """One page; `status` is its HTTP status."""
    world = request.app.state.world
    html = _TEMPLATES.get_template(template).render(now=world.clock.moment(), **context)
    return HTMLResponse(html, status, headers={"Cache-Control": "no-store"})
