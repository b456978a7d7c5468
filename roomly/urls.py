"""Every path, by the app that answers it."""

from django.contrib import admin
from django.urls import include, path

# The API first: the apps below share one prefix, and each of their paths would be asked before it.
urlpatterns = [
    path("api/v1/", include("integrations.urls")),
    path("", include("bookings.web.urls")),
    path("", include("calendars.urls")),
    path("", include("reminders.urls")),
    path("", include("integrations.settings_urls")),
    path("", include("tenants.urls")),
    path("", include("roomly.health_urls")),
    path("accounts/", include("tenants.signin_urls")),
    path("admin/", admin.site.urls),
]

handler400 = "roomly.error_pages.bad_request"
handler403 = "roomly.error_pages.not_allowed"
handler404 = "roomly.error_pages.not_found"
handler500 = "roomly.error_pages.server_error"
