"""What an administrator types to connect Slack, and to choose channels there."""

from typing import Any

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


class ChannelForm(forms.Form):
    """Which channel is whose: "company", "building:3" or "room:5"."""

    place = forms.RegexField(r"^(company|(building|room):[0-9]{1,9})$", label=_("For"))
    channel = forms.CharField(
        label=_("Channel"),
        max_length=100,
        widget=forms.TextInput(
            attrs={"placeholder": "#rooms", "list": "channels", "autocomplete": "off"}
        ),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="choose_%s")  # another form of the page has a channel too

    @property
    def chosen_place(self) -> tuple[str, int]:
        """The kind of place, and its number; that of the company means nothing."""
        kind, _colon, number = self.cleaned_data["place"].partition(":")
        return kind, int(number or 0)
