"""Google's notifications, and the pages about Google Calendar."""

from django.urls import path

from calendars.web import (
    audit_views,
    connection_views,
    directory_views,
    health_views,
    leaving_views,
    refusal_views,
    work_views,
)
from calendars.webhook import calendar_webhook

urlpatterns = [
    path("api/calendar/webhook", calendar_webhook, name="calendar_webhook"),
    path("settings/google/", connection_views.overview, name="google_connection"),
    path("settings/google/connect/", connection_views.begin, name="google_connect"),
    path("settings/google/callback/", connection_views.callback, name="google_connect_callback"),
    path("settings/google/disconnect/", connection_views.disconnect, name="google_disconnect"),
    path("settings/google/read-again/", connection_views.read_all_again, name="google_read_again"),
    path("settings/rooms/import/", directory_views.import_rooms, name="import_rooms"),
    path("settings/people/leaving/", leaving_views.leaving, name="leaving"),
    path("settings/google/audit/", audit_views.latest_report, name="google_audit"),
    path("settings/google/audit/connect/", audit_views.connect, name="google_audit_connect"),
    path("settings/google/audit/start/", audit_views.start, name="google_audit_start"),
    path("settings/google/audit/forget/", audit_views.forget, name="google_audit_forget"),
    path("settings/google/audit/<int:pk>/", audit_views.report, name="google_audit_report"),
    path("settings/google/audit/<int:pk>/csv/", audit_views.table, name="google_audit_csv"),
    path("settings/work/<int:pk>/", work_views.long_work, name="long_work"),
    path("settings/google/overlaps/", connection_views.overlaps, name="google_overlaps"),
    path("settings/google/health/", health_views.health, name="google_health"),
    path("settings/google/health/<int:link_id>/sync/", health_views.sync, name="google_sync"),
    path("settings/google/health/<int:link_id>/renew/", health_views.renew, name="google_renew"),
    path("settings/google/health/<int:link_id>/repair/", health_views.repair, name="google_repair"),
    path("settings/google/refused/", refusal_views.refused, name="google_refused"),
    path("google/refused/<int:entry_id>/", refusal_views.decide, name="google_refused_decide"),
]
