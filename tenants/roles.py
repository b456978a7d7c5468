"""The database roles that serve companies, and the refusal to serve under any other."""

import structlog
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection

logger = structlog.get_logger(__name__)


def refuse_unsafe_role() -> None:
    """Raises ImproperlyConfigured if row-level security would not bind this process."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_user, rolsuper OR rolbypassrls FROM pg_roles"
                " WHERE rolname = current_user"
            )
            role, unbound = cursor.fetchone()
    except OperationalError as error:
        logger.warning("database away, its role was not checked", error=str(error))
        return
    finally:
        connection.close()
    if unbound:
        raise ImproperlyConfigured(
            f"The database role {role} bypasses row-level security: companies would see each "
            "other. Leave DATABASE_ROLE unset, or use the roles of tenants/sql/roles.sql."
        )
