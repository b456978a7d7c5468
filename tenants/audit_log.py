"""What administrators changed in the settings: one line an act, written with it or not at all.

Who changes a setting calls `note` in the same transaction. Lines are only ever added: the roles
that serve companies may neither change nor delete any. Never put a secret into one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenants.models import AuditEntry, Door, Member
from tenants.scope import active_company_id

LONGEST_SUBJECT = 255


class Area(models.TextChoices):
    """What part of the settings an act belongs to: the first word of its name."""

    ROOMS = "rooms", _("Rooms and buildings")
    RULES = "rules", _("Rules")
    DISPLAYS = "displays", _("Door displays")
    GOOGLE = "google", _("Google")
    SLACK = "slack", _("Slack")
    REMINDERS = "reminders", _("Reminders")
    COMPANY = "company", _("Company")
    PEOPLE = "people", _("People and roles")
    KEYS = "keys", _("API keys")
    WEBHOOKS = "webhooks", _("Webhooks")


@dataclass(frozen=True)
class Act:
    """An act in words, and the page of what it was done to.

    The page is named as in the URLconf; `of_one` if its address takes the target's id.
    """

    words: Promise | str
    page: str
    of_one: bool = False


ACTS = {
    "rooms.made": Act(_("Room added"), "company-room", of_one=True),
    "rooms.changed": Act(_("Room changed"), "company-room", of_one=True),
    "rules.company": Act(_("Rules of the company changed"), "rules"),
    "rules.building": Act(_("Rules of a building changed"), "building-rules", of_one=True),
    "rules.room": Act(_("Rules of a room changed"), "room-rules", of_one=True),
    "displays.made": Act(_("Door display set up"), "room-display", of_one=True),
    "displays.off": Act(_("Door display switched off"), "displays"),
    "google.connected": Act(_("Google connected"), "google_connection"),
    "google.disconnected": Act(_("Google disconnected"), "google_connection"),
    "google.overlaps": Act(_("What becomes of overlaps in Google changed"), "google_connection"),
    "google.directory": Act(_("Taking over from the directory changed"), "import_rooms"),
    "google.may_read": Act(_("Reading allowed for a first look"), "google_audit"),
    "google.may_not_read": Act(_("Reading for a first look taken back"), "google_audit"),
    "slack.connected": Act(_("Slack connected"), "slack"),
    "slack.disconnected": Act(_("Slack disconnected"), "slack"),
    "slack.removed": Act(_("Roomly removed in Slack"), "slack"),
    "slack.channel": Act(_("Slack channel chosen"), "slack"),
    "slack.no_channel": Act(_("Slack channel taken back"), "slack"),
    "reminders.changed": Act(_("Reminders of the company changed"), "company_reminders"),
    "company.changed": Act(_("Company changed"), "company"),
    "company.accent": Act(_("Accent colour changed"), "company"),
    "company.logo": Act(_("Logo uploaded"), "company"),
    "company.no_logo": Act(_("Logo removed"), "company"),
    "people.admin": Act(_("Made an administrator"), "people"),
    "people.no_admin": Act(_("No administrator any more"), "people"),
    "keys.made": Act(_("API key made"), "api_keys"),
    "keys.revoked": Act(_("API key revoked"), "api_keys"),
    "webhooks.made": Act(_("Webhook added"), "webhooks"),
    "webhooks.changed": Act(_("Webhook changed"), "webhooks"),
    "webhooks.paused": Act(_("Webhook paused"), "webhooks"),
    "webhooks.resumed": Act(_("Webhook resumed"), "webhooks"),
    "webhooks.secret": Act(_("Webhook given a new secret"), "webhooks"),
    "webhooks.deleted": Act(_("Webhook deleted"), "webhooks"),
    "webhooks.disabled": Act(_("Webhook switched off after failures"), "webhooks"),
}


def note(
    act: str,
    *,
    by: Member | None,
    subject: object = "",
    target: int | None = None,
    door: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Adds a line about the active company, as `line` makes it."""
    note_all([line(act, by=by, subject=subject, target=target, door=door, before=before,
                   after=after)])  # fmt: skip


def note_all(lines: Iterable[AuditEntry | None]) -> None:
    """Adds many lines in one statement; those that say nothing are left out."""
    AuditEntry.objects.bulk_create([each for each in lines if each is not None])


def line(
    act: str,
    *,
    by: Member | None,
    subject: object = "",
    target: int | None = None,
    door: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEntry | None:
    """One line, of an act of ACTS; None where values are given and none of them differs.

    `subject` is what the thing is called now, `target` its id. Without a member it was the
    operator, unless the `door` says otherwise. Values are such that JSON can hold them.
    """
    if act not in ACTS:
        raise KeyError(act)
    before, after = before or {}, after or {}
    names = dict.fromkeys([*before, *after])
    differing = {name: [before.get(name), after.get(name)] for name in names}
    details = {name: pair for name, pair in differing.items() if pair[0] != pair[1]}
    if names and not details:
        return None
    return AuditEntry(
        company_id=active_company_id(),
        member=by,
        door=door or (Door.WEB if by else Door.OPERATOR),
        act=act,
        subject=str(subject)[:LONGEST_SUBJECT],
        target=target,
        details=details,
    )
