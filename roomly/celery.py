"""The Celery app and the whole schedule of background work, in one table."""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_init
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from kombu import Queue

from tenants.roles import refuse_unsafe_role

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "roomly.settings")
if not settings.configured:  # this process is Celery's: others have read their role by now
    os.environ.setdefault("DATABASE_ROLE", "roomly_worker")

# A worker without -Q takes them all, and always from the first of these that is not empty: what a
# person waits for, what has its minute, what Google announced, what others' servers are told (they
# may be slow), what can wait.
QUEUES = ("interactive", "notify", "sync", "webhooks", "bulk")


def every(seconds: float, task: str, queue: str) -> dict[str, Any]:
    """A periodic task whose run is dropped once the next one is due: a backlog helps nobody."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds, "queue": queue}}


app = Celery("roomly")
app.conf.update(
    broker_url=settings.CELERY_BROKER_URL,
    broker_connection_retry_on_startup=True,
    # Longer than any task may run, or Redis hands a running task to a second worker.
    broker_transport_options={
        "visibility_timeout": 600,
        "socket_timeout": 10,
        "queue_order_strategy": "priority",
    },
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_soft_time_limit=60,
    task_time_limit=90,
    task_default_queue="interactive",
    task_routes={
        "calendars.tasks.sync_room": {"queue": "interactive"},  # a booking on its way
        "calendars.tasks.run_long_work": {"queue": "bulk"},
        "calendars.*": {"queue": "sync"},
        "reminders.tasks.plan_agendas*": {"queue": "bulk"},
        "reminders.tasks.answer_slack_*": {"queue": "interactive"},  # somebody waits in Slack
        "reminders.*": {"queue": "notify"},
        "bookings.tasks.extend_*": {"queue": "bulk"},
        "integrations.tasks.deliver": {"queue": "webhooks"},
    },
    task_queues=[Queue(name) for name in QUEUES],
    worker_hijack_root_logger=False,
    timezone="UTC",
    beat_schedule={
        "outbox-sweep": every(5, "calendars.tasks.sweep", "sync"),
        "polling-backfill": every(30, "calendars.tasks.poll_due", "sync"),
        "long-work-sweep": every(10, "calendars.tasks.sweep_long_work", "bulk"),
        "refresh-directories": {
            "task": "calendars.tasks.refresh_directories",
            "schedule": crontab(minute=23),
            "options": {"expires": 3600, "queue": "bulk"},
        },
        "late-calendars": every(30, "calendars.tasks.look_for_late", "sync"),
        "renew-channels": every(60, "calendars.tasks.renew_channels", "sync"),
        "stop-suspended": every(300, "calendars.tasks.stop_suspended", "bulk"),
        "plan-reminders": every(5, "reminders.tasks.plan_due", "notify"),
        "plan-agendas": {
            "task": "reminders.tasks.plan_agendas",
            "schedule": crontab(minute=7),
            "options": {"expires": 3600, "queue": "bulk"},
        },
        "reminder-tick": every(1, "reminders.tasks.tick", "notify"),
        "reminder-sweep": every(30, "reminders.tasks.sweep", "notify"),
        "correct-messages": every(5, "reminders.tasks.correct", "notify"),
        "admin-notices": every(60, "reminders.tasks.tell_admins", "notify"),
        "webhook-tick": every(1, "integrations.tasks.tick", "notify"),
        "forget-webhook-messages": {
            "task": "integrations.tasks.forget_messages",
            "schedule": crontab(minute=29),
            "options": {"expires": 3600, "queue": "bulk"},
        },
        "extend-horizons": {
            "task": "bookings.tasks.extend_horizons",
            "schedule": crontab(minute=41),
            "options": {"expires": 3600, "queue": "bulk"},
        },
        "forget-idempotency-keys": {
            "task": "bookings.tasks.forget_idempotency_keys",
            "schedule": crontab(minute=17),
            "options": {"expires": 3600, "queue": "bulk"},
        },
    },
)
app.autodiscover_tasks()


@worker_init.connect
def refuse_unsafe_worker(**_: Any) -> None:
    """A worker that row-level security would not bind never starts."""
    try:
        refuse_unsafe_role()
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from error  # Celery logs and forgets any other exception
