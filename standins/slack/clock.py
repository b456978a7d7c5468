"""The stand-in's time: the machine's, plus what a test has added."""

import time


class Clock:
    """Wall clock that can be moved forward."""

    def __init__(self) -> None:
        self.offset = 0.0  # seconds

    def now(self) -> float:
        """Epoch seconds."""
        return time.time() + self.offset

    def advance(self, seconds: float) -> None:
        """Move the clock, usually forward."""
        self.offset += seconds
