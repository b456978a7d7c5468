"""The rows of the day as HTML. Thousands of bars a page are made by hand: a template takes half of
the page's time for them. Whatever a person wrote goes through `escape`.
"""

from collections.abc import Callable, Iterable
from functools import cache
from html import escape

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.models import Equipment, Room
from bookings.web.day.grid import Bar, Row, Storey
from bookings.web.day.held_bars import HeldBar
from bookings.web.day.looks import in_words
from bookings.web.day.places import STEP
from bookings.web.days import Day

GROUP = 20  # rooms that are folded, and unfolded, together
AT_ONCE = 40  # rooms, far more than a screen shows; the others are folded, see static/js/rows.js
_HOUR = 60 // STEP
_LONG = 4 * _HOUR  # from here on the words of a bar stay in sight while it is scrolled
HOURS = mark_safe(  # noqa: S308  the heads of the columns
    "".join(f'<li class="s{hour * _HOUR}">{hour:02}:00</li>' for hour in range(24))
)


def draw_storeys(storeys: Iterable[Storey], day: Day) -> SafeString:
    """The floors of a day with their rooms and bookings, in the active language."""
    draw_row, before, drawn = _row_drawer(day), 0, []
    for storey in storeys:
        drawn.append(_storey(storey, draw_row, before))
        before += len(storey.rows)
    return mark_safe("".join(drawn))  # noqa: S308


def seats_of(number: int) -> str:
    """How many a room holds, in words."""
    return ngettext("%(seats)s seat", "%(seats)s seats", number) % {"seats": number}


def _storey(storey: Storey, draw_row: Callable[[Row], str], before: int) -> str:
    """A floor, behind so many rooms of others."""
    floor = f"<small>{escape(storey.floor)}</small>" if storey.floor is not None else ""
    groups = "".join(
        _group(map(draw_row, storey.rows[first : first + GROUP]), folded=before + first >= AT_ONCE)
        for first in range(0, len(storey.rows), GROUP)
    )
    return (
        f'<section class="storey"><h2><span>{escape(storey.building)}{floor}</span></h2>'
        f'<div class="floor">{groups}</div></section>\n'
    )


def _group(rows: Iterable[str], *, folded: bool) -> str:
    group = f'<ol class="rooms">{"".join(rows)}</ol>'
    return f"<noscript>{group}</noscript>" if folded else group


def _row_drawer(day: Day) -> Callable[[Row], str]:
    """What draws a room's row; words and addresses that all share are looked up once."""
    new, book, closed = reverse("booking-new"), _("Book"), _("Closed")
    book_this = _("Book %(room)s")
    weeks = reverse("room-week", args=[0]).removesuffix("0/")
    favourite = _("Favourite: %(room)s")
    draw_bar = bar_drawer()
    seats = cache(seats_of)

    @cache
    def having(equipment: tuple[str, ...]) -> str:
        return escape(Equipment.words(equipment))

    def draw(row: Row) -> str:
        room = row.room
        is_open, name = room.state == Room.State.OPEN, escape(room.name)
        look = f"room lanes{row.lanes}" if is_open else f"room lanes{row.lanes} shut"
        equipment = having(tuple(room.equipment))
        about = " · ".join(filter(None, (seats(room.capacity), escape(row.zone), equipment)))
        door = (
            f'<a class="book" href="{new}?room={room.pk}&amp;date={day.date}"'
            f' aria-label="{book_this % {"room": name}}">{book}</a>'
            if is_open
            else f'<span class="book">{closed}</span>'
        )
        pressed, next_star = ("true", "") if room.starred else ("false", "1")
        star = (
            f'<button class="star" form="stars" formaction="{weeks}{room.pk}/star/" name="starred"'
            f' value="{next_star}" aria-pressed="{pressed}"'
            f' aria-label="{favourite % {"room": name}}"></button>'
        )
        bars = "".join(
            (*map(_shade, row.closed), *map(draw_held, row.holds), *map(draw_bar, row.bars))
        )
        hints = f' data-rules="{escape(row.hints)}"' if row.hints else ""
        return (
            f'<li class="{look}" id="room-{room.pk}"{hints}>'
            f'<div class="about"><h3><a href="{weeks}{room.pk}/?date={day.date}">{name}</a></h3>'
            f'<p title="{equipment}">{about}</p>{star}{door}</div>'
            f'<ol class="lane">{bars}</ol></li>\n'
        )

    return draw


def _shade(place: str) -> str:
    return f'<li class="closed {place}" aria-hidden="true"></li>'


def draw_held(hold: HeldBar) -> str:
    return (
        f'<li class="bar held {hold.place}" data-until="{hold.until}"><b>{escape(hold.who)}</b>'
        f' <time>{hold.times}</time><span class="words"> ({hold.words})</span></li>'
    )


def bar_drawer() -> Callable[[Bar], str]:
    """What draws a booking; there are few different looks among thousands."""
    bookings = reverse("bookings")

    @cache
    def described(look: tuple[str, ...]) -> str:
        return f'<span class="words"> ({in_words(look)})</span>' if look else ""

    def draw(bar: Bar) -> str:
        look = "".join(f" {part}" for part in bar.look)
        lane = f" l{bar.lane}" if bar.lane else ""
        long = " long" if bar.width >= _LONG else ""
        rule = f' aria-description="{escape(bar.rule)}"' if bar.rule else ""
        series = f' data-series="{bar.series}"' if bar.series else ""
        return (
            f'<li><a class="bar s{bar.start} w{bar.width}{look}{lane}{long}"'
            f' href="{bookings}{bar.public_id}/"{rule}{series}>'
            f"<b>{escape(bar.title)}</b> <time>{bar.times}</time>{described(bar.look)}</a></li>"
        )

    return draw
