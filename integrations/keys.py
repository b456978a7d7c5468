"""API keys: made, shown once, and recognised again by their hash.

A key names its company (`roomly_<company id>_<secret>`), so that the company's scope can be
opened before anything is looked up. A forged company id finds no hash there.
"""

import hashlib
import re
import secrets
from collections.abc import Iterable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from integrations.models import ApiKey
from tenants.audit_log import line, note, note_all
from tenants.errors import InvalidInput
from tenants.models import Member
from tenants.prepared import Prepared
from tenants.scope import active_company_id

SECRET_BYTES = 32  # 43 URL-safe characters
TOUCH_EVERY = timedelta(minutes=1)
_NAME_RULE = "api_key_name"  # the constraint
_KEY = Prepared[ApiKey](
    lambda hashed: ApiKey.objects.select_related("company", "member__user").filter(
        secret_hash=hashed, revoked_at=None
    ),
    "hashed",
)
_FORM = re.compile(r"roomly_([0-9]{1,9})_[A-Za-z0-9_-]{43}")


def create_api_key(
    *,
    scopes: Iterable[str],
    member: Member | None = None,
    name: str = "",
    by: Member | None = None,
) -> str:
    """Makes a key of the active company and returns it: it cannot be read again.

    With a member it may do what that person may do; `by` is who makes it. Raises InvalidInput for
    an unknown scope, and for a name that another key in use has: a form that is sent twice makes
    one key.
    """
    wanted = list(dict.fromkeys(scopes))
    if not wanted or not set(wanted) <= set(ApiKey.Scope.values):
        raise InvalidInput(
            _("Choose from these scopes: %(scopes)s.") % {"scopes": ", ".join(ApiKey.Scope.values)},
            field="scopes",
        )
    key = f"roomly_{active_company_id()}_{secrets.token_urlsafe(SECRET_BYTES)}"
    try:
        with transaction.atomic():
            made = ApiKey.objects.create(
                member=member, name=name, scopes=wanted, secret_hash=hash_of(key)
            )
            note("keys.made", by=by, subject=made, after={"scopes": wanted})
    except IntegrityError as error:
        if _NAME_RULE not in str(error):
            raise
        raise InvalidInput(
            _("A key has this name already. Choose another name, or revoke that key first."),
            field="name",
        ) from error
    return key


def revoke(keys: QuerySet[ApiKey], *, by: Member | None = None) -> None:
    """Takes keys back: whoever presents one is refused from now on. Once more changes nothing."""
    in_use = list(keys.filter(revoked_at=None).select_for_update(of=("self",), no_key=True))
    ApiKey.objects.filter(pk__in=[key.pk for key in in_use]).update(revoked_at=timezone.now())
    note_all(line("keys.revoked", by=by, subject=key) for key in in_use)


def hash_of(key: str) -> str:
    """SHA-256, in hexadecimal; a secret of 256 random bits needs no slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()


def company_named_by(key: str) -> int | None:
    """The company id that a key claims; None if it does not look like a key."""
    match = _FORM.fullmatch(key)
    return int(match[1]) if match else None


def recognise(key: str) -> ApiKey | None:
    """The active company's key that this is, with member and company, unless it was revoked.

    A key that acts for a member ends with the membership.
    """
    wanted = hash_of(key)
    found = _KEY.first(wanted)
    if found is None or not constant_time_compare(found.secret_hash, wanted):
        return None
    if found.member and not (found.member.active and found.member.user.is_active):
        return None
    return found


def is_stale(key: ApiKey) -> bool:
    """Whether the time of the last use is worth writing down again."""
    return key.last_used_at is None or key.last_used_at <= timezone.now() - TOUCH_EVERY


def touch(key: ApiKey) -> None:
    """Notes that a key is in use."""
    ApiKey.objects.filter(pk=key.pk).update(last_used_at=timezone.now())
