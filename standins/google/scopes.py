"""Scopes: what they are called in requests, and what people read on the consent page."""

PREFIX = "https://www.googleapis.com/auth/"
_ALIASES = {f"{PREFIX}userinfo.email": "email", f"{PREFIX}userinfo.profile": "profile"}
IDENTITY = ("openid", "email", "profile")
CALENDAR = f"{PREFIX}calendar"
EVERYTHING = [
    *IDENTITY,
    CALENDAR,
    f"{PREFIX}admin.directory.resource.calendar.readonly",
    f"{PREFIX}admin.directory.user.readonly",
]
_WORDS = {
    "calendar": "See, edit, share and permanently delete all the calendars you can access",
    "calendar.events": "View and edit events on all your calendars",
    "calendar.events.owned": "View and edit events on calendars you own",
    "calendar.readonly": "See and download any calendar you can access",
    "calendar.events.readonly": "View events on all your calendars",
    "calendar.calendarlist.readonly": "See the list of calendars you're subscribed to",
    "calendar.events.freebusy": "See the availability on Google calendars you have access to",
    "calendar.freebusy": "View your availability in your calendars",
    "calendar.acls.readonly": "See the sharing permissions of calendars you own",
    "calendar.calendars.readonly": "See the title, description and time zone of calendars",
    "admin.directory.resource.calendar.readonly": "View rooms and buildings of your organisation",
    "admin.directory.user.readonly": "See the users of your organisation",
}


def split(text: str) -> list[str]:
    """The scopes of a space-separated list, once each, in order."""
    return list(dict.fromkeys(text.split()))


def identity(scope: str) -> bool:
    """Whether a scope only says who somebody is: no box to untick on the consent page."""
    return canonical(scope) in IDENTITY


def canonical(scope: str) -> str:
    """The short name of the two identity scopes that have a long one."""
    return _ALIASES.get(scope, scope)


def granted_form(scopes: list[str]) -> str:
    """The `scope` member of a token answer: Google spells identity scopes out."""
    spelled = {short: long for long, short in _ALIASES.items()}
    return " ".join(dict.fromkeys(spelled.get(scope, scope) for scope in scopes))


def words(scope: str) -> str:
    """What the consent page says about a scope."""
    return _WORDS.get(scope.removeprefix(PREFIX), scope)
