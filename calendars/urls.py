"""Google's notifications, and the page where a company is connected."""

from django.urls import path

from calendars import health_views, refusal_views
from calendars.audit import views as audit_views
from calendars.directory.views import import_rooms
from calendars.leaving_views import leaving
from calendars.views import begin, callback, disconnect, overlaps, overview, read_all_again
from calendars.webhook import calendar_webhook
from calendars.work_views import long_work

urlpatterns = [
    path("api/calendar/webhook", calendar_webhook, name="calendar_webhook"),
    path("settings/google/", overview, name="google_connection"),
    path("settings/google/connect/", begin, name="google_connect"),
    path("settings/google/callback/", callback, name="google_connect_callback"),
    path("settings/google/disconnect/", disconnect, name="google_disconnect"),
    path("settings/google/read-again/", read_all_again, name="google_read_again"),
    path("settings/rooms/import/", import_rooms, name="import_rooms"),
    path("settings/people/leaving/", leaving, name="leaving"),
    path("settings/google/audit/", audit_views.latest_report, name="google_audit"),
    path("settings/google/audit/connect/", audit_views.connect, name="google_audit_connect"),
    path("settings/google/audit/start/", audit_views.start, name="google_audit_start"),
    path("settings/google/audit/forget/", audit_views.forget, name="google_audit_forget"),
    path("settings/google/audit/<int:pk>/", audit_views.report, name="google_audit_report"),
    path("settings/google/audit/<int:pk>/csv/", audit_views.table, name="google_audit_csv"),
    path("settings/work/<int:pk>/", long_work, name="long_work"),
    path("settings/google/overlaps/", overlaps, name="google_overlaps"),
    path("settings/google/health/", health_views.health, name="google_health"),
    path("settings/google/health/<int:link_id>/sync/", health_views.sync, name="google_sync"),
    path("settings/google/health/<int:link_id>/renew/", health_views.renew, name="google_renew"),
    path("settings/google/health/<int:link_id>/repair/", health_views.repair, name="google_repair"),
    path("settings/google/refused/", refusal_views.refused, name="google_refused"),
    path("google/refused/<int:entry_id>/", refusal_views.decide, name="google_refused_decide"),
]
