"""What an audit found, in sentences for the person who runs the rooms, in the active language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from calendars.audit.findings import Facts, Kind, Severity

Lazy = str | Promise


@dataclass(frozen=True)
class KindWords:
    """The heading of a kind of trouble, and what to do about it."""

    heading: Lazy
    advice: Lazy


SEVERITIES: Mapping[Severity, Lazy] = {
    Severity.HIGH: gettext_lazy("Mend this first"),
    Severity.MEDIUM: gettext_lazy("Tidy up soon"),
    Severity.LOW: gettext_lazy("Worth a look"),
}
KINDS: Mapping[Kind, KindWords] = {
    Kind.DOUBLE_BOOKING: KindWords(
        gettext_lazy("Double bookings"),
        gettext_lazy("Ask the organisers who keeps the room, and move the other meeting."),
    ),
    Kind.NO_CALENDAR: KindWords(
        gettext_lazy("Rooms without a calendar"),
        gettext_lazy(
            "Look the room up in the Google Admin console, under Directory, Buildings and "
            "resources, and share its calendar with the account that Roomly uses."
        ),
    ),
    Kind.SHARED_CALENDAR: KindWords(
        gettext_lazy("Rooms that share a calendar"),
        gettext_lazy("Give each room a resource of its own in the Google Admin console."),
    ),
    Kind.CANNOT_WRITE: KindWords(
        gettext_lazy("Rooms that Roomly could not book"),
        gettext_lazy(
            "In the room's calendar settings, share it with this account and allow it to make "
            "changes to events, or connect Roomly with an account that may."
        ),
    ),
    Kind.PUBLIC: KindWords(
        gettext_lazy("Calendars open to strangers"),
        gettext_lazy(
            "In the room's calendar settings, under access permissions, stop making it public."
        ),
    ),
    Kind.EVERYBODY_WRITES: KindWords(
        gettext_lazy("Calendars that everybody may change"),
        gettext_lazy(
            "Let everybody only see the events. To book a room it is enough to invite it, and "
            "then Google looks for conflicts."
        ),
    ),
    Kind.NOBODY_READS: KindWords(
        gettext_lazy("Calendars that nobody may see"),
        gettext_lazy("Share the calendar with the company, so that people see when it is free."),
    ),
    Kind.ANSWERED_BY_HAND: KindWords(
        gettext_lazy("Invitations that wait for a person"),
        gettext_lazy(
            "Unless somebody decides on purpose, let the room accept invitations by itself: "
            "calendar settings, auto-accept invitations."
        ),
    ),
    Kind.ORGANIZER_LEFT: KindWords(
        gettext_lazy("Meetings whose organiser has left"),
        gettext_lazy("Transfer them to somebody who stays, or delete them to free the room."),
    ),
    Kind.NOBODY_COMES: KindWords(
        gettext_lazy("Series that nobody attends"),
        gettext_lazy("Ask the organiser to end the series. Until then it keeps the room."),
    ),
    Kind.OVERSIZED: KindWords(
        gettext_lazy("Large rooms for a few people"),
        gettext_lazy("Suggest smaller rooms to those who meet here. Roomly ranks rooms by size."),
    ),
    Kind.ALONE: KindWords(
        gettext_lazy("Long bookings without guests"),
        gettext_lazy("Ask whether the room is needed: often it is held in case it is."),
    ),
}
UNSEEN: Mapping[str, Lazy] = {
    "directory": gettext_lazy(
        "The directory could not be read, so only the rooms that Roomly knows were looked at. "
        "Connect with a Workspace administrator's account for all of them."
    ),
    "people": gettext_lazy(
        "Who has left could not be found out: that takes a Workspace administrator's account."
    ),
    "rules": gettext_lazy(
        "How calendars are shared is shown to their owners only, and was not looked at in:"
    ),
    "details": gettext_lazy("Only free and busy times are visible, no details, in:"),
    "refused": gettext_lazy("Google did not show the calendar of:"),
    "unreadable": gettext_lazy("Some events have an unknown form and were left out in:"),
    "left_out": gettext_lazy("More was found than is listed here in:"),
    "failed": gettext_lazy("Roomly itself failed to look at:"),
}


def said(kind: str, facts: Facts, zone: ZoneInfo) -> str:
    """One finding as a sentence or two. Times are told in `zone`."""
    return _SENTENCES[Kind(kind)](facts, zone)


def _double_booking(facts: Facts, zone: ZoneInfo) -> str:
    both = _("%(one)s and %(two)s have the room at the same time.") % {
        "one": _named(facts["one"]),
        "two": _named(facts["two"]),
    }
    return f"{both} {_dates(facts, zone)}"


def _no_calendar(facts: Facts, _zone: ZoneInfo) -> str:
    if not facts["calendar"]:
        return _("No calendar of this room is known.")
    return _("Google does not find its calendar, or does not show it: %s") % str(facts["calendar"])


def _shared_calendar(facts: Facts, _zone: ZoneInfo) -> str:
    rooms = ", ".join(facts["rooms"])
    return _("One calendar for all of these, so who books one takes all: %s") % rooms


def _cannot_write(facts: Facts, _zone: ZoneInfo) -> str:
    return _("%s may see this calendar, but not change its events.") % str(facts["account"])


def _public(facts: Facts, _zone: ZoneInfo) -> str:
    if not facts["who"]:
        return _("Everybody on the internet can read what is booked here.")
    who = ", ".join(facts["who"])
    return _("People outside the company can read what is booked here: %s") % who


def _everybody_writes(_facts: Facts, _zone: ZoneInfo) -> str:
    return _("Everybody can write into this calendar and so book over somebody else's meeting.")


def _nobody_reads(_facts: Facts, _zone: ZoneInfo) -> str:
    return _("Only its owners see when this room is free.")


def _answered_by_hand(_facts: Facts, _zone: ZoneInfo) -> str:
    return _("This room does not answer invitations by itself.")


def _organizer_left(facts: Facts, zone: ZoneInfo) -> str:
    if facts["suspended"]:
        left = _("%s: this account is suspended.") % _named(facts)
    else:
        left = _("%s: nobody has this address any more.") % _named(facts)
    return f"{left} {_dates(facts, zone)}"


def _nobody_comes(facts: Facts, zone: ZoneInfo) -> str:
    told = _("%s: all guests have declined or left.") % _named(facts)
    return f"{told} {_dates(facts, zone)}"


def _oversized(facts: Facts, _zone: ZoneInfo) -> str:
    return _(
        "Within four weeks of today, %(small)d of %(all)d meetings fill a third of the "
        "%(capacity)d seats or less; usual are %(people)d people."
    ) % {name: facts[name] for name in ("small", "all", "capacity", "people")}


def _alone(facts: Facts, zone: ZoneInfo) -> str:
    hours = f"{facts['minutes'] / 60:.3g}"
    told = _("%(meeting)s: %(hours)s hours, and nobody is invited.") % {
        "meeting": _named(facts),
        "hours": hours,
    }
    return f"{told} {_dates(facts, zone)}"


_SENTENCES: Mapping[Kind, Callable[[Facts, ZoneInfo], str]] = {
    Kind.DOUBLE_BOOKING: _double_booking,
    Kind.NO_CALENDAR: _no_calendar,
    Kind.SHARED_CALENDAR: _shared_calendar,
    Kind.CANNOT_WRITE: _cannot_write,
    Kind.PUBLIC: _public,
    Kind.EVERYBODY_WRITES: _everybody_writes,
    Kind.NOBODY_READS: _nobody_reads,
    Kind.ANSWERED_BY_HAND: _answered_by_hand,
    Kind.ORGANIZER_LEFT: _organizer_left,
    Kind.NOBODY_COMES: _nobody_comes,
    Kind.OVERSIZED: _oversized,
    Kind.ALONE: _alone,
}


def _named(facts: Facts) -> str:
    """A meeting by its title, and whose it is."""
    title = f"“{facts['title']}”" if facts["title"] else _("A private or untitled meeting")
    return f"{title} ({facts['who']})" if facts["who"] else title


def _dates(facts: Facts, zone: ZoneInfo) -> str:
    """When it is next, and how often it comes."""
    next_at = datetime.fromisoformat(facts["next"]).astimezone(zone)
    when = f"{date_format(next_at, 'DATE_FORMAT')} {next_at:%H:%M}"
    if facts.get("endless"):
        return _("Next on %s, and no end is set.") % when
    times = facts["times"]
    if times == 1:
        return _("On %s.") % when
    return ngettext(
        "Next on %(when)s, %(times)d time in all.",
        "Next on %(when)s, %(times)d times in all.",
        times,
    ) % {
        "when": when,
        "times": times,
    }
