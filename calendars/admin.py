"""The connection with Google, to look at; its secrets are shown to nobody."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from bookings.drafts import Actor
from bookings.models import Door
from calendars import mending
from calendars.models import (
    AuditRun,
    CalendarLink,
    Channel,
    DirectoryPerson,
    DirectoryRoom,
    GoogleConnection,
    GoogleCopy,
    LongWork,
    Refusal,
)
from tenants.company_admin import ReadOnlyAdmin


@admin.register(GoogleConnection)
class GoogleConnectionAdmin(ReadOnlyAdmin):
    list_display = ("account_email", "kind", "state", "error", "connected_by", "connected_at")
    list_select_related = ("connected_by",)
    list_filter = ("state", "kind")
    search_fields = ("account_email", "error")


@admin.register(CalendarLink)
class CalendarLinkAdmin(ReadOnlyAdmin):
    list_display = ("room", "google_calendar_id", "state", "last_pull_at", "failures", "error")
    list_select_related = ("room",)
    list_filter = ("state", "push_supported", ("alarmed_at", admin.EmptyFieldListFilter))
    search_fields = ("room__name", "google_calendar_id")
    exclude = ("company", "sync_token", "lease_token")
    actions = ("sync_now", "renew", "repair")

    @admin.action(description=_("Sync the selected calendars now"), permissions=["view"])
    def sync_now(self, request: HttpRequest, links: QuerySet[Any]) -> None:
        self._mend(mending.sync_now, links)

    @admin.action(description=_("Renew the channels of the selected"), permissions=["view"])
    def renew(self, request: HttpRequest, links: QuerySet[Any]) -> None:
        self._mend(mending.renew, links)

    @admin.action(description=_("Read the selected from the beginning"), permissions=["view"])
    def repair(self, request: HttpRequest, links: QuerySet[Any]) -> None:
        self._mend(mending.repair, links)

    def _mend(self, act: Callable[[CalendarLink, Actor], None], links: QuerySet[Any]) -> None:
        for link in links:
            act(link, Actor(Door.OPERATOR))


@admin.register(Channel)
class ChannelAdmin(ReadOnlyAdmin):
    list_display = ("id", "link", "state", "expires_at", "last_message_at")
    list_select_related = ("link__room",)
    list_filter = ("state", "expires_at")
    search_fields = ("link__room__name", "link__google_calendar_id", "resource_id")
    ordering = ("-created_at",)


@admin.register(GoogleCopy)
class GoogleCopyAdmin(ReadOnlyAdmin):
    list_display = ("google_event_id", "link", "booking", "original_start", "remote_updated")
    list_select_related = ("link", "booking")
    list_filter = ("dirty", "link")
    search_fields = ("google_event_id", "booking__title")


@admin.register(LongWork)
class LongWorkAdmin(ReadOnlyAdmin):
    list_display = ("kind", "state", "done", "total", "error", "started_at", "finished_at")
    list_filter = ("kind", "state")
    exclude = ("company", "lease_token")


@admin.register(DirectoryRoom)
class DirectoryRoomAdmin(ReadOnlyAdmin):
    list_display = ("name", "building", "floor", "capacity", "calendar_id", "gone_at")
    search_fields = ("name", "calendar_id")


@admin.register(DirectoryPerson)
class DirectoryPersonAdmin(ReadOnlyAdmin):
    list_display = ("email", "name", "state", "changed_at")
    list_filter = ("state",)
    search_fields = ("email", "name")


@admin.register(AuditRun)
class AuditRunAdmin(ReadOnlyAdmin):
    list_display = ("started_at", "account_email", "finished_at")
    exclude = ("company", "people")


@admin.register(Refusal)
class RefusalAdmin(ReadOnlyAdmin):
    """What was asked and answered; the outbox's page tries it again."""

    list_display = ("entry", "act", "reason", "answer", "refused_at")
    list_select_related = ("entry__booking",)
    list_filter = ("act", "reason")
    search_fields = ("answer", "event_id", "entry__booking__title")
