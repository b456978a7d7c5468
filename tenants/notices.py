"""Telling a company's administrators that they have to do something, while it lasts."""

from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.functional import Promise

from tenants.models import AdminNotice, Company
from tenants.scope import active_company_id


def lasting_kinds() -> QuerySet[AdminNotice, str]:
    """The kinds of trouble that the active company's administrators are told of now."""
    lasting: QuerySet[AdminNotice] = AdminNotice.objects.filter(ended_at=None)
    return lasting.values_list("kind", flat=True)


def raise_notice(kind: str, text: Promise, path: str) -> None:
    """Begins to tell of a trouble; one that is told of already goes on. In the company's scope."""
    company = Company.objects.get(pk=active_company_id())
    with translation.override(company.language):
        words = str(text)
    notice, _made = AdminNotice.objects.get_or_create(
        kind=kind, defaults={"text": words, "path": path, "company": company}
    )
    if notice.ended_at is not None:
        AdminNotice.objects.filter(pk=notice.pk).update(
            text=words, path=path, raised_at=timezone.now(), ended_at=None
        )


def end_notice(kind: str) -> None:
    """Ends the telling: it is mended. In the company's scope."""
    AdminNotice.objects.filter(kind=kind, ended_at=None).update(ended_at=timezone.now())
