"""Lines of the audit log: in the transaction of the act, with what differs and nothing else."""

from datetime import time
from typing import Any

import pytest
from django.db import transaction
from django.urls import NoReverseMatch, reverse

from tenants.audit_log import ACTS, Area, line, note
from tenants.models import AuditEntry
from tenants.scope import company_scope
from tests.conftest import Cast


def entries(cast: Cast) -> list[AuditEntry]:
    with company_scope(cast.company.pk):
        return list(AuditEntry.objects.select_related("member").order_by("pk"))


def test_every_act_has_an_area_and_a_page() -> None:
    for name, act in ACTS.items():
        assert name.partition(".")[0] in Area.values, name
        assert len(name) <= 30, "as long as the column"
        assert reverse(act.page, args=[1] if act.of_one else [])
        if act.of_one:
            with pytest.raises(NoReverseMatch):
                reverse(act.page)


def test_a_line_says_who_by_which_door_and_what_differs(seoul: Cast) -> None:
    with company_scope(seoul.company.pk):
        note(
            "rooms.changed", by=seoul.admin, subject=seoul.room, target=seoul.room.pk,
            before={"name": "A", "capacity": 4}, after={"name": "B", "capacity": 4},
        )  # fmt: skip
    (entry,) = entries(seoul)
    assert (entry.member, entry.door, entry.subject) == (seoul.admin, "web", "Hangang One")
    assert entry.target == seoul.room.pk
    assert entry.details == {"name": ["A", "B"]}


def test_without_a_member_it_was_the_operator_or_who_the_door_says(seoul: Cast) -> None:
    with company_scope(seoul.company.pk):
        note("google.connected", by=None)
        note("rooms.made", by=None, door="rule")
    assert [entry.door for entry in entries(seoul)] == ["operator", "rule"]


def test_what_changed_nothing_is_not_noted(seoul: Cast) -> None:
    with company_scope(seoul.company.pk):
        note("company.accent", by=seoul.admin, before={"accent": ""}, after={"accent": ""})
        assert line("company.accent", by=None, before={"a": None}, after={"a": None}) is None
    assert entries(seoul) == []


def test_values_may_be_of_any_kind_and_names_of_any_length(seoul: Cast) -> None:
    values: dict[str, Any] = {"quiet_from": time(22), "leads": [600], "by_mail": True}
    with company_scope(seoul.company.pk):
        note("reminders.changed", by=seoul.admin, subject="x" * 1000, after=values)
    (entry,) = entries(seoul)
    assert entry.details["quiet_from"] == [None, "22:00:00"]
    assert len(entry.subject) == 255


def test_an_unknown_act_is_a_mistake_in_the_program(seoul: Cast) -> None:
    with company_scope(seoul.company.pk), pytest.raises(KeyError):
        note("rooms.burnt", by=seoul.admin)


def test_what_is_taken_back_was_not_noted(seoul: Cast) -> None:
    with company_scope(seoul.company.pk), transaction.atomic():
        note("company.logo", by=seoul.admin)
        transaction.set_rollback(True)
    assert entries(seoul) == []
