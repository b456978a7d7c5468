"""`POST /batch/calendar/v3`: many calls in one multipart request, in any order."""

import re
from email.parser import BytesParser
from email.policy import HTTP
from random import Random
from secrets import token_hex
from urllib.parse import urlsplit

from standins.google.api import Incoming, Outgoing, answer, spoilt
from standins.google.errors import GoogleError
from standins.google.world import World

LIMIT = 1000
_REQUEST_LINE = re.compile(rb"([A-Z]+) (\S+)(?: HTTP/[\d.]+)?\r?\n")
_ORDER = Random(1)  # noqa: S311 - repeatable, not secret


async def answer_batch(world: World, request: Incoming) -> Outgoing:
    """Run every part as a request of its own; the answers keep the order they ran in.

    The log has the parts, and besides an entry for the batch itself, which only a fault meets that
    names `batch` as its method.
    """
    world.requests.append(
        {"at": world.clock.now(), "method": "POST", "path": request.path, "api": "batch"}
    )
    fault = world.faults.take_named("batch", request.path)
    if fault is not None and not fault.after and fault.kind != "drop_after":
        return spoilt(fault)
    outgoing = await _answer_parts(world, request)
    return outgoing if fault is None else spoilt(fault)


async def _answer_parts(world: World, request: Incoming) -> Outgoing:
    head = f"Content-Type: {request.headers.get('content-type', '')}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + request.body)
    parts = list(message.iter_parts()) if message.is_multipart() else []
    if not parts or len(parts) > LIMIT:
        error = GoogleError(400, "badRequest", f"A batch has 1 to {LIMIT} calls.")
        return Outgoing(400, str(error).encode(), {"Content-Type": "text/plain"})
    _ORDER.shuffle(parts)
    boundary = f"batch_{token_hex(12)}"
    body = b""
    for part in parts:
        inner = _inner(part.get_content(), request.headers)
        outgoing = await answer(world, inner)
        if outgoing.dropped:
            return outgoing
        body += _part(boundary, str(part["Content-ID"] or ""), outgoing)
    body += f"--{boundary}--\r\n".encode()
    return Outgoing(200, body, {"Content-Type": f"multipart/mixed; boundary={boundary}"})


def _inner(payload: bytes, outer: dict[str, str]) -> Incoming:
    line = _REQUEST_LINE.match(payload.lstrip())
    if line is None:
        return Incoming("GET", "/", "", outer, b"")
    rest = payload.lstrip()[line.end() :]
    head, _, body = rest.replace(b"\r\n", b"\n").partition(b"\n\n")
    headers = dict(outer)
    for text in head.decode().splitlines():
        name, _, value = text.partition(":")
        headers[name.strip().lower()] = value.strip()
    target = urlsplit(line[2].decode())
    return Incoming(line[1].decode(), target.path, target.query, headers, body.strip())


def _part(boundary: str, content_id: str, outgoing: Outgoing) -> bytes:
    lines = [
        f"--{boundary}",
        "Content-Type: application/http",
        f"Content-ID: <response-{content_id.strip().strip('<>')}>",
        "",
        f"HTTP/1.1 {outgoing.status} {'OK' if outgoing.status < 300 else 'Error'}",
        *(f"{name}: {value}" for name, value in outgoing.headers.items()),
        f"Content-Length: {len(outgoing.body)}",
        "",
    ]
    return "\r\n".join(lines).encode() + b"\r\n" + outgoing.body + b"\r\n"
