"""The control API over HTTP: `POST /control/<name>` with the arguments as a JSON object."""

import inspect
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from standins.google.controls import Controls
from standins.google.errors import GoogleError


async def order(request: Request) -> Response:
    """Run one order; 404 for an unknown one, 400 with a sentence for a wrong one."""
    name = request.path_params["name"]
    controls: Controls = request.app.state.controls
    action = None if name.startswith("_") else getattr(Controls, name, None)
    if action is None:
        return JSONResponse({"error": f"no such order: {name}"}, 404)
    try:
        positional, named = await _arguments(request)
        result = getattr(controls, name)(*positional, **named)
        if inspect.isawaitable(result):
            result = await result
    except (ValueError, TypeError) as error:
        return JSONResponse({"error": str(error)}, 400)
    except KeyError as error:
        return JSONResponse({"error": f"unknown: {error}"}, 400)
    except GoogleError as error:
        return JSONResponse(error.envelope(), error.code)
    return JSONResponse({"result": result})


async def _arguments(request: Request) -> tuple[list[Any], dict[str, Any]]:
    """A query, a JSON object of names, or a JSON pair of positions and names."""
    if request.method == "GET":
        return [], dict(request.query_params)
    given = await request.json() if await request.body() else {}
    if isinstance(given, list):
        positional, named = given
        return positional, named
    return [], given
