"""Time goes on."""

from datetime import timedelta
from typing import Any

import time_machine
from django.utils import timezone


def later(seconds: float) -> Any:
    return time_machine.travel(timezone.now() + timedelta(seconds=seconds), tick=False)


def after_lease() -> Any:
    """Whatever a worker had for itself is free again."""
    return later(20 * 60)
