"""Why a reminder was not sent, or a connection does not work, in words for an administrator."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reminders.claims import BEGAN, NOT_IN_SLACK, QUIET, UNKNOWN
from reminders.sending import MAIL_REFUSED, NO_MAIL

GONE = gettext_lazy("Slack no longer accepts the token. Connect Slack again.")
CLOSED = gettext_lazy("Slack does not let Roomly post in this channel. Choose another one.")
HOOK_GONE = gettext_lazy("The incoming webhook was removed in Slack. Make a new one.")

WORDS: dict[str, Promise] = {
    BEGAN: gettext_lazy("The meeting began before Slack could be reached."),
    QUIET: gettext_lazy("It fell into the person's quiet hours."),
    NOT_IN_SLACK: gettext_lazy("Slack knows nobody by this person's address."),
    NO_MAIL: gettext_lazy("The mail server could not be reached."),
    MAIL_REFUSED: gettext_lazy("The mail server does not take mail for this person."),
    "invalid_auth": GONE,
    "not_authed": GONE,
    "token_revoked": GONE,
    "token_expired": GONE,
    "account_inactive": GONE,
    "missing_scope": gettext_lazy(
        "The token lacks a permission. Connect Slack again, or give the token chat:write."
    ),
    "app_uninstalled": gettext_lazy(
        "Somebody removed Roomly from your Slack workspace. Connect Slack again."
    ),
    "invalid_refresh_token": GONE,
    "invalid_grant": GONE,
    "channel_not_found": gettext_lazy(
        "Slack does not know the channel, or Roomly is not in it. Invite Roomly, then send a test"
        " message."
    ),
    "not_in_channel": gettext_lazy(
        "Roomly is not in the channel. Invite it there, then send a test message."
    ),
    "is_archived": gettext_lazy("The channel is archived. Choose another one."),
    "channel_is_archived": gettext_lazy("The channel is archived. Connect another one."),
    "restricted_action": CLOSED,
    "restricted_action_read_only_channel": CLOSED,
    "restricted_action_thread_only_channel": CLOSED,
    "restricted_action_non_threadable_channel": CLOSED,
    "invalid_token": HOOK_GONE,
    "no_service": HOOK_GONE,
    "no_service_id": HOOK_GONE,
    "no_active_hooks": HOOK_GONE,
    "ratelimited": gettext_lazy("Slack asked us to wait."),
    "rate_limited": gettext_lazy("Slack asked us to wait."),
}


def explain(code: str) -> str:
    """A sentence for a code of ours or of Slack's, in the current language; empty for none."""
    if not code:
        return ""
    if code.startswith(f"{UNKNOWN}: mail"):
        return _("The mail server did not confirm the mail. It may or may not have arrived.")
    if code.startswith(UNKNOWN):
        return _("Slack did not confirm the message. It may or may not have arrived.")
    if code.startswith("network"):
        return _("Slack could not be reached.")
    return str(WORDS.get(code) or _("Slack answered: %(code)s") % {"code": code})
