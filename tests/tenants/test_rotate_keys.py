"""manage.py rotate_keys."""

from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core.management import CommandError, call_command
from django.db import connection

from calendars.models import GoogleConnection
from tenants.encryption import decrypt
from tenants.scope import company_scope
from tests.conftest import Cast

pytestmark = pytest.mark.worker
OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


def stored(cast: Cast) -> str:
    """The secret as it lies in the database."""
    with company_scope(cast.company.pk), connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM calendars_googleconnection")
        (text,) = cursor.fetchone()
    return str(text)


def printed() -> str:
    out = StringIO()
    call_command("rotate_keys", stdout=out)
    return out.getvalue()


@pytest.fixture
def secrets(seoul: Cast, stranger: Cast, settings: Any) -> dict[str, Cast]:
    """A refresh token of each company, under the old key."""
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    casts = {"token of seoul": seoul, "token of a stranger": stranger}
    for secret, cast in casts.items():
        with company_scope(cast.company.pk):
            GoogleConnection.objects.create(
                kind=GoogleConnection.Kind.OAUTH,
                account_email="a@b.kr",
                secret=secret,
                access_token="short-lived",
            )
    return casts


def test_afterwards_the_old_key_can_go(secrets: dict[str, Cast], settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    assert printed() == "2 rows are encrypted with the newest key.\n"
    assert printed() == "2 rows are encrypted with the newest key.\n"
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    for secret, cast in secrets.items():
        assert decrypt(stored(cast)) == secret
        assert secret not in stored(cast)
        with company_scope(cast.company.pk):
            assert GoogleConnection.objects.get().access_token == "short-lived"
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    with pytest.raises(InvalidToken):
        decrypt(stored(next(iter(secrets.values()))))


def test_a_secret_that_no_key_fits_is_told_and_kept(
    secrets: dict[str, Cast], settings: Any
) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    before = {secret: stored(cast) for secret, cast in secrets.items()}
    with pytest.raises(CommandError, match="fits none of the keys"):
        printed()
    assert {secret: stored(cast) for secret, cast in secrets.items()} == before
