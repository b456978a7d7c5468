"""manage.py create_company."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tenants.models import Company, Domain

RIGHT = {"name": "Hangang", "domain": "hangang.example"}


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command("create_company", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_it_prints_the_id_alone() -> None:
    arguments = ["--name", "한강", "--domain", "Hangang.example", "--domain", "hangang.kr"]
    number = printed(*arguments)
    company = Company.objects.get(pk=int(number))
    assert number == f"{company.pk}\n"
    assert (company.name, company.timezone, company.language) == ("한강", "Asia/Seoul", "ko")
    domains = Domain.objects.filter(company=company).values_list("name", flat=True)
    assert sorted(domains) == ["hangang.example", "hangang.kr"]


@pytest.mark.django_db
def test_zone_and_language_can_be_chosen() -> None:
    place = ["--timezone", "America/New_York", "--language", "en"]
    company = Company.objects.get(
        pk=int(printed("--name", "Hudson", "--domain", "hudson.example", *place))
    )
    assert (company.timezone, company.language) == ("America/New_York", "en")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"domain": "not a domain"}, "not a domain"),
        ({"domain": "someone@hangang.example"}, "not a domain"),
        ({"timezone": "Seoul"}, "time zone"),
        ({"language": "fr"}, "Korean"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("create_company", **(RIGHT | wrong), stdout=StringIO())
    assert not Company.objects.exists()


@pytest.mark.django_db
def test_a_domain_belongs_to_one_company() -> None:
    call_command("create_company", **RIGHT, stdout=StringIO())
    with pytest.raises(CommandError, match="Another company"):
        call_command("create_company", **(RIGHT | {"name": "Copy"}), stdout=StringIO())
    assert Company.objects.count() == 1
