"""What a person sets for themselves, and an administrator for the company's people."""

from django.urls import path

from tenants import people_views
from tenants.views import preferences

urlpatterns = [
    path("preferences/", preferences, name="preferences"),
    path("settings/people/", people_views.all_people, name="people"),
    path(
        "settings/people/<int:member_id>/administrator/",
        people_views.administrator,
        name="administrator",
    ),
]
