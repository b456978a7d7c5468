"""Programs that act for a company."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from tenants.isolation import CompanyForeignKey, TenantModel


class ApiKey(TenantModel):
    """A bearer key of a company, shown once and stored hashed."""

    class Scope(models.TextChoices):
        READ = "read", _("Read")
        BOOK = "book", _("Book")
        ADMIN = "admin", _("Administer")

    name = models.CharField(max_length=100, blank=True)
    member = CompanyForeignKey(  # on whose behalf it books; null: the company's own
        "tenants.Member", models.CASCADE, null=True, blank=True, related_name="api_keys"
    )
    secret_hash = models.CharField(max_length=64)  # SHA-256 of the secret's 256 random bits
    scopes = ArrayField(models.CharField(max_length=5, choices=Scope))
    created_at = models.DateTimeField(default=now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        constraints = [
            models.UniqueConstraint(fields=["company", "secret_hash"], name="api_key_hash"),
            models.UniqueConstraint(  # so that people can tell them apart
                fields=["company", "name"],
                condition=Q(revoked_at=None) & ~Q(name=""),
                name="api_key_name",
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"key {self.pk}"
