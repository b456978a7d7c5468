"""What a person sets for themselves, and an administrator for the company's people."""

from django.urls import path

from tenants import company_views, people_views
from tenants.accent import EDITION
from tenants.views import preferences

urlpatterns = [
    path("preferences/", preferences, name="preferences"),
    path(f"look/{EDITION}/<str:accent>.css", company_views.look, name="look"),
    path("logo/<str:digest>.png", company_views.logo, name="logo"),
    path("settings/company/", company_views.company, name="company"),
    path("settings/people/", people_views.all_people, name="people"),
    path(
        "settings/people/<int:member_id>/administrator/",
        people_views.administrator,
        name="administrator",
    ),
]
