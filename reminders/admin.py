"""Reminders and the connection with Slack, to look at; its secrets are shown to nobody."""

from django.contrib import admin

from reminders.models import Reminder, SlackChannel, SlackConnection
from tenants.company_admin import ReadOnlyAdmin


@admin.register(SlackConnection)
class SlackConnectionAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "state", "error", "wait_until", "connected_at")
    list_filter = ("state",)
    search_fields = ("team_name", "error")


@admin.register(SlackChannel)
class SlackChannelAdmin(ReadOnlyAdmin):
    """Where reminders go; the company's administrators choose."""

    list_display = ("name", "room", "building", "error")
    list_select_related = ("room", "building")
    list_filter = (("error", admin.EmptyFieldListFilter), "building")
    search_fields = ("name", "room__name", "error")


@admin.register(Reminder)
class ReminderAdmin(ReadOnlyAdmin):
    list_display = ("occurrence", "kind", "member", "fire_at", "state", "attempt", "error")
    list_select_related = ("occurrence__booking", "member")
    list_filter = ("state", "fire_at")
    search_fields = ("occurrence__booking__title", "member__email")
    ordering = ("-fire_at",)
