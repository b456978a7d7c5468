"""Requests to the app: signed, within three seconds, events with retries."""

import hashlib
import hmac
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from email.message import Message
from urllib.parse import urlencode

from standins.slack.clock import Clock
from standins.slack.model import Json
from standins.slack.settings import AppSettings

ANSWER_SECONDS = 3.0
EVENT_RETRY_SECONDS = (0.0, 60.0, 300.0)  # before the first, second and third retry
FORM = "application/x-www-form-urlencoded"


@dataclass
class Reply:
    """The app's answer; `failure` is Slack's word for why there is none."""

    status: int = 0
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    failure: str = ""

    @property
    def ok(self) -> bool:
        """Whether the app acknowledged."""
        return 200 <= self.status < 300

    def json(self) -> Json:
        """The body as an object; empty when it is something else."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """The v0 signature (https://docs.slack.dev/authentication/verifying-requests-from-slack)."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class AppLink:
    """The way to the app; every attempt is kept in `deliveries`."""

    def __init__(self, settings: AppSettings, clock: Clock, retry_seconds: Sequence[float]) -> None:
        self.settings = settings
        self.deliveries: list[Json] = []
        self.retry_seconds = retry_seconds
        self._clock = clock
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def interaction(self, payload: Json) -> Reply:
        """Send a block_actions or view_submission payload."""
        body = urlencode({"payload": json.dumps(payload)})
        return self.send(self.settings.interactions_path, body.encode(), FORM)

    def command(self, fields: Mapping[str, str]) -> Reply:
        """Send a slash command."""
        return self.send(self.settings.commands_path, urlencode(fields).encode(), FORM)

    def verify_url(self, challenge: str) -> Reply:
        """Ask the app to prove that it owns its events URL."""
        body = {"token": "deprecated", "challenge": challenge, "type": "url_verification"}
        return self._send_event(body, {})

    def event(self, body: Json) -> list[Reply]:
        """Deliver an event, retrying until the app acknowledges; the replies so far.

        Retries that have to wait go on in the background and show in `deliveries`.
        """
        replies = [self._send_event(body, {})]
        retries = list(enumerate(self.retry_seconds, start=1))
        while retries and _may_retry(replies[-1]):
            number, delay = retries[0]
            if delay:
                rest = threading.Thread(
                    target=self._retry_later, args=(body, replies[-1], retries), daemon=True
                )
                rest.start()
                break
            replies.append(self._retry(body, replies[-1], number))
            del retries[0]
        return replies

    def _retry_later(self, body: Json, last: Reply, retries: list[tuple[int, float]]) -> None:
        for number, delay in retries:
            if not _may_retry(last):
                return
            time.sleep(delay)
            last = self._retry(body, last, number)

    def _retry(self, body: Json, last: Reply, number: int) -> Reply:
        reason = last.failure or "http_error"
        headers = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason}
        return self._send_event(body, headers)

    def send(
        self, path: str, body: bytes, content_type: str, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """One signed POST to the app."""
        timestamp = str(int(self._clock.now()))
        signed = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self.settings.signing_secret, timestamp, body),
        }
        url = self.settings.app_url.rstrip("/") + path
        request = urllib.request.Request(url, data=body, headers=signed | dict(headers or {}))  # noqa: S310 - the app's own URL
        reply = self._exchange(request)
        self.deliveries.append(
            {"at": self._clock.now(), "url": url, "retry": dict(headers or {})}
            | {"request": body.decode()}
            | asdict(reply)
        )
        return reply

    def _send_event(self, body: Json, headers: Mapping[str, str]) -> Reply:
        encoded = json.dumps(body).encode()
        return self.send(self.settings.events_path, encoded, "application/json", headers)

    def _exchange(self, request: urllib.request.Request) -> Reply:
        try:
            with self._opener.open(request, timeout=ANSWER_SECONDS) as response:
                return _reply(response.status, response.headers, response.read())
        except urllib.error.HTTPError as error:
            with error:
                return _reply(error.code, error.headers, error.read())
        except TimeoutError:
            return Reply(failure="http_timeout")
        except urllib.error.URLError as error:
            timed_out = isinstance(error.reason, TimeoutError)
            return Reply(failure="http_timeout" if timed_out else "connection_failed")
        except OSError:
            return Reply(failure="connection_failed")


def _may_retry(last: Reply) -> bool:
    return not last.ok and last.headers.get("x-slack-no-retry") != "1"


def _reply(status: int, headers: Message, body: bytes) -> Reply:
    names = {name.lower(): value for name, value in headers.items()}
    return Reply(status, body.decode(errors="replace"), names)
