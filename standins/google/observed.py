"""The OAuth endpoints under observation: logged, and open to faults like the APIs."""

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from standins.google.faults import OAUTH_KINDS, Fault
from standins.google.world import World
from standins.serving import NoAnswer

Endpoint = Callable[[Request], Awaitable[Response]]
_SECRETS = ("client_secret", "code", "code_verifier", "assertion", "refresh_token", "token")


def observed(name: str, endpoint: Endpoint) -> Endpoint:
    """The endpoint with a line in the log (`api` is `oauth.<name>`) and faults before it.

    Only faults that name it (`method="oauth.token"`, or its path) meet it.
    """

    async def answer(request: Request) -> Response:
        world: World = request.app.state.world
        form = dict(parse_qsl((await request.body()).decode(errors="replace")))
        entry = {
            "at": world.clock.now(),
            "method": request.method,
            "path": request.url.path,
            "query": "",
            "api": f"oauth.{name}",
            "body": {key: value for key, value in form.items() if key not in _SECRETS},
        }
        world.requests.append(entry)
        world.tally[f"oauth.{name}"] += 1
        fault = world.faults.take_named(f"oauth.{name}", request.url.path)
        response = await _faulty(request, endpoint, fault)
        entry["status"] = 0 if isinstance(response, NoAnswer) else response.status_code
        return response

    return answer


async def _faulty(request: Request, endpoint: Endpoint, fault: Fault | None) -> Response:
    if fault is None:
        return await endpoint(request)
    await asyncio.sleep(fault.latency)
    if fault.kind == "latency":
        return await endpoint(request)
    if fault.after or fault.kind == "drop_after":
        await endpoint(request)
    if fault.kind in ("drop", "drop_after"):
        return NoAnswer()
    if fault.kind in OAUTH_KINDS:
        status, words = OAUTH_KINDS[fault.kind]
        return JSONResponse({"error": fault.kind, "error_description": words}, status)
    refusal = fault.error()
    return JSONResponse(refusal.envelope(), refusal.code, headers=refusal.headers)
