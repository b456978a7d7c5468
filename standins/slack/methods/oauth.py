"""oauth.v2.*: codes and refresh tokens for access tokens."""

import base64
import hashlib
import secrets

from standins.slack.errors import SlackError
from standins.slack.grants import Code
from standins.slack.methods.call import AppCall, AppMethod
from standins.slack.model import APP_ID, Hook, Json, Token, Workspace
from standins.slack.standin import Standin
from standins.slack.store import Store, new_id

EXPIRES_SECONDS = 43_200
HOOK_SCOPE = "incoming-webhook"


def access(call: AppCall) -> Json:
    """https://docs.slack.dev/reference/methods/oauth.v2.access"""
    _check_client(call)
    grant_type = call.arguments.get("grant_type") or "authorization_code"
    if grant_type == "authorization_code":
        return _from_code(call)
    if grant_type == "refresh_token":
        return _from_refresh_token(call)
    raise SlackError("invalid_grant_type")


def exchange(call: AppCall) -> Json:
    """https://docs.slack.dev/reference/methods/oauth.v2.exchange"""
    _check_client(call)
    if not call.standin.settings.token_rotation:
        raise SlackError("token_rotation_not_enabled")
    token = call.standin.store.tokens.get(call.token)
    if token is None or token.status != "active":
        raise SlackError("invalid_auth")
    if token.refresh_token:
        raise SlackError("token_already_exchanged")
    return _answer(call.standin, _rotated(call.standin, token))


def _check_client(call: AppCall) -> None:
    settings = call.standin.settings
    if call.arguments.get("client_id") != settings.client_id:
        raise SlackError("invalid_client_id")
    if call.arguments.get("client_secret") != settings.client_secret:
        raise SlackError("bad_client_secret")


def _from_code(call: AppCall) -> Json:
    code = call.standin.grants.take_code(str(call.arguments.get("code")))
    if (call.arguments.get("redirect_uri") or "") != code.redirect_uri:
        raise SlackError("bad_redirect_uri")
    if code.code_challenge and code.code_challenge != _challenge(call):
        raise SlackError("invalid_code_verifier")
    token = _installed(call.standin, code)
    answer = _answer(call.standin, token) | {"authed_user": {"id": code.user_id}}
    if code.channel_id:
        answer["incoming_webhook"] = _new_hook(call.standin, code)
    return answer


def _challenge(call: AppCall) -> str:
    """PKCE, S256 (RFC 7636)."""
    verifier = str(call.arguments.get("code_verifier") or "")
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _installed(standin: Standin, code: Code) -> Token:
    """The workspace's token: scopes add up over installs, and the token stays the same."""
    token = standin.store.token_of(code.team_id)
    if token is None:
        token = Token(f"xoxb-{secrets.token_hex(16)}", code.team_id, [])
        standin.store.tokens[token.value] = token
    token.scopes += [scope for scope in code.scopes if scope not in token.scopes]
    return _rotated(standin, token) if standin.settings.token_rotation else token


def _rotated(standin: Standin, old: Token) -> Token:
    """A new pair in place of an old token, whose refresh token is used up."""
    old.status, old.refresh_token = "token_expired", ""
    token = Token(
        value=f"xoxe.xoxb-1-{secrets.token_hex(24)}",
        team_id=old.team_id,
        scopes=list(old.scopes),
        expires_at=standin.clock.now() + EXPIRES_SECONDS,
        refresh_token=f"xoxe-1-{secrets.token_hex(24)}",
    )
    standin.store.tokens[token.value] = token
    return token


def _from_refresh_token(call: AppCall) -> Json:
    wanted = call.arguments.get("refresh_token")
    for token in list(call.standin.store.tokens.values()):
        if wanted and token.refresh_token == wanted and token.status == "active":
            return _answer(call.standin, _rotated(call.standin, token))
    raise SlackError("invalid_refresh_token")


def _answer(standin: Standin, token: Token) -> Json:
    workspace = standin.store.workspaces[token.team_id]
    answer: Json = {
        "app_id": APP_ID,
        "authed_user": {},
        "scope": ",".join(token.scopes),
        "token_type": "bot",
        "access_token": token.value,
        "bot_user_id": workspace.bot_user_id,
        "team": {"id": workspace.id, "name": workspace.name},
        "enterprise": None,
        "is_enterprise_install": False,
    }
    if token.refresh_token:
        answer |= {"refresh_token": token.refresh_token, "expires_in": EXPIRES_SECONDS}
    return answer


def _new_hook(standin: Standin, code: Code) -> Json:
    workspace = standin.store.workspaces[code.team_id]
    hook = add_hook(standin.store, workspace, code.channel_id)
    channel = workspace.channels[code.channel_id]
    return {
        "channel": f"#{channel.name}",
        "channel_id": channel.id,
        "configuration_url": f"https://{workspace.domain}.slack.com/services/{hook.path.split('/')[1]}",
        "url": f"{standin.base_url}/services/{hook.path}",
    }


def add_hook(store: Store, workspace: Workspace, channel_id: str, path: str = "") -> Hook:
    """A new incoming webhook; `path` fixes its secret part for demonstrations."""
    path = path or f"{workspace.id}/{new_id('B')}/{secrets.token_hex(12)}"
    store.hooks[path] = Hook(path, workspace.id, channel_id)
    return store.hooks[path]


METHODS = (
    AppMethod("oauth.v2.access", access),
    AppMethod("oauth.v2.exchange", exchange),
)
