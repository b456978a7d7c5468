"""Putting every stored secret under the newest key of FIELD_ENCRYPTION_KEYS."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db.models import Model

from tenants.encryption import EncryptedTextField
from tenants.isolation import TenantModel
from tenants.models import Company
from tenants.scope import company_scope

BATCH = 200  # rows that one transaction locks


def rotate_keys() -> int:
    """Encrypts every company's secrets anew; returns how many rows have one.

    May be repeated, and stopped half way. Raises cryptography.fernet.InvalidToken, and changes
    nothing of that batch, where none of the keys fits.
    """
    encrypted = dict(_encrypted_models())
    return sum(
        _rotate(company_id, model, names)
        for company_id in Company.objects.order_by("pk").values_list("pk", flat=True)
        for model, names in encrypted.items()
    )


def _encrypted_models() -> Iterator[tuple[type[TenantModel], list[str]]]:
    for model in apps.get_models():
        names = [
            field.name for field in model._meta.get_fields()
            if isinstance(field, EncryptedTextField)
        ]  # fmt: skip
        if names and issubclass(model, TenantModel):
            yield model, names


def _rotate(company_id: int, model: type[TenantModel], names: list[str]) -> int:
    done, last = 0, None
    while True:
        with company_scope(company_id):
            rows = model.objects.order_by("pk").select_for_update(no_key=True)
            batch = list((rows if last is None else rows.filter(pk__gt=last))[:BATCH])
            for row in batch:
                _encrypt_again(row, names)
        done += len(batch)
        if len(batch) < BATCH:
            return done
        last = batch[-1].pk


def _encrypt_again(row: TenantModel, names: list[str]) -> None:
    # Reading decrypted them; writing encrypts them with the newest key.
    secrets: dict[str, Any] = {name: getattr(row, name) for name in names}
    model: type[Model] = type(row)
    model._default_manager.filter(pk=row.pk).update(**secrets)
