"""Google's notifications, and the page where a company is connected."""

from django.urls import path

from calendars.views import begin, callback, disconnect, overview
from calendars.webhook import calendar_webhook

urlpatterns = [
    path("api/calendar/webhook", calendar_webhook, name="calendar_webhook"),
    path("settings/google/", overview, name="google_connection"),
    path("settings/google/connect/", begin, name="google_connect"),
    path("settings/google/callback/", callback, name="google_connect_callback"),
    path("settings/google/disconnect/", disconnect, name="google_disconnect"),
]
