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
from bookings.web.days import Day
from bookings.web.grid import Bar, Row, Storey
from bookings.web.held_bars import HeldBar
from bookings.web.looks import in_words
from bookings.web.places import STEP

_HOUR = 60 // STEP
HOURS = mark_safe(  # noqa: S308  the heads of the columns
    "".join(f'<li class="s{hour * _HOUR}">{hour:02}:00</li>' for hour in range(24))
)


def draw_storeys(storeys: Iterable[Storey], day: Day) -> SafeString:
    """The floors of a day with their rooms and bookings, in the active language."""
    draw_row = _row_drawer(day)
    return mark_safe("".join(_storey(storey, draw_row) for storey in storeys))  # noqa: S308


def seats_of(number: int) -> str:
    """How many a room holds, in words."""
    return ngettext("%(seats)s seat", "%(seats)s seats", number) % {"seats": number}


def _storey(storey: Storey, draw_row: Callable[[Row], str]) -> str:
    floor = f"<small>{escape(storey.floor)}</small>" if storey.floor is not None else ""
    rows = "".join(map(draw_row, storey.rows))
    return (
        f'<section class="storey"><h2><span>{escape(storey.building)}{floor}</span></h2>'
        f'<ol class="rooms">{rows}</ol></section>\n'
    )


def _row_drawer(day: Day) -> Callable[[Row], str]:
    """What draws a room's row; words and addresses that all share are looked up once."""
    new, book, closed = reverse("booking-new"), _("Book"), _("Closed")
    book_this = _("Book %(room)s")
    weeks = reverse("room-week", args=[0]).removesuffix("0/")
    draw_bar = bar_drawer()
    seats = cache(seats_of)

    @cache
    def having(equipment: tuple[str, ...]) -> str:
        return escape(Equipment.words(equipment))

    def draw(row: Row) -> str:
        room = row.room
        is_open, name = room.state == Room.State.OPEN, escape(room.name)
        equipment = having(tuple(room.equipment))
        about = " · ".join(filter(None, (seats(room.capacity), escape(row.zone), equipment)))
        door = (
            f'<a class="book" href="{new}?room={room.pk}&amp;date={day.date}"'
            f' aria-label="{book_this % {"room": name}}">{book}</a>'
            if is_open
            else f'<span class="book">{closed}</span>'
        )
        bars = "".join(
            (*map(_shade, row.closed), *map(draw_held, row.holds), *map(draw_bar, row.bars))
        )
        return (
            f'<li class="room{"" if is_open else " shut"}" id="room-{room.pk}">'
            f'<div class="about"><h3><a href="{weeks}{room.pk}/?date={day.date}">{name}</a></h3>'
            f'<p title="{equipment}">{about}</p>{door}</div>'
            f'<ol class="lane lanes{row.lanes}">{bars}</ol></li>\n'
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
        rule = f' title="{escape(bar.rule)}"' if bar.rule else ""
        series = f' data-series="{bar.series}"' if bar.series else ""
        return (
            f'<li><a class="bar s{bar.start} w{bar.width}{look}{lane}"'
            f' href="{bookings}{bar.public_id}/"{rule}{series}>'
            f"<b>{escape(bar.title)}</b> <time>{bar.times}</time>{described(bar.look)}</a></li>"
        )

    return draw
