"""Columns that hold other people's secrets: encrypted with keys that live outside the database."""

from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def _current() -> MultiFernet:
    return _cipher(tuple(settings.FIELD_ENCRYPTION_KEYS))


def encrypt(plain: str) -> str:
    """Encrypts with the newest key of FIELD_ENCRYPTION_KEYS."""
    return _current().encrypt(plain.encode()).decode()


def decrypt(stored: str) -> str:
    """Decrypts with whichever key fits; raises cryptography.fernet.InvalidToken if none does."""
    return _current().decrypt(stored.encode()).decode()


class EncryptedTextField(models.TextField[str, str]):
    """Text that is only ever stored encrypted; an empty string stays empty."""

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        return decrypt(value) if value else value

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return encrypt(value) if value else value
