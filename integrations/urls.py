"""Everything under /api/v1/."""

from django.urls import path

from integrations.availability_api import Availability, CommonAvailability
from integrations.bookings_api import BookingDetail, BookingList, BookingPreview
from integrations.docs import Docs, Schema, UnknownCall
from integrations.rooms_api import RoomDetail, RoomList

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
    path("", UnknownCall.as_view()),
    path("<path:anything>", UnknownCall.as_view()),
]
