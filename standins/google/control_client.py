"""The control API as Python calls, for tests in this process or another."""

import http.client
import json
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

Json = dict[str, Any]


class ControlError(RuntimeError):
    """The stand-in refused an order."""


class Control:
    """Orders to the stand-in at `url`.

    Every order of `controls.Controls` is a method here: `control.fault("backendError",
    method="events.insert")`, `control.grant("minji@hangang.example")`.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._host = urlsplit(url).netloc

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *given, **values: self.order(name, *given, **values)

    def order(self, name: str, /, *given: Any, **values: Any) -> Any:
        """Run one order by name; ControlError when it is refused."""
        status, _, body = self._send("POST", f"/control/{name}", [list(given), values], "json")
        answer = json.loads(body)
        if status != 200:
            raise ControlError(f"{name}: {answer.get('error')}")
        return answer["result"]

    def sign_in(
        self, authorize_url: str, email: str, *, untick: tuple[str, ...] = (), deny: bool = False
    ) -> str:
        """Play the person: open the sign-in page, choose an account, allow what is asked.

        Returns the address Google sends the browser back to, with its code or error.
        """
        parts = urlsplit(authorize_url)
        params = dict(parse_qsl(parts.query, keep_blank_values=True))
        status, location, body = self._send("GET", f"{parts.path}?{parts.query}")
        if status != 200:
            return location or _refused(status, body)
        decision = "deny" if deny else "allow"
        wanted = [s for s in params.get("scope", "").split() if s not in untick]
        form = [*params.items(), ("account", email), ("decision", decision)]
        form += [("allowed", scope) for scope in wanted]
        status, location, body = self._send("POST", parts.path, form, "form")
        return location or _refused(status, body)

    def _send(
        self, method: str, target: str, content: Any = None, kind: str = ""
    ) -> tuple[int, str, bytes]:
        connection = http.client.HTTPConnection(self._host, timeout=60)
        try:
            if kind == "json":
                body, media = json.dumps(content), "application/json"
            else:
                body, media = urlencode(content or []), "application/x-www-form-urlencoded"
            connection.request(method, target, body, {"Content-Type": media})
            answer = connection.getresponse()
            return answer.status, answer.getheader("Location", ""), answer.read()
        finally:
            connection.close()


def _refused(status: int, body: bytes) -> str:
    raise ControlError(f"sign-in page answered {status}: {body.decode()[:500]}")
