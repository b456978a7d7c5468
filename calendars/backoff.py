"""How long to wait before trying again. Pure but for the dice."""

import random
from datetime import timedelta

FIRST = 1.0  # seconds
LONGEST = 900.0


def pause(tries: int, at_least: float = 0) -> timedelta:
    """Full jitter: anything up to one second, doubled with each try, at most 15 minutes.

    Spread over the whole range, the clients of an outage do not all come back together
    (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/). `at_least` is
    what Google asked for in Retry-After, in seconds.
    """
    reach = min(LONGEST, FIRST * 2 ** min(tries, 20))
    return timedelta(seconds=at_least + random.uniform(0, reach))  # noqa: S311  no secret
