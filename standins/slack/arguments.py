"""How callers hand over arguments: query, form, JSON body; and the token."""

import base64
import binascii
import json
from dataclasses import dataclass, field

from starlette.requests import Request

from standins.slack.errors import SlackError
from standins.slack.model import Json

CHARSET_WARNING = "missing_charset"


@dataclass
class Received:
    """What a request said."""

    arguments: Json = field(default_factory=dict)
    token: str = ""
    warning: str = ""


async def receive(request: Request, *, json_body: bool) -> Received:
    """Read a call; raises SlackError for a body that is not what its type says.

    A token in the query string is ignored, as Slack does for apps made since February 2021,
    and so is a JSON body where the method takes forms alone.
    """
    received = Received(arguments=dict(request.query_params))
    received.arguments.pop("token", None)
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        body = _json_object(await request.body())
        received.arguments |= body if json_body else {}
        received.warning = "" if "charset" in kind else CHARSET_WARNING
    elif kind:
        form = await request.form()
        received.arguments |= {
            name: value for name, value in form.items() if isinstance(value, str)
        }
        received.token = str(received.arguments.pop("token", ""))
    _read_authorization(request.headers.get("authorization", ""), received)
    return received


def _json_object(body: bytes) -> Json:
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(value, dict):
        raise SlackError("json_not_object")
    return value


def _read_authorization(header: str, received: Received) -> None:
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        received.token = value.strip()
    elif scheme.lower() == "basic":
        client_id, client_secret = _basic(value)
        received.arguments |= {"client_id": client_id, "client_secret": client_secret}


def _basic(value: str) -> tuple[str, str]:
    try:
        client_id, _, client_secret = base64.b64decode(value).decode().partition(":")
    except (ValueError, binascii.Error):
        return "", ""
    return client_id, client_secret
