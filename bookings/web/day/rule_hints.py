"""What the rules of rooms say, for the page to tell while somebody drags; the services decide."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bookings.house_rules.reading import rules_of
from bookings.house_rules.values import Rule, Rules
from bookings.house_rules.words import ruled_words
from bookings.shown import ShownRoom
from bookings.web.day.places import STEP

_STEP = timedelta(minutes=STEP)
_ANY_TIME = timedelta(minutes=1)


@dataclass(frozen=True)
class RuleHints:
    """The hints of a day as JSON: those that all its rooms have, else those of each room by its id.

    Lengths in steps: `step`; `least`, `most` and `ahead` with the words that refuse; `closed` in
    words alone. Nothing in them changes as time goes by.
    """

    common: str = ""
    own: dict[int, str] = field(default_factory=dict)


def rule_hints(rooms: Iterable[ShownRoom], zone: ZoneInfo) -> RuleHints:
    """What the rules of rooms say, for a page by the clock of a zone; most rooms have those of
    their building or company."""
    drawn: dict[tuple[Any, ...], str] = {}
    own: dict[int, str] = {}
    for room in rooms:
        of_building = room.building_ruling and room.building_id
        ruling = (room.zone_name, room.company_ruling, of_building, room.own_ruling and room.pk)
        if ruling not in drawn:
            drawn[ruling] = _hints(rules_of(room), zone)
        own[room.pk] = drawn[ruling]
    different = {*drawn.values()}
    return RuleHints(common=different.pop()) if len(different) == 1 else RuleHints(own=own)


def _hints(rules: Rules, zone: ZoneInfo) -> str:
    hints: dict[str, Any] = {}
    # Steps count from midnight on the room's wall; the page's lines are those of the company.
    if rules.step and rules.step.value != _ANY_TIME and rules.zone == zone:
        hints["step"] = max(rules.step.value // _STEP, 1)
    if hours := rules.opening_hours:
        hints["closed"] = ruled_words(Rule.OPENING_HOURS, hours)
    if least := rules.min_length:
        hints["least"] = [least.value / _STEP, ruled_words(Rule.MIN_LENGTH, least)]
    if most := rules.max_length:
        hints["most"] = [most.value / _STEP, ruled_words(Rule.MAX_LENGTH, most)]
    if notice := rules.notice:
        hints["ahead"] = [notice.value / _STEP, ruled_words(Rule.NOTICE, notice)]
    return json.dumps(hints, ensure_ascii=False) if hints else ""
