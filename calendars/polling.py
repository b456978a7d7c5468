"""When to look at a calendar that announced nothing: often enough, within the day's budget.

Push may fail silently. How often each calendar is looked at depends on how well its push works and
on how many calendars share the budget. `polls` of the last hours, and the changes that push
`missed`, are in `calendars:polling:<hour>`, how far all have to stretch in
`calendars:polling:stretch`.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from redis import RedisError

from bookings.live import redis_client
from bookings.models import Occurrence
from calendars.budget import POLLS_STRETCH, share_of_day
from calendars.models import CalendarLink, Channel

logger = structlog.get_logger(__name__)

DAY = timedelta(days=1)
USUAL, UNSURE, QUIET = timedelta(minutes=15), timedelta(minutes=5), timedelta(minutes=60)
QUIET_AFTER = timedelta(days=30)
MISSED_IN_ROW = 2  # then push is not believed, and gets a new channel
LATE = timedelta(seconds=120)  # after which an announcement does not come any more
BEFORE_FIRST = (5, 10)  # minutes before the first booking of a day
WITHOUT_PUSH_SHARE = 0.2  # of the budget, whatever the others need
STRETCH = "calendars:polling:stretch"
STRETCH_FOR = 600  # seconds
HOUR = "calendars:polling:{:%Y-%m-%dT%H}"
TOO_MANY_MISSED = 0.01  # of the polls of an hour
ENOUGH_POLLS = 100  # to speak of a rate


@dataclass(frozen=True)
class Load:
    """How many calendars there are: with push that works, of those quiet ones, and without."""

    usual: int
    quiet: int
    without_push: int


@dataclass(frozen=True)
class Stretch:
    """By how much the intervals are longer than they would be without a budget."""

    with_push: float = 1
    without_push: float = 1


def stretch_of(load: Load, a_day: float) -> Stretch:
    """What keeps all calendars within `a_day` polls.

    Looking before the first booking of a day cuts one interval short, on average by half: half a
    poll a day more. Those without push are stretched last: a fifth of the budget is always theirs.
    """
    everybody = load.usual + load.quiet + load.without_push
    left = max(a_day - everybody / 2, a_day / 10)
    announced = load.usual * (DAY / USUAL) + load.quiet * (DAY / QUIET)
    unannounced = load.without_push * (DAY / UNSURE)
    theirs = max(left * WITHOUT_PUSH_SHARE, left - announced)
    without = max(1.0, unannounced / theirs)
    others = left - unannounced / without
    stretch = max(1.0, announced / others)
    if QUIET * stretch > DAY:  # the quiet ones are looked at once a day, and the rest is left
        stretch = load.usual * (DAY / USUAL) / max(others - load.quiet, others / 10)
    return Stretch(stretch, without)


def base_of(
    *, has_push: bool, missed_in_row: int, last_change_at: datetime, now: datetime
) -> timedelta:
    """How often a calendar would be looked at without a budget."""
    if not has_push or missed_in_row >= MISSED_IN_ROW:
        return UNSURE
    return QUIET if last_change_at < now - QUIET_AFTER else USUAL


def interval(base: timedelta, stretch: Stretch, *, day_spent: float, dice: float) -> timedelta:
    """Until the next look; `dice` (0 to 1) spreads it by a fifth, `day_spent` is a share."""
    factor = stretch.without_push if base == UNSURE else stretch.with_push
    if day_spent >= POLLS_STRETCH:
        factor *= 2
    return min(max(base * factor, UNSURE), DAY) * (0.8 + 0.4 * dice)


def before_first(
    planned: datetime, starts: Iterable[datetime], zone: ZoneInfo, now: datetime, dice: float
) -> datetime:
    """The planned look, or an earlier one 5 to 10 minutes before the first booking of a day.

    `starts` are those of the room from the beginning of today (in its zone) on.
    """
    firsts: dict[object, datetime] = {}
    for start in sorted(starts):
        firsts.setdefault(start.astimezone(zone).date(), start)
    shortest, longest = BEFORE_FIRST
    early = timedelta(minutes=shortest + (longest - shortest) * dice)
    wanted = (start - early for start in firsts.values())
    return min([planned, *(moment for moment in wanted if moment > now)])


def next_poll(link: CalendarLink, now: datetime) -> datetime:
    """When to look at a calendar next. Inside its company's scope; `link` comes with its room."""
    base = base_of(
        has_push=Channel.objects.filter(
            link=link, state=Channel.State.LIVE, expires_at__gt=now
        ).exists(),
        missed_in_row=link.missed_in_row,
        last_change_at=link.last_change_at,
        now=now,
    )
    if _is_missing_many(now):
        base /= 2
    dice = random.random()  # noqa: S311  no secret
    planned = now + interval(base, current_stretch(), day_spent=share_of_day(), dice=dice)
    zone = ZoneInfo(link.room.zone_name)
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    booked = Occurrence.objects.filter(
        room_id=link.room_id, starts_at__gte=today, starts_at__lt=planned + timedelta(hours=1)
    ).exclude(status__in=(Occurrence.Status.CANCELLED, Occurrence.Status.RELEASED))
    return before_first(planned, booked.values_list("starts_at", flat=True), zone, now, dice)


def current_stretch() -> Stretch:
    """As `remember_load` left it; no stretch where Redis forgot it."""
    try:
        known = redis_client().get(STRETCH)
    except RedisError:
        known = None
    return Stretch(*map(float, known.split())) if known else Stretch()


def is_load_known() -> bool:
    """Whether the stretch is of the last ten minutes."""
    return bool(redis_client().exists(STRETCH))


def remember_load(load: Load) -> None:
    """Lets every worker know how far to stretch."""
    stretch = stretch_of(load, settings.GOOGLE_POLLS_PER_DAY)
    value = f"{stretch.with_push} {stretch.without_push}"
    redis_client().set(STRETCH, value, ex=STRETCH_FOR)


def note_poll(now: datetime, missed: int) -> None:
    """Counts a look that nothing had announced, and the changes that it found."""
    key = HOUR.format(now)
    try:
        with redis_client().pipeline(transaction=False) as pipeline:
            pipeline.hincrby(key, "polls", 1)
            pipeline.hincrby(key, "missed", missed)
            pipeline.expire(key, timedelta(hours=2))
            pipeline.execute()
    except RedisError as error:
        logger.warning("redis away", error=str(error))
    if missed and _is_missing_many(now):
        logger.error("push misses many changes")


def _is_missing_many(now: datetime) -> bool:
    try:
        polls, missed = redis_client().hmget(HOUR.format(now), "polls", "missed")
    except RedisError:
        return False
    many = TOO_MANY_MISSED * int(polls or 0)
    return int(polls or 0) >= ENOUGH_POLLS and int(missed or 0) > many
