"""A room's days as HTML. What a page has dozens or hundreds of is made by hand, as in `drawing`."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from html import escape
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from bookings.models import Room
from bookings.recurrence.wall_clock import to_instant, to_local
from bookings.recurrence.words import SHORT_WEEKDAYS
from bookings.shown import ShownRoom
from bookings.web.day.drawing import bar_drawer, draw_held
from bookings.web.day.places import STEP, STEPS
from bookings.web.days import MIDNIGHT, Day, day_name
from bookings.web.room.room_days import HALF_HOUR, RoomDay
from tenants.models import Company

CLOCKS = [f"{step * STEP // 60:02}:{step * STEP % 60:02}" for step in range(STEPS)]

Drawn = dict[str, object]  # for a template


def draw_week(days: Sequence[RoomDay], room: ShownRoom, company: Company) -> list[Drawn]:
    """The columns of a week. In a room that is closed nothing leads to the booking form."""
    head, bar = _head_drawer(room), bar_drawer()
    company_zone = ZoneInfo(company.timezone)

    def draw(room_day: RoomDay) -> Drawn:
        starts = [*room_day.free_half_hours()] if room.state == Room.State.OPEN else []
        urls = _booking_urls(room_day.day, starts, room, company_zone)
        first = room_day.first_free() if starts else None
        return {
            **head(room_day),
            "passed": room_day.asked.passed,
            "opens": room_day.opens,
            "closes": room_day.closes,
            "lanes": room_day.lanes,
            "closed": room_day.closed,
            "bars": _safe("".join((*map(draw_held, room_day.holds), *map(bar, room_day.bars)))),
            "slots": _slots(urls),
            "book": _safe("" if first is None else urls[first]),
        }

    return [*map(draw, days)]


def draw_month(
    days: Sequence[RoomDay], room: ShownRoom, company: Company, month: int
) -> list[Drawn]:
    """The days of a month, and those beside it in its weeks; bookings by their start."""
    head, bar = _head_drawer(room), bar_drawer()
    company_zone = ZoneInfo(company.timezone)

    def draw(room_day: RoomDay) -> Drawn:
        bars = (
            each._replace(times=_("All day") if each.width == STEPS else CLOCKS[each.start])
            for each in room_day.bars
        )
        first = room_day.first_free() if room.state == Room.State.OPEN else None
        urls = _booking_urls(room_day.day, [] if first is None else [first], room, company_zone)
        return {
            **head(room_day),
            "book": _safe("".join(urls.values())),
            "bars": _safe("".join(map(bar, bars))),
            "more": room_day.more,
            "is_outside": room_day.day.date.month != month,
        }

    return [*map(draw, days)]


def _head_drawer(room: ShownRoom) -> Callable[[RoomDay], Drawn]:
    """What draws the name of a day, which leads to all rooms on that day."""
    all_rooms = reverse("day")
    first_of_month = pgettext("date format of the first of a month", "M j")

    def draw(room_day: RoomDay) -> Drawn:
        date, is_today = room_day.day.date, room_day.asked.is_today
        name, url = day_name(date), f"{all_rooms}?date={date}#room-{room.pk}"
        number = date_format(date, first_of_month) if date.day == 1 else date.day
        current = ' aria-current="date"' if is_today else ""
        heading = (
            f'<h3 id="on-{date}"><a href="{url}" aria-label="{escape(name)}"{current}>'
            f"<small>{SHORT_WEEKDAYS[date.weekday()]}</small> {number}</a></h3>"
        )
        return {
            "id": f"on-{date}",
            "date": str(date),
            "name": name,
            "url": url,
            "heading": _safe(heading),
            "is_today": is_today,
        }

    return draw


def _booking_urls(
    day: Day, starts: Sequence[int], room: ShownRoom, company_zone: ZoneInfo
) -> dict[int, str]:
    """The booking form for each start; it reads times on the company's clock."""
    form = f"{reverse('booking-new')}?room={room.pk}&amp;date="
    if day.zone == company_zone:
        return {start: f"{form}{day.date}&amp;start={CLOCKS[start]}" for start in starts}
    urls = {}
    for start in starts:
        local = datetime.combine(day.date, MIDNIGHT) + timedelta(minutes=start * STEP)
        there = to_local(to_instant(local, day.zone), company_zone)
        urls[start] = f"{form}{there:%Y-%m-%d}&amp;start={there:%H:%M}"
    return urls


def _slots(urls: dict[int, str]) -> SafeString:
    """A link for each half hour. They are for the pointer; each day has one link for all."""
    return _safe(
        "".join(
            f'<a class="slot s{start} w{HALF_HOUR}" tabindex="-1" href="{url}">{CLOCKS[start]}</a>'
            for start, url in urls.items()
        )
    )


def _safe(markup: str) -> SafeString:
    return mark_safe(markup)  # noqa: S308  made here
