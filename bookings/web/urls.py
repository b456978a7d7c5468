"""The day, a room's week and month, and bookings; the live stream."""

from django.urls import path

from bookings.web import (
    booking_views,
    detail_views,
    edit_views,
    find_views,
    move_views,
    room_views,
    rules_views,
    views,
)
from bookings.web.live_views import live

urlpatterns = [
    path("", views.day, name="day"),
    path("grid/", views.grid, name="grid"),
    path("find/", find_views.find, name="find"),
    path("rooms/<int:room_id>/", room_views.week, name="room-week"),
    path("rooms/<int:room_id>/month/", room_views.month, name="room-month"),
    path("live", live, name="live"),
    path("settings/rules/", rules_views.company_rules, name="rules"),
    path("settings/rules/buildings/<int:pk>/", rules_views.building_rules, name="building-rules"),
    path("settings/rules/rooms/<int:pk>/", rules_views.room_rules, name="room-rules"),
    path("bookings/", views.my_bookings, name="bookings"),
    path("bookings/new/", booking_views.new, name="booking-new"),
    path("bookings/new/look/", booking_views.look, name="booking-look"),
    path("bookings/new/hold/", booking_views.hold, name="booking-hold"),
    path("bookings/new/give-up/", booking_views.give_up, name="booking-give-up"),
    path("bookings/<uuid:public_id>/", detail_views.detail, name="booking"),
    path("bookings/<uuid:public_id>/edit/", edit_views.edit, name="booking-edit"),
    path("bookings/<uuid:public_id>/edit/look/", edit_views.look, name="booking-edit-look"),
    path("bookings/<uuid:public_id>/move/", move_views.move, name="booking-move"),
    path("bookings/<uuid:public_id>/put-back/", move_views.put_back, name="booking-put-back"),
    path("bookings/<uuid:public_id>/restore/", detail_views.restore, name="booking-restore"),
    path("bookings/<uuid:public_id>/cancel/", detail_views.cancel, name="booking-cancel"),
]
