"""How far long work is, in words for a page and for a terminal."""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calendars.models import LongWork

A_MINUTE, AN_HOUR = 60, 3600  # seconds


def progress_words(work: LongWork) -> str:
    """Such as "12 of 52 · about 20 seconds left"."""
    words = [_count(work)]
    if work.state != LongWork.State.RUNNING:
        words.insert(0, work.get_state_display())
    elif (left := work.time_left) is not None:
        words.append(left_words(left))
    return " · ".join(word for word in words if word)


def _count(work: LongWork) -> str:
    if work.total is None:
        return _("%(done)d so far") % {"done": work.done} if work.done else ""
    return _("%(done)d of %(total)d") % {"done": work.done, "total": work.total}


def left_words(left: timedelta) -> str:
    """A rough length of time: in seconds, rounded to tens, in minutes, or in hours."""
    seconds = left.total_seconds()
    if seconds < 5:
        return _("a few seconds left")
    if seconds < 2 * A_MINUTE:
        return _("about %(n)d seconds left") % {"n": max(10, round(seconds, -1))}
    if seconds < 2 * AN_HOUR:
        return _("about %(n)d minutes left") % {"n": round(seconds / A_MINUTE)}
    hours = round(seconds / AN_HOUR)
    return ngettext("about %(n)d hour left", "about %(n)d hours left", hours) % {"n": hours}
