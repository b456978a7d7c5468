"""Everything under /api/v1/."""

from django.urls import path

from integrations.availability_api import Availability, CommonAvailability
from integrations.bookings_api import BookingDetail, BookingList, BookingPreview
from integrations.docs import Docs, Schema, UnknownCall
from integrations.rooms_api import RoomDetail, RoomList
from integrations.webhooks_api import WebhookDetail, WebhookList, WebhookRotation

app_name = "api"

urlpatterns = [
    path("schema/", Schema.as_view(), name="schema"),
    path("docs/", Docs.as_view(), name="docs"),
    path("rooms", RoomList.as_view(), name="rooms"),
    path("rooms/<int:pk>", RoomDetail.as_view(), name="room"),
    path("availability", Availability.as_view(), name="availability"),
    path("availability/common", CommonAvailability.as_view(), name="common"),
    path("bookings", BookingList.as_view(), name="bookings"),
    path("bookings/preview", BookingPreview.as_view(), name="preview"),
    path("bookings/<uuid:public_id>", BookingDetail.as_view(), name="booking"),
    path("webhooks", WebhookList.as_view(), name="webhooks"),
    path("webhooks/<int:pk>", WebhookDetail.as_view(), name="webhook"),
    path("webhooks/<int:pk>/rotate-secret", WebhookRotation.as_view(), name="webhook-secret"),
    path("", UnknownCall.as_view()),
    path("<path:anything>", UnknownCall.as_view()),
]
