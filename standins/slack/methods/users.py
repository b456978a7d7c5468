"""users.*: people of the workspace."""

from standins.slack.errors import SlackError
from standins.slack.methods.call import Call, Method
from standins.slack.model import Json, User

EMAIL_SCOPE = "users:read.email"


def lookup_by_email(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/users.lookupByEmail

    Deactivated people and hidden addresses miss, too.
    """
    email = call.text("email").casefold()
    for user in call.workspace.people():
        if user.email.casefold() == email and not user.deleted and not user.email_hidden:
            return {"user": _shown(call, user)}
    raise SlackError("users_not_found")


def info(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/users.info"""
    return {"user": _shown(call, call.user())}


def _shown(call: Call, user: User) -> Json:
    return user.wire(call.workspace.id, with_email=EMAIL_SCOPE in call.token.scopes)


METHODS = (
    Method("users.lookupByEmail", lookup_by_email, scopes=(EMAIL_SCOPE,), json_body=False),
    Method("users.info", info, scopes=("users:read",), tier=4, json_body=False),
)
