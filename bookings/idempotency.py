"""A request that is sent twice is answered twice and done once, for 24 hours.

See draft-ietf-httpapi-idempotency-key-header. The key's row is written in the transaction of the
act, so that neither is there without the other, and a second request waits for the first.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from psycopg.errors import LockNotAvailable

from bookings.errors import Busy
from bookings.models import IdempotencyKey
from tenants.errors import InvalidInput
from tenants.planned import execute_planned
from tenants.scope import active_company_id

REMEMBERED_FOR = timedelta(hours=24)
LONGEST_KEY = 255

_TAKE = """
    INSERT INTO bookings_idempotencykey AS old
        (company_id, actor, key, request_hash, status, body, created_at)
    VALUES (%(company)s, %(actor)s, %(key)s, %(hash)s, 0, '{}', %(now)s)
    ON CONFLICT (company_id, actor, key) DO UPDATE
        SET request_hash = excluded.request_hash, status = 0, body = '{}',
            created_at = excluded.created_at
        WHERE old.created_at <= %(forgotten)s
    RETURNING id
"""


class KeyReused(InvalidInput):
    """The key came before with another request: a fault of the client, best told."""

    code = "idempotency_key_reused"
    message = _("This Idempotency-Key was used for another request. Make a new key.")


@dataclass(frozen=True)
class Answer:
    """What the caller is told; `body` is plain JSON."""

    status: int
    body: Any
    replayed: bool = False


def answer_once(*, actor: str, key: str, request_hash: str, act: Callable[[], Answer]) -> Answer:
    """The answer of `act`, or the one that this actor's key had before.

    What `act` raises is not remembered, because the transaction takes the key back with it.
    Raises KeyReused for another request, Busy while the first one takes too long, InvalidInput
    for a key that is too long.
    """
    if not key.strip() or len(key) > LONGEST_KEY:
        raise InvalidInput(
            _("An Idempotency-Key has 1 to %(most)d characters.") % {"most": LONGEST_KEY}
        )
    taken = _take(actor, key, request_hash)
    if taken is None:
        return _replay(actor, key, request_hash)
    answer = act()
    IdempotencyKey.objects.filter(pk=taken).update(status=answer.status, body=answer.body)
    return answer


def forget_old_keys() -> int:
    """Deletes the active company's keys that are honoured no more; returns how many."""
    old = IdempotencyKey.objects.filter(created_at__lte=timezone.now() - REMEMBERED_FOR)
    deleted, _by_model = old.delete()
    return deleted


def _take(actor: str, key: str, request_hash: str) -> int | None:
    """The id of the row if the key is ours now; None if it was answered before."""
    now = timezone.now()
    row: dict[str, int | str | datetime] = {
        "company": active_company_id(),
        "actor": actor,
        "key": key,
        "hash": request_hash,
        "now": now,
        "forgotten": now - REMEMBERED_FOR,
    }
    try:
        with connection.cursor() as cursor:
            execute_planned(cursor, _TAKE, row)
            found = cursor.fetchone()
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise Busy from error
        raise
    return found[0] if found else None


def _replay(actor: str, key: str, request_hash: str) -> Answer:
    known = IdempotencyKey.objects.get(actor=actor, key=key)
    if known.request_hash != request_hash:
        raise KeyReused
    return Answer(known.status, known.body, replayed=True)
