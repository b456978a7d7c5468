"""Migration operations besides IsolateTable: the roles' rights."""

from django.db import migrations

SERVING_ROLES = ("roomly_app", "roomly_worker")

_MAKE_ROLES = "".join(
    f"""
    DO $$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
            CREATE ROLE {role} NOSUPERUSER NOBYPASSRLS;
        END IF;
    END $$;
    """
    for role in SERVING_ROLES
)

_GRANT = f"""
    GRANT USAGE ON SCHEMA public TO {", ".join(SERVING_ROLES)};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public
        TO {", ".join(SERVING_ROLES)};
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {", ".join(SERVING_ROLES)};
    ALTER DEFAULT PRIVILEGES IN SCHEMA public
        GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {", ".join(SERVING_ROLES)};
    ALTER DEFAULT PRIVILEGES IN SCHEMA public
        GRANT USAGE, SELECT ON SEQUENCES TO {", ".join(SERVING_ROLES)};
"""


def grant_to_serving_roles() -> migrations.RunSQL:
    """Rows, never the schema: for the tables that exist and for all that later migrations make."""
    return migrations.RunSQL(_MAKE_ROLES + _GRANT, migrations.RunSQL.noop)


def append_only(table: str) -> migrations.RunSQL:
    """Rows that the serving roles may add and read, but neither change nor delete."""
    roles = ", ".join(SERVING_ROLES)
    return migrations.RunSQL(
        f"REVOKE UPDATE, DELETE ON {table} FROM {roles}",
        f"GRANT UPDATE, DELETE ON {table} TO {roles}",
    )


def worker_function(name: str, arguments: str, returns: str, body: str) -> migrations.RunSQL:
    """A query across companies that only the worker may call, and that returns ids alone.

    It runs with the schema owner's rights, past row-level security, so it must not return
    anything that a company wrote.
    """
    return migrations.RunSQL(
        f"""
        CREATE FUNCTION {name}({arguments}) RETURNS {returns}
            LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public
            AS $$ {body} $$;
        REVOKE ALL ON FUNCTION {name} FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION {name} TO roomly_worker;
        """,
        f"DROP FUNCTION {name}",
    )
