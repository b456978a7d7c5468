"""Push channels: opened, replaced before they end, closed. They only say "look again".

A row exists before Google hears of a channel, because its first message may arrive before the
answer (https://developers.google.com/workspace/calendar/api/guides/push). Channels cannot be
renewed, only replaced: the new one first, then the old one is stopped.
"""

import random
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from kombu.exceptions import OperationalError

from calendars.budget import Lane
from calendars.errors import GoogleError, GoogleRefused, NotThere, PushNotSupported
from calendars.google import OpenChannel
from calendars.grants import GoogleAccess
from calendars.models import CHANNEL_LIFE, CalendarLink, Channel
from tenants.models import Company
from tenants.scope import company_scope

logger = structlog.get_logger(__name__)

RENEW_AT = (0.72, 0.88)  # of a channel's life: 80 %, spread so that not all come at once
OPEN = (Channel.State.LIVE, Channel.State.OLD)  # Google may still send messages
_SALT = "calendars.watch"


def token_of(company_id: int, link_id: int, channel_id: str) -> str:
    """What a channel's messages carry to show that they come from whom we told: v1, in order the
    company, the link, and a signature over both and the channel."""
    return f"v1.{company_id}.{link_id}.{_signature(company_id, link_id, channel_id)}"


def read_token(token: str, channel_id: str) -> tuple[int, int] | None:
    """Company and link of a genuine token; None for any other. Takes as long for both."""
    version, _dot, rest = token.partition(".")
    company, _dot, rest = rest.partition(".")
    link, _dot, signature = rest.partition(".")
    if version != "v1" or not (company.isdecimal() and link.isdecimal()) or len(token) > 256:
        return None
    company_id, link_id = int(company), int(link)
    genuine = [
        constant_time_compare(signature, _signature(company_id, link_id, channel_id, secret))
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ]
    return (company_id, link_id) if any(genuine) else None


def _signature(
    company_id: int, link_id: int, channel_id: str, secret: str | bytes | None = None
) -> str:
    value = f"{channel_id}|{company_id}|{link_id}"
    return salted_hmac(_SALT, value, secret=secret, algorithm="sha256").hexdigest()


def renew_channel(company_id: int, link_id: int, lane: Lane = Lane.INTERACTIVE) -> bool:
    """Gives a calendar a new channel and stops those it replaces; False if Google would not.

    Safe to repeat. Raises GoogleUnavailable or a kin of it when it may work later.
    """
    opened = _note_opening(company_id, link_id)
    if opened is None:
        return False
    channel, calendar_id = opened
    with GoogleAccess(company_id, lane) as access:
        try:
            answer = access(
                lambda google: google.watch(
                    calendar_id,
                    channel_id=str(channel.pk),
                    address=settings.PUBLIC_URL + reverse("calendar_webhook"),
                    token=token_of(company_id, link_id, str(channel.pk)),
                    expires_at=channel.created_at + CHANNEL_LIFE,
                )
            )
        except (GoogleRefused, NotThere) as error:
            _note_refusal(channel, error)
            return False
        replaced = _note_open(channel, answer)
        for old in replaced:
            _stop(access, old)
    return True


def _note_opening(company_id: int, link_id: int) -> tuple[Channel, str] | None:
    with company_scope(company_id):
        active = CalendarLink.objects.filter(state=CalendarLink.State.ACTIVE)
        link = active.filter(pk=link_id, company__suspended_at=None).first()
        if link is None:
            return None
        channel = Channel(id=uuid4(), link=link, created_at=timezone.now())
        channel.save(force_insert=True)
        return channel, link.google_calendar_id


def _note_refusal(channel: Channel, error: GoogleError) -> None:
    """A calendar that cannot be watched is polled; anything else is tried again in an hour."""
    logger.warning("channel refused", link=channel.link_id, error=str(error))
    with company_scope(channel.company_id):
        Channel.objects.filter(pk=channel.pk).update(state=Channel.State.REFUSED)
        links = CalendarLink.objects.filter(pk=channel.link_id)
        if isinstance(error, PushNotSupported):
            links.update(push_supported=False)
        else:
            links.update(error=str(error))


def _note_open(channel: Channel, answer: OpenChannel) -> list[Channel]:
    """Records a live channel; returns those that it replaces."""
    until = answer.expires_at or channel.created_at + CHANNEL_LIFE
    life = until - channel.created_at
    share = random.uniform(*RENEW_AT)  # noqa: S311  no secret
    with company_scope(channel.company_id):
        before = Channel.objects.filter(link_id=channel.link_id, state__in=OPEN).exclude(
            pk=channel.pk
        )
        replaced = list(before)
        before.update(state=Channel.State.OLD)
        Channel.objects.filter(pk=channel.pk).update(
            state=Channel.State.LIVE,
            resource_id=answer.resource_id,
            expires_at=until,
            renew_at=channel.created_at + life * share,
        )
        # What changed while no channel was open has been told to nobody.
        CalendarLink.objects.filter(pk=channel.link_id).update(generation=F("generation") + 1)
        _forget_ended(channel)
    return replaced


def _forget_ended(channel: Channel) -> None:
    ended = timezone.now() - timedelta(days=1)
    Channel.objects.filter(link_id=channel.link_id, created_at__lt=ended - CHANNEL_LIFE).exclude(
        state=Channel.State.LIVE
    ).delete()


def stop_channels_of_suspended() -> int:
    """Closes the channels of companies that the operator switched off; returns how many."""
    closed = 0
    for company_id in Company.objects.exclude(suspended_at=None).values_list("pk", flat=True):
        with company_scope(company_id):
            has_open = Channel.objects.filter(state__in=OPEN, expires_at__gt=timezone.now())
            if not has_open.exists():
                continue
        with GoogleAccess(company_id) as access:
            closed += stop_channels(company_id, access)
    return closed


def stop_channels(company_id: int, access: GoogleAccess) -> int:
    """Closes every open channel of a company, as far as Google lets us; returns how many."""
    with company_scope(company_id):
        channels = list(Channel.objects.filter(state__in=OPEN))
    return sum(_stop(access, channel) for channel in channels)


def stop_orphan(company_id: int, channel_id: str, resource_id: str) -> bool:
    """Closes a channel whose row is gone; False if Google would not, then it runs out by itself."""
    with GoogleAccess(company_id) as access:
        try:
            access(lambda google: google.stop_channel(channel_id, resource_id))
        except NotThere:
            pass  # ended already
        except GoogleError as error:
            logger.info("channel not stopped", channel=channel_id, error=str(error))
            return False
    return True


@receiver(pre_delete, sender=Channel)
def _ask_to_stop(instance: Channel, **_: Any) -> None:
    """A room lost its calendar, or is deleted: nobody wants the messages of its channel."""
    if instance.state in OPEN and instance.resource_id:
        given = (instance.company_id, str(instance.pk), instance.resource_id)
        transaction.on_commit(partial(_send_stop, *given), robust=True)


def _send_stop(*given: object) -> None:
    try:
        current_app.send_task("calendars.tasks.stop_channel", given, expires=3600, retry=False)
    except OperationalError as error:
        logger.warning("channel not stopped", channel=given[1], error=str(error))


def _stop(access: GoogleAccess, channel: Channel) -> bool:
    """A channel that cannot be stopped runs out by itself; its messages do no harm."""
    try:
        access(lambda google: google.stop_channel(str(channel.pk), channel.resource_id))
    except NotThere:
        pass  # ended already
    except GoogleError as error:
        logger.info("channel not stopped", channel=str(channel.pk), error=str(error))
        return False
    with company_scope(channel.company_id):
        Channel.objects.filter(pk=channel.pk).update(state=Channel.State.STOPPED)
    return True
