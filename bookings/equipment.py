"""Codes of equipment: those that people type, and those that a company's rooms have."""

import re

from django.core.exceptions import ValidationError
from django.db.models import Func
from django.utils.translation import gettext as _

from bookings.models import Equipment, Room

LONGEST_WORD = 20


def codes_in(text: str) -> list[str]:
    """The codes in a text, separated by commas or semicolons, each once. Raises ValidationError."""
    words = [word.strip().lower() for word in re.split(r"[;,]", text) if word.strip()]
    if any(len(word) > LONGEST_WORD for word in words):
        raise ValidationError(_("a word has at most %(most)d letters") % {"most": LONGEST_WORD})
    return list(dict.fromkeys(words))


def codes_in_use() -> list[str]:
    """What any of the company's rooms has: in our order, then the company's own by name."""
    rooms = Room.objects.order_by().values_list(Func("equipment", function="unnest"), flat=True)
    found, ours = set(rooms.distinct()), list(Equipment.values)
    return [*(code for code in ours if code in found), *sorted(found.difference(ours))]
