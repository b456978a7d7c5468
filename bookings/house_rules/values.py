"""What holds in a room: of each rule the narrowest that was set, and who set it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

T = TypeVar("T")

# Of each weekday from Monday on, the minutes after midnight [from, until); equal: closed.
Hours = tuple[tuple[int, int], ...]


class Rule(StrEnum):
    """What can be ruled. The names are those of the table's columns, and of the API."""

    OPENING_HOURS = "opening_hours"
    MIN_LENGTH = "min_length"
    MAX_LENGTH = "max_length"
    NOTICE = "notice"
    HORIZON = "horizon"
    STEP = "step"
    PRIVATE_TITLES = "private_titles"


class Level(StrEnum):
    """Whose rule it is, from the broadest to the narrowest."""

    COMPANY = "company"
    BUILDING = "building"
    ROOM = "room"

    @property
    def width(self) -> int:
        """The lower, the narrower."""
        return -list(Level).index(self)


@dataclass(frozen=True)
class Owner:
    """Who set a rule. The company needs no name."""

    level: Level
    id: int
    name: str = ""


@dataclass(frozen=True)
class Ruled(Generic[T]):
    """The value of a rule, and whose it is."""

    value: T
    owner: Owner


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What holds in one room, by the clock on its wall; None: everything goes."""

    zone: ZoneInfo
    opening_hours: Ruled[Hours] | None = None
    min_length: Ruled[timedelta] | None = None
    max_length: Ruled[timedelta] | None = None
    notice: Ruled[timedelta] | None = None
    horizon: Ruled[timedelta] | None = None
    step: Ruled[timedelta] | None = None
    private_titles: Ruled[bool] | None = None


def narrowest(zone: ZoneInfo, levels: Iterable[tuple[Owner, Mapping[str, Any]]]) -> Rules:
    """The rules of a room from the rows of the table, in any order; what is None says nothing.

    Of two lengths that contradict each other the narrower rule holds alone.
    """
    ruled: dict[str, Ruled[Any]] = {}
    for owner, row in sorted(levels, key=lambda each: each[0].level.width, reverse=True):
        set_here = {rule: row[rule] for rule in Rule if row[rule] is not None}
        ruled |= {rule: Ruled(_meant(rule, value), owner) for rule, value in set_here.items()}
    shortest, longest = ruled.get(Rule.MIN_LENGTH), ruled.get(Rule.MAX_LENGTH)
    if shortest and longest and shortest.value > longest.value:
        broader = max(Rule.MIN_LENGTH, Rule.MAX_LENGTH, key=lambda r: ruled[r].owner.level.width)
        del ruled[broader]
    return Rules(zone=zone, **ruled)


def _meant(rule: Rule, stored: Any) -> Any:
    """A value as it is stored, in the terms of the calendar."""
    if rule == Rule.OPENING_HOURS:
        return tuple(zip(stored[::2], stored[1::2], strict=True))
    if rule == Rule.PRIVATE_TITLES:
        return stored
    return timedelta(days=stored) if rule == Rule.HORIZON else timedelta(minutes=stored)
