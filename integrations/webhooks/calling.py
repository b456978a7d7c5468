"""One POST to somebody else's server: where it may go, in bounded time, and nowhere from there."""

import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

import httpcore

from integrations.models import WebhookMessage
from integrations.webhooks.addresses import may_be_called
from tenants.certificates import authorities

SECONDS = 10.0  # for all of a call once the name is known
MOST_BYTES = 2000  # of an answer; what comes after is not read
LONGEST_PAUSE = 6 * 3600  # seconds that a receiver may ask for

Trouble = WebhookMessage.Trouble


class NoAnswer(Exception):
    """There was no answer; `trouble` says why. The message may have arrived all the same."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


@dataclass(frozen=True)
class Answer:
    """What a receiver said. `retry_after` is the pause that it asked for, in seconds."""

    status: int
    text: str
    retry_after: float = 0

    @property
    def took_it(self) -> bool:
        """Any 2xx; a redirection is none, and is not followed."""
        return 200 <= self.status < 300


def post(url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Sends a body. Never inside a transaction. Raises NoAnswer."""
    try:
        with (
            httpcore.ConnectionPool(authorities(), network_backend=_PublicNetwork()) as pool,
            pool.stream("POST", url, headers=list(headers.items()), content=body) as response,
        ):
            return Answer(response.status, _beginning(response), _pause(response))
    except httpcore.TimeoutException as error:
        raise NoAnswer(Trouble.TIMEOUT) from error
    except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError) as error:
        raise NoAnswer(Trouble.NO_CONNECTION) from error


def _beginning(response: httpcore.Response) -> str:
    read = b""
    for part in response.iter_stream():
        read += part
        if len(read) >= MOST_BYTES:
            break
    return read[:MOST_BYTES].decode(errors="replace").replace("\0", "")


def _pause(response: httpcore.Response) -> float:
    asked = {name.lower(): value for name, value in response.headers}.get(b"retry-after", b"")
    return min(float(asked), LONGEST_PAUSE) if asked.isdigit() else 0


class _PublicNetwork(httpcore.NetworkBackend):
    """Connects to addresses that may be called: a name is looked up once, and what was looked at
    is what is connected to."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = _public_addresses(host, port)
        until = time.monotonic() + SECONDS
        for address in addresses:
            with suppress(httpcore.ConnectError):
                stream = httpcore.SyncBackend().connect_tcp(address, port, _left(until))
                return _BoundedStream(stream, until)
        raise httpcore.ConnectError


class _BoundedStream(httpcore.NetworkStream):
    """A connection that ends at a moment, however slowly the other side speaks."""

    def __init__(self, stream: httpcore.NetworkStream, until: float) -> None:
        self._stream = stream
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._until))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._until))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        inner = self._stream.start_tls(ssl_context, server_hostname, _left(self._until))
        return _BoundedStream(inner, self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _public_addresses(host: str, port: int) -> list[str]:
    """The addresses of a name; raises NoAnswer if one of them may not be called."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NoAnswer(Trouble.NO_NAME) from error
    addresses = list(dict.fromkeys(str(place[0]) for *_kind, place in found))
    if not all(may_be_called(ip_address(address)) for address in addresses):
        raise NoAnswer(Trouble.NOT_PUBLIC)
    return addresses


def _left(until: float) -> float:
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise httpcore.ReadTimeout
    return seconds
