"""Every path of the URLconf, found by reflection."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

_PART = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")


@dataclass(frozen=True)
class Route:
    """A path with its converters, such as `bookings/<uuid:public_id>/`."""

    text: str

    @property
    def kinds(self) -> list[str]:
        """The converters' names, in order: uuid, int, path …"""
        return [match["kind"] or "str" for match in _PART.finditer(self.text)]

    def filled(self, value: object) -> str:
        """The path with this value in every place."""
        return "/" + _PART.sub(str(value), self.text)


def all_routes() -> list[Route]:
    """The whole URLconf; regular expressions would need a thought here first."""
    return [Route(text) for text in _walk(get_resolver().url_patterns, "")]


def _walk(patterns: list[Any], prefix: str) -> Iterator[str]:
    for entry in patterns:
        text = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, text)
        elif isinstance(entry, URLPattern):
            yield text
