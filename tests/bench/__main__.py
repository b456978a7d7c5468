"""`make bench`: an installation with its own servers and processes, measured from outside."""

import os
import socket
import sys

import django
from django.conf import settings

from tests import environment


def main() -> None:
    """Runs every benchmark, or those named as arguments."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        base = f"http://127.0.0.1:{free.getsockname()[1]}"
    os.environ["PUBLIC_URL"] = base
    os.environ["DJANGO_SETTINGS_MODULE"] = "roomly.settings"
    django.setup()
    settings.DEBUG = False  # or Django writes down every statement
    _prepare_database()
    # The models can be imported only now.
    from tests.bench import (  # noqa: PLC0415
        backfill,
        booking,
        cost,
        day,
        find,
        memory,
        paint,
        preview,
        race,
        reminders,
        series,
        travel,
        webhook,
    )
    from tests.bench.installation import web  # noqa: PLC0415

    benches = {
        "booking": booking,
        "series": series,
        "preview": preview,
        "day": day,
        "paint": paint,
        "cost": cost,
        "race": race,
        "memory": memory,
        "reminders": reminders,
        "find": find,
        "webhook": webhook,
        "travel": travel,
        "backfill": backfill,
    }
    with web(base):
        for name in sys.argv[1:] or benches:
            benches[name].run(base)
    environment.pytest_unconfigure()


def _prepare_database() -> None:
    """Migrates as the schema's owner, then acts like the web: under row-level security."""
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from tests.bench.installation import DATABASE_ROLE  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    connection.close()
    connection.settings_dict["OPTIONS"]["options"] = f"-c role={DATABASE_ROLE}"


if __name__ == "__main__":
    main()
