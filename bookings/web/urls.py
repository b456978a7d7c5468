"""The day, a room's week and month, and bookings; the live stream."""

from django.urls import path

from bookings.web import mine_views, star_views
from bookings.web.audit_log import audit_log_views
from bookings.web.day import day_views
from bookings.web.detail import detail_views
from bookings.web.display import display_settings, display_views
from bookings.web.find import find_views
from bookings.web.form import (
    booking_views,
    edit_views,
    free_busy_views,
    hold_views,
    move_views,
    people_views,
)
from bookings.web.live_views import live
from bookings.web.room import room_views
from bookings.web.rooms import rooms_views
from bookings.web.rules import rules_views
from bookings.web.usage import usage_views

urlpatterns = [
    path("", day_views.day, name="day"),
    path("grid/", day_views.grid, name="grid"),
    path("find/", find_views.find, name="find"),
    path("rooms/<int:room_id>/", room_views.week, name="room-week"),
    path("rooms/<int:room_id>/month/", room_views.month, name="room-month"),
    path("rooms/<int:room_id>/star/", star_views.star, name="room-star"),
    path("live", live, name="live"),
    path("display/worker.js", display_views.worker, name="display-worker"),
    path("display/<str:token>/", display_views.display, name="display"),
    path("display/<str:token>/<str:digest>.png", display_views.logo, name="display-logo"),
    path("settings/displays/", display_settings.displays, name="displays"),
    path("settings/displays/<int:room_id>/", display_settings.display_of, name="room-display"),
    path("settings/rooms/", rooms_views.rooms, name="company-rooms"),
    path("settings/rooms/new/", rooms_views.new_room, name="company-room-new"),
    path("settings/rooms/<int:pk>/", rooms_views.one_room, name="company-room"),
    path("settings/rules/", rules_views.company_rules, name="rules"),
    path("settings/rules/buildings/<int:pk>/", rules_views.building_rules, name="building-rules"),
    path("settings/rules/rooms/<int:pk>/", rules_views.room_rules, name="room-rules"),
    path("settings/audit-log/", audit_log_views.audit_log, name="audit-log"),
    path("settings/audit-log/csv/", audit_log_views.audit_log_table, name="audit-log-csv"),
    path("settings/usage/", usage_views.usage, name="usage"),
    path("settings/usage/csv/", usage_views.table, name="usage-csv"),
    path("bookings/", mine_views.my_bookings, name="bookings"),
    path("bookings/new/", booking_views.new, name="booking-new"),
    path("bookings/new/look/", booking_views.look, name="booking-look"),
    path("bookings/new/hold/", hold_views.hold, name="booking-hold"),
    path("bookings/new/give-up/", hold_views.give_up, name="booking-give-up"),
    path("bookings/new/people/", people_views.suggest, name="suggested-people"),
    path("bookings/new/free-busy/", free_busy_views.of_new, name="booking-free-busy"),
    path("bookings/<uuid:public_id>/", detail_views.detail, name="booking"),
    path("bookings/<uuid:public_id>/organizer/", detail_views.organizer, name="booking-organizer"),
    path("bookings/<uuid:public_id>/edit/", edit_views.edit, name="booking-edit"),
    path("bookings/<uuid:public_id>/edit/look/", edit_views.look, name="booking-edit-look"),
    path("bookings/<uuid:public_id>/edit/hold/", hold_views.hold_edit, name="booking-edit-hold"),
    path(
        "bookings/<uuid:public_id>/edit/free-busy/",
        free_busy_views.of_change,
        name="booking-edit-free-busy",
    ),
    path("bookings/<uuid:public_id>/move/", move_views.move, name="booking-move"),
    path("bookings/<uuid:public_id>/put-back/", move_views.put_back, name="booking-put-back"),
    path("bookings/<uuid:public_id>/restore/", detail_views.restore, name="booking-restore"),
    path("bookings/<uuid:public_id>/cancel/", detail_views.cancel, name="booking-cancel"),
]
