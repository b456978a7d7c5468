"""Messages go to the public Internet over TLS, wherever a name leads at that moment, or nowhere."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import pytest

from integrations.models import Webhook
from integrations.webhooks import calling
from integrations.webhooks.addresses import checked_url
from integrations.webhooks.calling import NoAnswer, post
from tenants.errors import InvalidInput
from tenants.scope import company_scope
from tests.factories import make_booking
from tests.integrations.hooked import Hooked
from tests.integrations.receiver import Receiver

INSIDE = [
    "127.0.0.1", "10.0.0.8", "172.16.4.1", "192.168.1.1", "169.254.169.254", "100.100.100.200",
    "0.0.0.0", "224.0.0.1", "255.255.255.255", "198.18.0.1", "168.63.129.16", "::1", "::",
    "fe80::1", "fd00:ec2::254", "ff02::1", "::ffff:10.0.0.8", "::ffff:127.0.0.1",
    "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "2001:db8::1",
]  # fmt: skip
OUTSIDE = ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]


@pytest.fixture
def strict(settings: Any) -> None:
    """As in production: this host is no place to go to."""
    settings.WEBHOOKS_TO_LOOPBACK = False


def names(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Has every name mean these addresses; returns the names that are asked for."""
    asked: list[str] = []

    def look_up(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        kinds = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses]
        return [
            (kind, socket.SOCK_STREAM, 6, "", (address, port))
            for kind, address in zip(kinds, addresses, strict=True)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where a connection was begun; none is made."""
    begun: list[str] = []

    def connect(_backend: Any, host: str, *_: Any, **__: Any) -> Any:
        begun.append(host)
        raise httpcore.ConnectError

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    return begun


@pytest.mark.parametrize("address", INSIDE)
def test_a_name_that_leads_inside_is_not_called(
    strict: None, monkeypatch: pytest.MonkeyPatch, connections: list[str], address: str
) -> None:
    names(monkeypatch, address)
    with pytest.raises(NoAnswer, match="not_public"):
        post("https://receiver.example/", {}, b"{}")
    assert connections == []


@pytest.mark.parametrize("address", INSIDE)
def test_nor_is_one_that_leads_to_both(
    strict: None, monkeypatch: pytest.MonkeyPatch, connections: list[str], address: str
) -> None:
    names(monkeypatch, OUTSIDE[0], address)
    with pytest.raises(NoAnswer, match="not_public"):
        post("https://receiver.example/", {}, b"{}")
    assert connections == []


def test_what_was_looked_at_is_what_is_called(
    strict: None, monkeypatch: pytest.MonkeyPatch, connections: list[str]
) -> None:
    asked = names(monkeypatch, *OUTSIDE)
    with pytest.raises(NoAnswer, match="no_connection"):
        post("https://receiver.example/", {}, b"{}")
    assert connections == OUTSIDE, "the addresses, one after the other"
    assert asked == ["receiver.example"], "and nobody looks the name up again"


def test_a_name_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(*_: Any, **__: Any) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(NoAnswer, match="no_name"):
        post("https://receiver.example/", {}, b"{}")


@pytest.mark.django_db(transaction=True)
@pytest.mark.worker
def test_a_webhook_that_came_to_lead_inside_is_not_delivered_to(
    hooked: Hooked, settings: Any
) -> None:
    settings.WEBHOOKS_TO_LOOPBACK = False
    make_booking(hooked.cast.alice, hooked.cast.room)
    hooked.tick()
    assert hooked.receiver.received == []
    (message,) = hooked.messages()
    assert (message.trouble, message.status) == ("not_public", None)
    assert message.get_trouble_display() == "The address is not on the public Internet."


@pytest.mark.parametrize(
    "url",
    [
        "", "receiver.example", "ftp://receiver.example/", "http://receiver.example/",
        "https://", "https://user:secret@receiver.example/", "https://receiver.example/#part",
        "https://localhost/", "https://127.0.0.1/", "https://[::1]/", "https://10.0.0.8/hook",
        "https://169.254.169.254/latest/meta-data", "https://2130706433/", "https://0x7f.1/",
        "https://receiver.example:99999/", "https://receiver.example/" + "a" * 500,
        "file:///etc/passwd", "https://receiver .example/",
    ],
)  # fmt: skip
def test_an_address_that_can_never_be_right_is_refused_where_it_is_typed(
    strict: None, url: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_url(url)
    assert refused.value.field == "url"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://receiver.example/hooks?key=1", "https://receiver.example/hooks?key=1"),
        ("  https://receiver.example  ", "https://receiver.example"),
        ("https://예약.example/", "https://xn--3f5bzj.example/"),
        ("https://93.184.215.14:8443/", "https://93.184.215.14:8443/"),
    ],
)
def test_others_are_kept_in_ascii(strict: None, typed: str, kept: str) -> None:
    assert checked_url(typed) == kept


@contextmanager
def one_byte_at_a_time() -> Iterator[str]:
    """A server that answers for ever, and slowly."""
    listening, over = socket.create_server(("127.0.0.1", 0)), threading.Event()

    def drip() -> None:
        taken, _address = listening.accept()
        with taken:
            taken.sendall(b"HTTP/1.1 200 OK\r\nx: ")
            while not over.wait(0.02):
                try:
                    taken.sendall(b"a")
                except OSError:
                    return

    thread = threading.Thread(target=drip)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    over.set()
    thread.join(20)
    listening.close()


@pytest.mark.real_clock
def test_a_receiver_that_answers_for_ever_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "SECONDS", 0.3)
    begun = time.monotonic()
    with one_byte_at_a_time() as url, pytest.raises(NoAnswer, match="timeout"):
        post(url, {}, b"{}")
    assert time.monotonic() - begun < 5


def test_a_receiver_that_says_nothing_is_left_in_time(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "SECONDS", 0.2)
    receiver.open.clear()
    with pytest.raises(NoAnswer, match="timeout"):
        post(receiver.url, {}, b"{}")


def test_a_certificate_of_somebody_else_is_no_connection(
    receiver: Receiver,
) -> None:
    with pytest.raises(NoAnswer, match="no_connection"):
        post(receiver.url.replace("http://", "https://"), {}, b"{}")


@pytest.mark.django_db(transaction=True)
@pytest.mark.worker
def test_this_host_is_a_place_for_demos_only_where_settings_say_so(
    hooked: Hooked, settings: Any
) -> None:
    make_booking(hooked.cast.alice, hooked.cast.room)
    hooked.tick()
    assert len(hooked.receiver.received) == 1
    with company_scope(hooked.company_id):
        assert Webhook.objects.get().url.startswith("http://127.0.0.1:")
    for url in ("http://10.0.0.8/", "http://receiver.example/"):
        with pytest.raises(InvalidInput):
            checked_url(url)
    settings.WEBHOOKS_TO_LOOPBACK = False
    with pytest.raises(InvalidInput):
        checked_url(hooked.receiver.url)
