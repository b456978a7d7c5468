"""A company's people as its administrators see them, and who is one of these."""

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce, Lower, NullIf
from django.utils.translation import gettext_lazy as _

from tenants.audit_log import note
from tenants.errors import DomainError, NotFound
from tenants.models import Company, Member
from tenants.scope import active_company_id


class LastAdministrator(DomainError):
    """Without this person nobody could set the company up any more."""

    code = "last_administrator"
    status = 409
    message = _("Your company needs an administrator. Make somebody else one first.")


def people(words: str = "") -> QuerySet[Member]:
    """The active company's members by name, with their accounts; all words are in name or address.

    Who has no name stands by the address, as it is shown.
    """
    found: QuerySet[Member] = Member.objects.select_related("user")
    for word in words.split():
        found = found.filter(Q(name__icontains=word) | Q(email__icontains=word))
    return found.order_by(Lower(Coalesce(NullIf("name", Value("")), "email")), "pk")


def set_administrator(*, member_id: int, admin: bool, by: Member | None = None) -> Member:
    """Makes a member of the active company an administrator, or an employee who was one.

    Once more changes nothing. Raises NotFound, and LastAdministrator if no other is left who
    can sign in.
    """
    # The company row is the mutex, as where people join: of two who take each other away one stays.
    Company.objects.select_for_update(no_key=True).get(pk=active_company_id())
    member: Member | None = Member.objects.select_related("user").filter(pk=member_id).first()
    if member is None:
        raise NotFound
    if member.is_admin == admin:
        return member
    if not admin and not _administrators().exclude(pk=member.pk).exists():
        raise LastAdministrator
    member.role = Member.Role.ADMIN if admin else Member.Role.EMPLOYEE
    member.save(update_fields=["role"])
    note("people.admin" if admin else "people.no_admin", by=by, subject=member)
    return member


def _administrators() -> QuerySet[Member]:
    """Those who can sign in."""
    found: QuerySet[Member] = Member.objects.filter(
        role=Member.Role.ADMIN, active=True, user__is_active=True
    )
    return found
