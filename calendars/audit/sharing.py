"""How a room's calendar is shared, and what is wrong with it. Pure.

Source: roles and scopes of access rules,
https://developers.google.com/workspace/calendar/api/v3/reference/acl
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from calendars.audit.findings import AuditRoom, Finding, Kind
from calendars.content import Item

READERS = ("reader", "writerWithoutPrivateAccess", "writer", "owner")
WRITERS = ("writerWithoutPrivateAccess", "writer", "owner")
MAKES_BOOKINGS = ("writer", "owner")  # what Roomly needs


@dataclass(frozen=True)
class Sharing:
    """What Google tells of a calendar besides its events; None for what it did not tell."""

    role: str  # of the account that asks
    rules: Sequence[Item] | None = None
    accepts_by_itself: bool | None = None


def in_sharing(
    room: AuditRoom, sharing: Sharing, *, account: str, domains: frozenset[str]
) -> list[Finding]:
    """Everything that is wrong with how a calendar is shared. `domains` are the company's."""
    found = []
    if sharing.role not in MAKES_BOOKINGS:
        found.append(_found(Kind.CANNOT_WRITE, room, account=account, role=sharing.role))
    if sharing.accepts_by_itself is False:
        found.append(_found(Kind.ANSWERED_BY_HAND, room))
    if sharing.rules is not None:
        found += _in_rules(room, sharing.rules, domains)
    return found


def _in_rules(room: AuditRoom, rules: Sequence[Item], domains: frozenset[str]) -> list[Finding]:
    found = []
    strangers = [rule for rule in rules if _lets_strangers_in(rule, domains)]
    if any(rule["role"] in READERS for rule in strangers):
        found.append(_found(Kind.PUBLIC, room, who=_whom(strangers)))
    everybody = [rule for rule in rules if _kind(rule) in ("default", "domain")]
    if any(rule["role"] in WRITERS for rule in everybody):
        found.append(_found(Kind.EVERYBODY_WRITES, room))
    if not any(rule["role"] not in ("none", "owner") for rule in rules):
        found.append(_found(Kind.NOBODY_READS, room))
    return found


def _lets_strangers_in(rule: Item, domains: frozenset[str]) -> bool:
    value = str(rule["scope"].get("value", "")).lower()
    return _kind(rule) == "default" or (_kind(rule) == "domain" and value not in domains)


def _kind(rule: Item) -> str:
    return str(rule["scope"]["type"])


def _whom(rules: Iterable[Item]) -> list[str]:
    """The domains that are let in; empty: the whole internet."""
    if any(_kind(rule) == "default" and rule["role"] in READERS for rule in rules):
        return []
    return sorted(str(rule["scope"].get("value", "")) for rule in rules)


def _found(kind: Kind, room: AuditRoom, **facts: Any) -> Finding:
    return Finding(kind=kind, room=room, facts=facts)
