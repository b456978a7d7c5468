"""POST /control/<name>: the methods of Control over HTTP, with JSON arguments by name."""

from dataclasses import asdict, is_dataclass
from inspect import signature
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from standins.slack.control import Control

COMMANDS = {
    name: str(signature(method))
    for name, method in vars(Control).items()
    if not name.startswith("_")
}


async def list_commands(_request: Request) -> Response:
    """GET /control/: the names and their arguments."""
    return JSONResponse(COMMANDS)


async def control(request: Request) -> Response:
    """Run one method; 400 with the reason when it does not accept its arguments."""
    name = request.path_params["name"]
    if name not in COMMANDS:
        return JSONResponse({"error": f"unknown control: {name}"}, status_code=404)
    method = getattr(Control(request.app.state.standin), name)
    try:
        arguments = await request.json() if await request.body() else {}
        positional = arguments.pop("seconds", None) if name == "retry_events_after" else None
        result = await run_in_threadpool(method, *(positional or ()), **arguments)
    except (TypeError, ValueError, LookupError) as error:
        reason = f"{type(error).__name__}: {error}"
        return JSONResponse({"error": reason}, status_code=400)
    return JSONResponse({"result": as_json(result)})


def as_json(value: Any) -> Any:
    """Dataclasses, also inside lists, as objects."""
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


ROUTES = [
    Route("/control/", list_commands, methods=["GET"]),
    Route("/control/{name}", control, methods=["POST"]),
]
