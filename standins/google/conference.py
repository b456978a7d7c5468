"""Google Meet links: made on request, kept, removed, or silently left out."""

import hashlib
from typing import Any

from standins.google.errors import invalid

Json = dict[str, Any]


def settle(new: Json, before: Json, *, version: int) -> None:
    """Put into `new` the conference the event has after a write.

    Without `conferenceDataVersion=1` a request changes nothing about the conference and
    creates none, silently. GoogleError 400 for a kind of conference that is not allowed.
    """
    asked = new.pop("conferenceData", None)
    if version == 0:
        _keep(new, before)
        return
    if not asked:
        return
    request = asked.get("createRequest")
    known = before.get("conferenceData", {})
    if request is None or request.get("requestId") == _last_request(known):
        _keep(new, before)
        return
    kind = (request.get("conferenceSolutionKey") or {}).get("type", "hangoutsMeet")
    if kind != "hangoutsMeet" or not request.get("requestId"):
        raise invalid("Invalid conference type value.")
    new["conferenceData"] = _made(request["requestId"])
    new["hangoutLink"] = new["conferenceData"]["entryPoints"][0]["uri"]


def _keep(new: Json, before: Json) -> None:
    new |= {k: before[k] for k in ("conferenceData", "hangoutLink") if k in before}


def _last_request(known: Json) -> str | None:
    request_id: str | None = known.get("createRequest", {}).get("requestId")
    return request_id


def _made(request_id: str) -> Json:
    digest = hashlib.sha256(request_id.encode()).digest()
    letters = "".join(chr(ord("a") + byte % 26) for byte in digest[:10])
    code = f"{letters[:3]}-{letters[3:7]}-{letters[7:]}"
    link = f"https://meet.google.com/{code}"
    return {
        "createRequest": {
            "requestId": request_id,
            "conferenceSolutionKey": {"type": "hangoutsMeet"},
            "status": {"statusCode": "success"},
        },
        "entryPoints": [
            {"entryPointType": "video", "uri": link, "label": link.removeprefix("https://")}
        ],
        "conferenceSolution": {
            "key": {"type": "hangoutsMeet"},
            "name": "Google Meet",
            "iconUri": "https://fonts.gstatic.com/s/i/productlogos/meet_2020q4/v6/web-512dp/"
            "logo_meet_2020q4_color_2x_web_512dp.png",
        },
        "conferenceId": code,
    }
