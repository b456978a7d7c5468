"""Rooms to change, bookings to look at."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.postgres.forms import SimpleArrayField
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from bookings import live, outbox
from bookings.access import get_room
from bookings.models import (
    Booking,
    BookingEvent,
    Building,
    Display,
    Equipment,
    Favourite,
    Floor,
    Hold,
    HouseRules,
    Occurrence,
    OutboxEntry,
    Participant,
    Room,
)
from bookings.rooms import room_line, room_state
from tenants.audit_log import note_all
from tenants.company_admin import CompanyForm, CompanyScopedAdmin, ReadOnlyAdmin, ReadOnlyInline


class RoomForm(CompanyForm):
    """A room; its equipment may have words of the company's own besides the known ones."""

    equipment = SimpleArrayField(
        forms.CharField(max_length=20),
        required=False,
        help_text=", ".join(Equipment.values),
    )

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() | {"equipment"}


class PlaceAdmin(CompanyScopedAdmin):
    """Rooms and where they are: open pages are told to look again."""

    def rooms_in(self, place: Any) -> list[int]:
        """The ids of the rooms that a page may show otherwise now."""
        raise NotImplementedError

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        live.announce_places(obj.company_id, self.rooms_in(obj))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        concerned = self.rooms_in(obj)
        super().delete_model(request, obj)
        live.announce_places(obj.company_id, concerned)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for each in queryset:
            self.delete_model(request, each)


@admin.register(Building)
class BuildingAdmin(PlaceAdmin):
    list_display = ("name", "timezone", "position")
    search_fields = ("name",)

    def rooms_in(self, place: Building) -> list[int]:
        return list(place.rooms.values_list("pk", flat=True))


@admin.register(HouseRules)
class HouseRulesAdmin(CompanyScopedAdmin):
    list_display = ("__str__", "min_length", "max_length", "step", "notice", "horizon")
    list_select_related = ("company", "building", "room")
    autocomplete_fields = ("building", "room")


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin):
    list_display = ("room", "member", "starts_at", "ends_at", "expires_at")
    list_select_related = ("room", "member")


@admin.register(Display)
class DisplayAdmin(ReadOnlyAdmin):
    """Which doors have one; the links are for the company's administrators."""

    list_display = ("room", "made_by", "made_at", "seen_at")
    list_select_related = ("room", "made_by")
    search_fields = ("room__name",)


@admin.register(Favourite)
class FavouriteAdmin(ReadOnlyAdmin):
    list_display = ("member", "room")
    list_select_related = ("member", "room")


@admin.register(Floor)
class FloorAdmin(PlaceAdmin):
    list_display = ("name", "building", "position")
    list_select_related = ("building",)
    list_filter = ("building",)
    search_fields = ("name",)
    autocomplete_fields = ("building",)

    def rooms_in(self, place: Floor) -> list[int]:
        return list(place.rooms.values_list("pk", flat=True))


@admin.register(Room)
class RoomAdmin(PlaceAdmin):
    """What is changed here is in the company's audit log, and its calendar is followed at once."""

    form = RoomForm
    list_display = ("name", "building", "floor", "capacity", "state", "google_calendar_id")
    list_select_related = ("building", "floor")
    list_filter = ("state", "building")
    search_fields = ("name", "google_calendar_id")
    autocomplete_fields = ("building", "floor")

    def rooms_in(self, place: Room) -> list[int]:
        return [place.pk]

    def save_model(self, request: HttpRequest, obj: Room, form: Any, change: bool) -> None:
        before = room_state(get_room(obj.pk)) if change else None
        super().save_model(request, obj, form, change)
        note_all([room_line(obj, before, room_state(obj), by=None)])
        if "google_calendar_id" in form.changed_data:
            outbox.room_changed(obj.company_id, obj.pk)


class HistoryInline(ReadOnlyInline):
    model = BookingEvent
    fields = ("at", "act", "door", "member", "original_start", "before", "after")


class ParticipantInline(ReadOnlyInline):
    model = Participant
    fields = ("email", "name", "optional", "response", "occurrence")


@admin.register(Booking)
class BookingAdmin(ReadOnlyAdmin):
    list_display = ("title", "room", "organizer", "rrule", "origin", "created_at")
    list_select_related = ("room", "organizer")
    list_filter = ("origin", "room")
    search_fields = ("title", "organizer_email", "external_reference")
    inlines = (ParticipantInline, HistoryInline)


@admin.register(Occurrence)
class OccurrenceAdmin(ReadOnlyAdmin):
    list_display = ("shown_title", "room", "starts_at", "ends_at", "status")
    list_select_related = ("booking", "room")
    list_filter = ("status", "starts_at", "room")
    search_fields = ("booking__title", "booking__organizer_email")
    ordering = ("-starts_at",)


@admin.register(OutboxEntry)
class OutboxEntryAdmin(ReadOnlyAdmin):
    list_display = (
        "booking", "original_start", "consumer", "state", "pending", "tries", "next_at",
        "last_error",
    )  # fmt: skip
    list_select_related = ("booking",)
    list_filter = ("consumer", "state")
    search_fields = ("booking__title", "last_error")
    ordering = ("-first_pending_at",)
    actions = ("retry",)

    @admin.display(boolean=True, description=_("pending"))
    def pending(self, entry: OutboxEntry) -> bool:
        return entry.is_pending

    @admin.action(description=_("Try the selected deliveries again now"), permissions=["view"])
    def retry(self, request: HttpRequest, entries: QuerySet[Any]) -> None:
        count = outbox.retry(entries)
        message = ngettext(
            "%(count)d will be tried again.", "%(count)d will be tried again.", count
        )
        self.message_user(request, message % {"count": count})


@admin.register(BookingEvent)
class BookingEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "booking", "act", "door", "member")
    list_select_related = ("booking", "member")
    list_filter = ("act", "door", "at")
    search_fields = ("booking__title", "member__email")
    ordering = ("-pk",)
