"""Settings of a company's reminders."""

from django.urls import path

from reminders import views

urlpatterns = [
    path("settings/slack/", views.slack, name="slack"),
    path("settings/slack/test/", views.test_slack, name="test_slack"),
    path("settings/slack/disconnect/", views.disconnect_slack, name="disconnect_slack"),
]
