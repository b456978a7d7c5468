"""A company's bot token while it is good.

Where Slack rotates tokens they last twelve hours and are renewed five minutes before, by one
process at a time. The renewal uses up the refresh token, and both new ones are stored in one
statement. A process that dies between Slack's answer and that statement takes the new pair with
it; the old token then works to its end, and Slack refuses the next renewal: connect again.
"""

import time
from datetime import datetime, timedelta

import structlog
from django.utils import timezone

from reminders import oauth
from reminders.connections import mark_broken, same
from reminders.models import SlackConnection
from reminders.oauth import Grant, GrantRefused, NoAnswer
from tenants.scope import company_scope

logger = structlog.get_logger(__name__)

EARLY = timedelta(minutes=5)  # before a token ends
LEASE = timedelta(seconds=30)  # longer than a renewal may take; then its process is dead
BETWEEN_LOOKS = 0.1  # seconds
LOOKS = 20


def good_token(connection: SlackConnection, *, refused: str = "") -> str:
    """A token that Slack should take; `refused` is one that it has just called expired.

    May call Slack, so never inside a transaction. Raises GrantRefused if the company has to be
    connected again, NoAnswer if another try may help.
    """
    if not connection.refresh_token:
        if refused:
            raise GrantRefused("token_expired")
        return str(connection.bot_token)
    now = timezone.now()
    if _lasts(connection, refused, now + EARLY):
        return str(connection.bot_token)
    current, is_ours = _claim(connection, refused, now)
    if is_ours:
        return _renewed(current, refused, now)
    if _lasts(current, refused, now):
        return str(current.bot_token)
    return _renewed_elsewhere(current, refused)


def _renewed(current: SlackConnection, refused: str, now: datetime) -> str:
    """The next token, asked for by this process alone."""
    try:
        grant = oauth.renew(current.refresh_token)
    except GrantRefused as error:
        return _after_refusal(current, error)
    except NoAnswer as error:
        logger.warning("slack token not renewed", company=current.company_id, code=error.code)
        with company_scope(current.company_id):
            same(current).update(refreshing_until=None)
        if _lasts(current, refused, now):
            return str(current.bot_token)
        raise
    _store(current, grant)
    return grant.bot_token


def _store(current: SlackConnection, grant: Grant) -> None:
    with company_scope(current.company_id):
        same(current).update(
            bot_token=grant.bot_token,
            refresh_token=grant.refresh_token,
            token_expires_at=grant.expires_at,
            refreshing_until=None,
        )
    logger.info("slack token renewed", company=current.company_id)


def _after_refusal(current: SlackConnection, error: GrantRefused) -> str:
    """What another process stored after this one had read, or else the end of the connection."""
    with company_scope(current.company_id):
        row = same(current).select_for_update().first()
        if row is not None and row.bot_token != current.bot_token:
            return str(row.bot_token)
        same(current).update(refreshing_until=None)
        mark_broken(current, error.code)
    raise error


def _renewed_elsewhere(current: SlackConnection, refused: str) -> str:
    """The token for which another process asks at this moment."""
    for _look in range(LOOKS):
        time.sleep(BETWEEN_LOOKS)
        with company_scope(current.company_id):
            row = _read(current)
        if _lasts(row, refused, timezone.now()):
            return str(row.bot_token)
        if row.refreshing_until is None:
            break  # it was refused
    raise NoAnswer("token_expired")


def _lasts(connection: SlackConnection, refused: str, until: datetime) -> bool:
    end = connection.token_expires_at
    return connection.bot_token != refused and (end is None or end > until)


def _read(connection: SlackConnection, *, lock: bool = False) -> SlackConnection:
    """The row as it is now, in its company's scope.

    Raises GrantRefused for a door that was closed, or replaced by another.
    """
    rows = same(connection).select_for_update() if lock else same(connection)
    row = rows.first()
    if row is None:
        raise GrantRefused("token_revoked")
    return row


def _claim(
    connection: SlackConnection, refused: str, now: datetime
) -> tuple[SlackConnection, bool]:
    """The row as it is now, and whether it is this process that has to renew its token."""
    with company_scope(connection.company_id):
        row = _read(connection, lock=True)
        is_free = row.refreshing_until is None or row.refreshing_until < now
        is_ours = is_free and not _lasts(row, refused, now + EARLY)
        if is_ours:
            same(row).update(refreshing_until=now + LEASE)
    return row, is_ours
