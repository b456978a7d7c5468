"""auth.*: who a token is, and its end."""

from standins.slack.methods.call import Call, Method
from standins.slack.model import Json


def test(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/auth.test"""
    workspace = call.workspace
    return {
        "url": f"https://{workspace.domain}.slack.com/",
        "team": workspace.name,
        "user": workspace.users[workspace.bot_user_id].name,
        "team_id": workspace.id,
        "user_id": workspace.bot_user_id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


def revoke(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/auth.revoke"""
    if not call.flag("test"):
        call.token.status = "token_revoked"
    return {"revoked": not call.flag("test")}


METHODS = (Method("auth.test", test, tier=4), Method("auth.revoke", revoke))
