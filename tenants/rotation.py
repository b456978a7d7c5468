"""Putting every stored secret under the newest key of FIELD_ENCRYPTION_KEYS."""

from collections.abc import Iterator

from django.apps import apps

from tenants.encryption import EncryptedTextField
from tenants.isolation import TenantModel
from tenants.models import Company
from tenants.scope import company_scope


def rotate_keys() -> int:
    """Encrypts every company's secrets anew; returns how many rows hold some.

    Company by company, so it may be stopped half way and repeated. Raises
    cryptography.fernet.InvalidToken, and leaves that company as it was, where no key fits.
    """
    company_ids = Company.objects.order_by("pk").values_list("pk", flat=True)
    return sum(_rotate(company_id) for company_id in company_ids)


def _rotate(company_id: int) -> int:
    rows = 0
    with company_scope(company_id):
        for model, names in _encrypted_models():
            # Locked, or a token that is refreshed at this moment would be lost.
            for row in model.objects.select_for_update(no_key=True):
                _encrypt_again(row, names)
                rows += 1
    return rows


def _encrypted_models() -> Iterator[tuple[type[TenantModel], list[str]]]:
    for model in apps.get_models():
        fields = model._meta.local_fields
        names = [field.name for field in fields if isinstance(field, EncryptedTextField)]
        if names and issubclass(model, TenantModel):
            yield model, names


def _encrypt_again(row: TenantModel, names: list[str]) -> None:
    # Reading decrypted them; writing encrypts them with the newest key.
    secrets = {name: getattr(row, name) for name in names}
    type(row).objects.filter(pk=row.pk).update(**secrets)
