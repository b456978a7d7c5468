"""Requests checked against the discovery documents that ship with google-api-python-client.

What the documents do not publish does not exist: an unknown path or method is 404, an
unknown or wrongly typed parameter 400. Unknown fields of a JSON body are 400 too, in the
words of Google's newer front ends: a misspelt field is a bug of the caller either way, and
a stand-in that swallowed it would hide it.
"""

import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import unquote

from standins.google.errors import GoogleError, invalid

Json = dict[str, Any]
_DOCUMENTS = "googleapiclient.discovery_cache.documents"
_SCALARS: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}
# Stricter than `fromisoformat`: Google wants the extended form, and seconds.
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DATE_TIME = re.compile(_DATE.pattern + r"T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")
# Published as system parameters of every Google API, though some documents leave them out.
_EVERYWHERE = {
    "access_token": {"type": "string"},
    "callback": {"type": "string"},
    "uploadType": {"type": "string"},
    "$.xgafv": {"type": "string"},
}


@dataclass(frozen=True, slots=True)
class Method:
    """One published method of one API."""

    id: str
    http_method: str
    pattern: re.Pattern[str]
    parameters: dict[str, Json]
    scopes: frozenset[str]
    request_schema: str | None
    document: "Document"


@dataclass(frozen=True, slots=True)
class Match:
    """A published method and the path parameters of one request."""

    method: Method
    path: dict[str, str]


class Document:
    """One discovery document as a route table with checks."""

    def __init__(self, name: str) -> None:
        self._json: Json = json.loads((files(_DOCUMENTS) / f"{name}.json").read_text())
        self.schemas: dict[str, Json] = self._json["schemas"]
        self._common: dict[str, Json] = self._json["parameters"] | _EVERYWHERE
        self.methods = [self._method(raw) for raw in _walk(self._json)]

    def _method(self, raw: Json) -> Method:
        template = "/" + self._json["servicePath"] + raw["path"]
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template))
        return Method(
            id=raw["id"],
            http_method=raw["httpMethod"],
            pattern=re.compile(pattern),
            parameters=self._common | raw.get("parameters", {}),
            scopes=frozenset(raw.get("scopes", ())),
            request_schema=raw.get("request", {}).get("$ref"),
            document=self,
        )

    def match(self, http_method: str, raw_path: str) -> Match | None:
        """The method for a percent-encoded path, or None."""
        for method in self.methods:
            found = method.pattern.fullmatch(raw_path)
            if found and method.http_method == http_method:
                return Match(method, {k: unquote(v) for k, v in found.groupdict().items()})
        return None


def _walk(node: Json) -> list[Json]:
    found = list(node.get("methods", {}).values())
    for child in node.get("resources", {}).values():
        found += _walk(child)
    return found


@cache
def documents() -> tuple[Document, ...]:
    """The Calendar and Directory documents, parsed once a process."""
    return Document("calendar.v3"), Document("admin.directory_v1")


def match(http_method: str, raw_path: str) -> Match:
    """The published method for a request; GoogleError 404 when there is none."""
    for document in documents():
        if found := document.match(http_method, raw_path):
            return found
    raise GoogleError(404, "notFound", "Not Found")


def check_query(method: Method, pairs: list[tuple[str, str]]) -> Json:
    """The query typed as published; a repeatable parameter becomes a list.

    Raises GoogleError 400 for unknown, repeated, missing or wrongly typed parameters.
    """
    values: Json = {}
    for name, text in pairs:
        spec = method.parameters.get(name)
        if spec is None or spec.get("location") == "path":
            raise _unknown_parameter(name)
        value = _parameter(name, spec, text)
        if spec.get("repeated"):
            values.setdefault(name, []).append(value)
        elif name in values:
            raise invalid(f"Invalid value for parameter {name}: given twice", location=name)
        else:
            values[name] = value
    for name, spec in method.parameters.items():
        if spec.get("required") and spec.get("location") == "query" and name not in values:
            raise GoogleError(400, "required", f"Required parameter: {name}", location=name)
    if len(str(values.get("quotaUser", ""))) > 40:
        raise invalid("quotaUser must not exceed 40 characters", location="quotaUser")
    return values


def _unknown_parameter(name: str) -> GoogleError:
    message = f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter.'
    return GoogleError(400, "invalidParameter", message, location=name, status="INVALID_ARGUMENT")


def _parameter(name: str, spec: Json, text: str) -> Any:
    kind = spec.get("type")
    if kind == "boolean":
        if text.lower() not in ("true", "false"):
            raise _bad_parameter(name, text, "Allowed values: [true, false]")
        return text.lower() == "true"
    if kind == "integer":
        return _integer(name, spec, text)
    if "enum" in spec and text not in spec["enum"]:
        raise _bad_parameter(name, text, f"Allowed values: [{', '.join(spec['enum'])}]")
    if spec.get("format") == "date-time":
        return _instant(name, text)
    return text


def _integer(name: str, spec: Json, text: str) -> int:
    low, high = int(spec.get("minimum", -(2**31))), int(spec.get("maximum", 2**31 - 1))
    if not re.fullmatch(r"-?\d{1,10}", text) or not low <= int(text) <= high:
        raise _bad_parameter(name, text, f"Values must be within the range: [{low}, {high}]")
    return int(text)


def _parsed_date_time(text: str) -> datetime:
    """RFC 3339, the offset optional; ValueError otherwise."""
    if not _DATE_TIME.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(text)


def _instant(name: str, text: str) -> datetime:
    try:
        moment = _parsed_date_time(text)
    except ValueError:
        raise _bad_parameter(name, text, "Use RFC 3339") from None
    if moment.tzinfo is None:
        raise GoogleError(400, "badRequest", "Bad Request", location=name)
    return moment.replace(microsecond=0)


def _bad_parameter(name: str, text: str, hint: str) -> GoogleError:
    return GoogleError(400, "invalidParameter", f"Invalid value '{text}'. {hint}", location=name)


def check_body(method: Method, body: Any) -> Json:
    """The JSON body, with names and types as published; GoogleError 400 otherwise.

    `null` is allowed anywhere: in a PATCH it clears the field.
    """
    if method.request_schema is None:
        if body not in (None, {}):
            raise _bad_payload("Unexpected request body.")
        return {}
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise _bad_payload("Root element must be a message.")
    _check(method.document, {"$ref": method.request_schema}, body, "")
    return body


def _check(document: Document, spec: Json, value: Any, where: str) -> None:
    if value is None:
        return
    while "$ref" in spec:
        spec = document.schemas[spec["$ref"]]
    kind = spec.get("type", "any")
    if kind == "object":
        _check_object(document, spec, value, where)
    elif kind == "array":
        if not isinstance(value, list):
            raise _bad_value(where, value)
        for index, item in enumerate(value):
            _check(document, spec["items"], item, f"{where}[{index}]")
    elif kind in _SCALARS:
        _check_scalar(spec, value, where)


def _check_object(document: Document, spec: Json, value: Any, where: str) -> None:
    if not isinstance(value, dict):
        raise _bad_value(where, value)
    properties = spec.get("properties", {})
    for name, item in value.items():
        inner = properties.get(name, spec.get("additionalProperties"))
        if inner is None:
            at = f" at '{where}'" if where else ""
            raise _bad_payload(f'Unknown name "{name}"{at}: Cannot find field.')
        _check(document, inner, item, f"{where}.{name}" if where else name)


def _check_scalar(spec: Json, value: Any, where: str) -> None:
    kind = spec["type"]
    # An int64 travels as a string; Google also takes the bare number.
    if spec.get("format") in ("int64", "uint64"):
        if isinstance(value, bool) or not re.fullmatch(r"-?\d+", str(value)):
            raise _bad_value(where, value)
        return
    if isinstance(value, bool) != (kind == "boolean") or not isinstance(value, _SCALARS[kind]):
        raise _bad_value(where, value)
    if "enum" in spec and value not in spec["enum"]:
        raise _bad_value(where, value)
    try:
        if spec.get("format") == "date":
            _parsed_date(str(value))
        elif spec.get("format") == "date-time":
            _parsed_date_time(str(value))
    except ValueError:
        raise _bad_value(where, value) from None


def _parsed_date(text: str) -> date:
    if not _DATE.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def _bad_value(where: str, value: Any) -> GoogleError:
    return _bad_payload(f"Invalid value at '{where}': {json.dumps(value)[:80]}")


def _bad_payload(detail: str) -> GoogleError:
    message = f"Invalid JSON payload received. {detail}"
    return GoogleError(400, "invalid", message, status="INVALID_ARGUMENT")
