"""manage.py rotate_keys"""

from typing import Any

from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError

from tenants.rotation import rotate_keys


class Command(BaseCommand):
    help = (
        "Encrypts every stored secret with the newest (first) key of FIELD_ENCRYPTION_KEYS. Run it"
        " after adding a key; then the older ones can go. It may be run any number of times."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            rows = rotate_keys()
        except InvalidToken as error:
            raise CommandError(
                "A stored secret fits none of the keys in FIELD_ENCRYPTION_KEYS: put the key that"
                " it was written with at the end of the list, and run this again."
            ) from error
        self.stdout.write(f"{rows} rows are encrypted with the newest key.")
