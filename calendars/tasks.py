"""What Celery runs for calendars. Every task may come twice, late, or not at all."""

from typing import Any

from celery import Task, shared_task
from django.db import connection
from django.utils import timezone

from calendars import polling
from calendars.alarms import look_for_late_calendars
from calendars.budget import POLLS_STOP, Lane, is_in_trouble, share_of_day
from calendars.errors import GoogleUnavailable
from calendars.links import follow_room
from calendars.long_work import begin, run, send_later
from calendars.sync import sync_calendar
from calendars.waking import LONGEST_WAIT, has_come, wake
from calendars.watch import renew_channel, stop_channels_of_suspended, stop_orphan
from calendars.work_kinds import PEOPLE, ROOMS

MOST = 500  # calendars in one sweep; the next one takes the rest


@shared_task(bind=True)
def sync_room(self: "Task[Any, Any]", company_id: int, room_id: int) -> None:
    """A booking of this room changed, or its calendar did."""
    has_come(sync_room.name, room_id)
    link_id = follow_room(company_id, room_id)
    if link_id is not None:
        _sync(company_id, link_id, _lane(self, Lane.INTERACTIVE))


@shared_task(bind=True)
def sync_link(self: "Task[Any, Any]", company_id: int, link_id: int) -> None:
    """Something changed on this calendar, or it is time to look."""
    has_come(sync_link.name, link_id)
    _sync(company_id, link_id, _lane(self, Lane.SYNC))


def _sync(company_id: int, link_id: int, lane: Lane) -> None:
    """One run; where it has to wait a moment, another one after that."""
    outcome = sync_calendar(company_id, link_id, lane)
    if 0 < outcome.wait <= LONGEST_WAIT:  # else the sweep finds it
        wake(sync_link.name, [(company_id, link_id)], lane, after=outcome.wait)


def _lane(task: "Task[Any, Any]", default: Lane) -> Lane:
    """Who is waiting for a task: the queue tells that it came from."""
    queue = (task.request.delivery_info or {}).get("routing_key")
    return Lane(queue) if queue in set(Lane) else default


@shared_task
def sweep() -> None:
    """The guarantee behind every nudge: finds calendars with work, and rooms without a link."""
    wake(sync_link.name, _due("calendars_due_links(%s, %s)", timezone.now(), _most()), Lane.SYNC)
    wake(sync_room.name, _due("calendars_unlinked_rooms(%s)", MOST), Lane.BULK)


@shared_task
def poll_due() -> None:
    """Calendars that were never read, and those whose push may have failed silently.

    When most of the day's requests are spent, push that works has to do.
    """
    now, sparing = timezone.now(), share_of_day() >= POLLS_STOP
    if not polling.is_load_known():
        (load,) = _due("calendars_polling_load(%s)", now)
        polling.remember_load(polling.Load(*load))
    wake(sync_link.name, _due("calendars_due_polls(%s, %s, %s)", now, sparing, _most()), Lane.BULK)


def _most() -> int:
    """While Google is in trouble one calendar at a time is enough to find out when that is over."""
    return 1 if is_in_trouble() else MOST


@shared_task
def renew_channels() -> None:
    """Opens channels where there is none, or only one that ends soon."""
    wake(
        renew_link.name, _due("calendars_due_channels(%s, %s)", timezone.now(), _most()), Lane.BULK
    )


@shared_task
def renew_link(company_id: int, link_id: int) -> None:
    """A new channel for one calendar; without Google it is tried again a minute later."""
    has_come(renew_link.name, link_id)
    try:
        renew_channel(company_id, link_id, Lane.BULK)
    except GoogleUnavailable:
        return


@shared_task
def run_long_work(company_id: int, work_id: int) -> None:
    """Some steps of a piece of long work; the rest is another turn, behind what waits meanwhile."""
    has_come(run_long_work.name, work_id)
    pause = run(company_id, work_id)
    if pause is not None:
        send_later(company_id, work_id, pause)


@shared_task
def sweep_long_work() -> None:
    """Finds long work that nobody is at: its worker died, or what it waited for may be back."""
    wake(
        run_long_work.name, _due("calendars_due_long_work(%s, %s)", timezone.now(), MOST), Lane.BULK
    )


@shared_task
def refresh_directories() -> None:
    """Reads every company's directory about once a day, each in its own hour.

    What changed is listed for the administrators, or taken over where the company wants that.
    """
    for kind in (ROOMS, PEOPLE):
        due = _due("calendars_due_directories(%s, %s, %s)", kind, timezone.now(), MOST)
        for (company_id,) in due:
            begin(company_id, kind)


@shared_task
def stop_channel(company_id: int, channel_id: str, resource_id: str) -> None:
    """Nobody wants the messages of this channel any more."""
    stop_orphan(company_id, channel_id, resource_id)


@shared_task
def stop_suspended() -> None:
    """Companies that are switched off get no messages."""
    stop_channels_of_suspended()


@shared_task
def look_for_late() -> None:
    """Tells of calendars that fell behind, and of those that caught up."""
    look_for_late_calendars()


def _due(function: str, *arguments: Any) -> list[tuple[Any, ...]]:
    """Ids (or counts) across companies, which only the worker's role may ask for."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {function}", arguments)  # noqa: S608  names from above
        return list(cursor.fetchall())
