"""Background work, named by function. Every task may run twice, or die half way."""

from celery import shared_task
from django.utils import timezone

from reminders import (
    admin_notices,
    agendas,
    corrections,
    index,
    installations,
    planning,
    refresh,
    sending,
)
from reminders.remote import requests
from reminders.remote.asked import Command, Press
from reminders.slack import NotSent, Throttled


@shared_task
def plan_company(company_id: int, _room_id: int | None = None) -> None:
    """A company's bookings changed (in whichever room)."""
    planning.plan_company(company_id)


@shared_task
def plan_due() -> None:
    """Plans for every company that has something to plan, nudged or not."""
    for company_id in planning.due_companies():
        plan_company.delay(company_id)


@shared_task
def plan_agendas() -> None:
    """Plans the next two days for every company that tells people their day."""
    for company_id in agendas.companies_with_agendas():
        plan_agendas_of.delay(company_id)


@shared_task
def plan_agendas_of(company_id: int, _subject_id: int = 0) -> None:
    """Plans the next two days of one company's people."""
    agendas.plan_agendas(company_id)


@shared_task
def send(company_id: int, reminder_ids: list[int]) -> None:
    """Sends what is due of one company, so that a slow Slack holds up no other."""
    sending.send_due(company_id, reminder_ids)


@shared_task
def tick() -> None:
    """Hands out what the index says is due."""
    claimed = index.claim(timezone.now())
    if not claimed.ready:
        rebuild.apply_async(expires=10)
    for company_id, reminder_ids in claimed.reminders.items():
        send.apply_async((company_id, reminder_ids), expires=index.CLAIM.total_seconds())


@shared_task
def sweep() -> None:
    """Hands out what the database says is due and the index has not brought: the guarantee."""
    for company_id, reminder_ids in sending.overdue().items():
        send.apply_async((company_id, reminder_ids), expires=30)


@shared_task
def correct() -> None:
    """Has messages in Slack say how their bookings are now, where these changed since."""
    for company_id in corrections.companies_to_correct():
        correct_company.apply_async((company_id,), expires=30)


@shared_task
def correct_company(company_id: int) -> None:
    """Corrects one company's messages, so that a slow Slack holds up no other."""
    corrections.correct_company(company_id)


@shared_task
def tell_admins() -> None:
    """Tells the administrators of all companies what they have to do, once a day."""
    for company_id in admin_notices.companies_to_tell():
        tell_admins_of.delay(company_id)


@shared_task
def tell_admins_of(company_id: int) -> None:
    """Mails and posts one company's notices."""
    admin_notices.tell(company_id)


@shared_task
def end_installation(team_id: str, at: int, bots: list[str] | None) -> None:
    """Slack announced that Roomly is out of a workspace, or that its bot's token ended."""
    installations.end_of_installation(team_id, at, bots)


@shared_task(autoretry_for=(Throttled, NotSent), retry_backoff=2, max_retries=3)
def answer_slack_command(asked: dict[str, str]) -> None:
    """Somebody typed /room."""
    requests.answer_command(Command(**asked))


@shared_task(autoretry_for=(Throttled, NotSent), retry_backoff=2, max_retries=3)
def answer_slack_button(asked: dict[str, str]) -> None:
    """Somebody pressed a button of a message."""
    requests.answer_press(Press(**asked))


@shared_task(soft_time_limit=index.REBUILD_SECONDS - 30, time_limit=index.REBUILD_SECONDS)
def rebuild() -> None:
    """Fills the index anew: it was lost, or its two days are over by half a day."""
    if index.begin_rebuild():
        for _company_id, _reminders in refresh.rebuild(refresh.company_ids()):
            pass
