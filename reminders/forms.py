"""What an administrator types to connect Slack."""

from django import forms
from django.utils.translation import gettext_lazy as _


def _secret(label: object, **attributes: str) -> forms.CharField:
    """A field whose value the page never shows again."""
    widget = forms.PasswordInput(attrs={"autocomplete": "off", **attributes})
    return forms.CharField(label=label, required=False, max_length=500, widget=widget)  # type: ignore[arg-type]


class SlackForm(forms.Form):
    """One of two doors; which values go together is for `reminders.connections.connect` to say."""

    bot_token = _secret(_("Bot token"), placeholder="xoxb-…")
    channel = forms.CharField(
        label=_("Channel"),
        required=False,
        max_length=100,
        help_text=_("Invite Roomly there first: /invite @Roomly"),
        widget=forms.TextInput(attrs={"placeholder": "#rooms"}),
    )
    webhook_url = _secret(
        _("Webhook URL"), placeholder="https://hooks.slack.com/services/…", inputmode="url"
    )
