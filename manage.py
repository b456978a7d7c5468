#!/usr/bin/env python3
"""Roomly's management commands.

Schema commands run as the login in DATABASE_URL, all others as the role roomly_worker.
"""

import os
import sys

from django.core.management import execute_from_command_line

SCHEMA_COMMANDS = {"migrate", "makemigrations", "sqlmigrate", "showmigrations", "dbshell"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "roomly.settings")
    if len(sys.argv) > 1 and sys.argv[1] not in SCHEMA_COMMANDS:
        os.environ.setdefault("DATABASE_ROLE", "roomly_worker")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
