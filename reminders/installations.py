"""The end of an installation, as Slack announces it."""

from datetime import UTC, datetime

import structlog

from reminders.connections import (
    company_of_team,
    connection_of_company,
    mark_broken,
    mark_uninstalled,
)
from tenants.scope import company_scope

logger = structlog.get_logger(__name__)


def end_of_installation(team_id: str, at: int, bots: list[str] | None) -> None:
    """Roomly was taken out of a workspace, or, with `bots`, the tokens of these bot users ended.

    `at` is Slack's time, in Unix seconds. Announced late, or twice, it concerns no installation
    that was made since. Needs the worker's database role, and no scope.
    """
    company_id = company_of_team(team_id)
    if company_id is None:
        logger.info("slack event of an unknown workspace", team=team_id)
        return
    with company_scope(company_id):
        connection = connection_of_company()
        if connection is None or connection.team_id != team_id:
            return
        if connection.connected_at >= datetime.fromtimestamp(at, UTC):
            logger.info("late slack event ignored", company=company_id, team=team_id)
        elif bots is None:
            mark_uninstalled(connection)
        elif connection.bot_user_id in ("", *bots):
            mark_broken(connection, "token_revoked")
