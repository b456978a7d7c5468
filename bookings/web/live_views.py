"""`GET /live`: server-sent events that tell an open page to look again.

Runs on the event loop (see `roomly.asgi`). A stream holds no database connection: who listens is
asked in a thread, in a scope that is closed before the stream goes on.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from random import randint

from asgiref.sync import sync_to_async
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from bookings.fan_out import CLOSED, company_version, event, listen
from tenants.access import company_of_session, member_of_session
from tenants.errors import DomainError
from tenants.scope import company_scope

HEARTBEAT = 20.0  # seconds; proxies drop silent streams after 30 to 60
TRUST = 300.0  # seconds until it is asked again who listens
RETRY = (500, 5000)  # milliseconds, at random: a server that comes back is not met by all at once


async def live(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The stream of the visitor's company; 403 for strangers.

    Events: `hello` once it listens, `rooms` with the rooms and UTC days that changed (no
    day: all of them), `reload` when some may have been missed. The id is the company's version.
    """
    if request.method != "GET":
        return HttpResponse(status=405)
    company_id = await _company_of(request)
    if company_id is None:
        return HttpResponse(status=403)
    return StreamingHttpResponse(
        _events(request, company_id),
        content_type="text/event-stream",
        # Nobody on the way may hold it back: neither a proxy nor our own compression.
        headers={
            "Cache-Control": "no-store",
            "Content-Encoding": "identity",
            "X-Accel-Buffering": "no",
        },
    )


async def _events(request: HttpRequest, company_id: int) -> AsyncIterator[str]:
    yield f"retry: {randint(*RETRY)}\n\n"  # noqa: S311  nothing secret
    async with listen(company_id) as messages:
        version = await company_version(company_id)
        yield event("hello", "{}", version)
        if request.headers.get("Last-Event-ID", str(version)) != str(version):
            yield event("reload", "{}", version)
        trusted_until = time.monotonic() + TRUST
        while (told := await _next(messages)) != CLOSED:
            if time.monotonic() > trusted_until:
                if await _company_of(request) != company_id:
                    return
                trusted_until = time.monotonic() + TRUST
            yield told


async def _next(messages: asyncio.Queue[str]) -> str:
    """The next message, or a sign of life."""
    try:
        return await asyncio.wait_for(messages.get(), HEARTBEAT)
    except TimeoutError:
        return ": still here\n\n"


@sync_to_async
def _company_of(request: HttpRequest) -> int | None:
    """The company whose rooms the visitor may see, asked anew."""
    request.session = type(request.session)(request.session.session_key)  # as stored by now
    try:
        company_id = company_of_session(request)
        if company_id is None:
            return None
        with company_scope(company_id):
            return company_id if member_of_session(request) else None
    except DomainError:
        return None
    finally:
        connection.close()
