"""Settings of a company's reminders."""

from django.urls import path

from reminders import install_views, settings_views, views
from reminders.remote import events
from reminders.remote.views import commands, interactions

urlpatterns = [
    path("settings/reminders/", settings_views.own, name="reminders"),
    path("settings/reminders/company/", settings_views.company, name="company_reminders"),
    path("settings/slack/", views.slack, name="slack"),
    path("settings/slack/test/", views.test_slack, name="test_slack"),
    path("settings/slack/disconnect/", views.disconnect_slack, name="disconnect_slack"),
    path("settings/slack/channels/", views.choose_channel, name="choose_slack_channel"),
    path("settings/slack/channels/remove/", views.remove_channel, name="remove_slack_channel"),
    path("slack/install", install_views.install, name="slack_install"),
    path("slack/oauth/callback", install_views.callback, name="slack_callback"),
    path("slack/events", events.events, name="slack_events"),
    path("slack/interactions", interactions, name="slack_interactions"),
    path("slack/commands", commands, name="slack_commands"),
]
