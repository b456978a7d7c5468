"""Settings of a company's reminders."""

from django.urls import path

from reminders import settings_views, views

urlpatterns = [
    path("settings/reminders/", settings_views.own, name="reminders"),
    path("settings/reminders/company/", settings_views.company, name="company_reminders"),
    path("settings/slack/", views.slack, name="slack"),
    path("settings/slack/test/", views.test_slack, name="test_slack"),
    path("settings/slack/disconnect/", views.disconnect_slack, name="disconnect_slack"),
]
