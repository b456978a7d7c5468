"""Companies and their people."""

from collections.abc import Iterable

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from tenants.audit_log import note
from tenants.errors import InvalidInput
from tenants.models import Company, Domain, Language, Member, User
from tenants.scope import active_company_id, company_scope
from tenants.zones import zone_names

NAME_LIMIT = 150  # of the columns for people's names
UNKNOWN_ADDRESS = "unknown.invalid"  # a domain that never is one (RFC 2606)


def create_company(
    *, name: str, domains: Iterable[str], timezone: str = "Asia/Seoul", language: str = "ko"
) -> Company:
    """Makes a company whose people have these Workspace domains.

    Raises InvalidInput for an unknown time zone or language, or a domain that another company has.
    """
    _check(timezone, language)
    week_start = 7 if language == "ko" else 1
    try:
        with transaction.atomic():
            company = Company.objects.create(
                name=name, timezone=timezone, language=language, week_start=week_start
            )
            for domain in domains:
                Domain.objects.create(company=company, name=domain.strip().lower())
    except IntegrityError as error:
        raise InvalidInput(_("Another company has this domain."), field="domain") from error
    return company


def change_company(*, name: str, timezone: str, language: str, by: Member | None = None) -> None:
    """Gives the active company another name, time zone or language.

    What was planned on its old clock is planned anew. Raises InvalidInput for an unknown time zone
    or language.
    """
    _check(timezone, language)
    company = Company.objects.select_for_update(no_key=True).get(pk=active_company_id())
    facts = {"name": name, "timezone": timezone, "language": language}
    before = {each: getattr(company, each) for each in facts}
    Company.objects.filter(pk=company.pk).update(**facts)
    note("company.changed", by=by, subject=name, before=before, after=facts)
    if timezone != company.timezone:
        import_string(settings.COMPANY_ZONE_CHANGED)(company.pk)


def company_of_domain(hosted_domain: str) -> Company | None:
    """The company of a Workspace domain, as the `hd` claim of an ID token names it."""
    domain = Domain.objects.select_related("company").filter(name=hosted_domain.lower()).first()
    return domain.company if domain else None


def find_member(*, user: User | None, email: str) -> Member | None:
    """Who a Workspace account is in the active company: by the account, else by its address.

    An address that Workspace has given to a new account keeps its membership: it is the same
    mailbox of the same organisation.
    """
    people = Member.objects.select_related("user")
    known: Member | None = people.filter(user=user).first() if user else None
    return known or people.filter(email=email.lower()).first()


def join_company(*, company: Company, user: User) -> Member:
    """The member that a signed-in Workspace account is, made or brought up to date.

    The first person of a company becomes its administrator.
    """
    email = user.email.lower()
    with company_scope(company.pk):
        # The company row is the mutex: two first people cannot both become administrators.
        Company.objects.select_for_update(no_key=True).get(pk=company.pk)
        member = find_member(user=user, email=email)
        if member is None:
            role = Member.Role.EMPLOYEE if Member.objects.exists() else Member.Role.ADMIN
            member = Member(company=company, user=user, role=role)
        _release_address(email, keeper=member)
        member.user = user
        member.email = email
        member.name = user.display_name[:NAME_LIMIT]
        member.save()
        return member


def _check(timezone: str, language: str) -> None:
    if timezone not in zone_names():
        raise InvalidInput(
            _("“%(zone)s” is not a time zone.") % {"zone": timezone}, field="timezone"
        )
    if language not in Language.values:
        raise InvalidInput(_("Choose Korean (ko) or English (en)."), field="language")


def _release_address(email: str, *, keeper: Member) -> None:
    """Whoever had this address before has another by now, to be learnt when they sign in."""
    for member in Member.objects.filter(email=email).exclude(pk=keeper.pk):
        member.email = f"{member.pk}@{UNKNOWN_ADDRESS}"
        member.save(update_fields=["email"])
