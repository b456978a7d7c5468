"""OAuth 2 and OpenID Connect endpoints for programs: token, revoke, user info, keys."""

from base64 import b64decode
from typing import Any
from urllib.parse import unquote_plus

import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from standins.google import scopes, tokens
from standins.google.errors import GoogleError, OAuthError
from standins.google.model import Account, Client, Code
from standins.google.world import World

# google-auth signs service-account assertions for this audience whatever `token_uri` says.
GOOGLE_TOKEN_URL = "https://oauth2.googleapis.com/token"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION_LIFE_MAX = 3600
_UNAUTHORIZED = (
    "Client is unauthorized to retrieve access tokens using this method, or client not "
    "authorized for any of the scopes requested."
)
_NO_STORE = {
    "Cache-Control": "no-cache, no-store, max-age=0, must-revalidate",
    "Pragma": "no-cache",
}
_KEYS_CACHE = {"Cache-Control": "public, max-age=21600, must-revalidate, no-transform"}


async def token(request: Request) -> Response:
    """`POST /token`: code, refresh token or service-account assertion for an access token."""
    world: World = request.app.state.world
    form = {name: str(value) for name, value in (await request.form()).items()}
    try:
        grant_type = form.get("grant_type", "")
        if grant_type == JWT_BEARER:
            answer = _service_account(world, form.get("assertion", ""))
        elif grant_type == "authorization_code":
            answer = _code(world, _client(world, request, form), form)
        elif grant_type == "refresh_token":
            answer = _refresh(world, _client(world, request, form), form)
        else:
            described = f"Invalid grant_type: {grant_type}"
            raise OAuthError(400, "unsupported_grant_type", described)
    except OAuthError as refusal:
        return JSONResponse(refusal.body(), refusal.code, headers=_NO_STORE)
    return JSONResponse(answer, headers=_NO_STORE)


def _client(world: World, request: Request, form: dict[str, str]) -> Client:
    client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    kind, _, encoded = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        client_id, secret = _basic(encoded)
    if not client_id:
        raise OAuthError(400, "invalid_request", "Could not determine client ID from request.")
    client = world.clients.get(client_id)
    if client is None:
        raise OAuthError(401, "invalid_client", "The OAuth client was not found.")
    if client.secret != secret:
        raise OAuthError(401, "invalid_client", "Unauthorized")
    return client


def _basic(encoded: str) -> tuple[str, str]:
    try:
        user, _, password = b64decode(encoded).decode().partition(":")
    except ValueError:
        raise OAuthError(401, "invalid_client", "Unauthorized") from None
    return unquote_plus(user), unquote_plus(password)


def _code(world: World, client: Client, form: dict[str, str]) -> dict[str, Any]:
    code = tokens.take_code(
        world,
        form.get("code", ""),
        client,
        form.get("redirect_uri", ""),
        form.get("code_verifier", ""),
    )
    account = world.accounts[code.email]
    consent = account.consents.setdefault(client.id, [])
    consent += [scope for scope in code.scopes if scope not in consent]
    grant = _grant_of(world, code)
    answer = _access(world, code.email, client.id, code.scopes, grant)
    if grant:
        answer["refresh_token"] = grant
    return answer | _id_token(world, account, code, answer["access_token"])


def _grant_of(world: World, code: Code) -> str | None:
    if not code.refresh:
        return None
    return tokens.make_grant(world, code.email, code.client_id, code.scopes).token


def _id_token(world: World, account: Account, code: Code, access_token: str) -> dict[str, str]:
    if "openid" not in code.scopes:
        return {}
    return {"id_token": tokens.id_token(world, account, code, access_token)}


def _refresh(world: World, client: Client, form: dict[str, str]) -> dict[str, Any]:
    grant = tokens.live_grant(world, form.get("refresh_token", ""), client.id)
    wanted = scopes.split(form.get("scope", "")) or grant.scopes
    if not set(wanted) <= set(grant.scopes):
        raise OAuthError(400, "invalid_scope", "Some requested scopes were invalid.")
    return _access(world, grant.email, client.id, wanted, grant.token)


def _access(
    world: World, email: str, client_id: str, granted: list[str], grant: str | None
) -> dict[str, Any]:
    return {
        "access_token": tokens.make_access(world, email, client_id, granted, grant=grant),
        "expires_in": world.settings.access_token_life,
        "scope": scopes.granted_form(granted),
        "token_type": "Bearer",
    }


def _service_account(world: World, assertion: str) -> dict[str, Any]:
    claims = _verified(world, assertion)
    account = world.service_accounts[claims["iss"]]
    wanted = scopes.split(claims.get("scope", ""))
    subject = claims.get("sub", account.email)
    if subject != account.email:
        _check_delegation(world, account.delegated, subject, wanted)
    if not wanted:
        raise OAuthError(400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.")
    text = tokens.make_access(world, subject, account.email, wanted, service_account=account.email)
    life = world.settings.access_token_life
    return {"access_token": text, "expires_in": life, "token_type": "Bearer"}


def _verified(world: World, assertion: str) -> dict[str, Any]:
    try:
        issuer = jwt.decode(assertion, options={"verify_signature": False}).get("iss", "")
        account = world.service_accounts.get(issuer)
        if account is None:
            raise OAuthError(400, "invalid_grant", "Invalid grant: account not found")
        claims: dict[str, Any] = jwt.decode(
            assertion,
            account.public_key,
            algorithms=["RS256"],
            audience=[GOOGLE_TOKEN_URL, f"{world.url}/token"],
            options={"verify_exp": False, "verify_iat": False, "require": ["iat", "exp"]},
        )
    except jwt.PyJWTError:
        raise OAuthError(400, "invalid_grant", "Invalid JWT Signature.") from None
    now, issued, expires = world.clock.now(), claims["iat"], claims["exp"]
    if not issued - 300 <= now < expires or expires - issued > ASSERTION_LIFE_MAX:
        described = (
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable "
            "timeframe. Check your iat and exp values in the JWT claim."
        )
        raise OAuthError(400, "invalid_grant", described)
    return claims


def _check_delegation(
    world: World, delegated: dict[str, list[str]], subject: str, wanted: list[str]
) -> None:
    account = world.accounts.get(subject)
    if account is None or account.suspended:
        raise OAuthError(400, "invalid_grant", "Invalid email or User ID")
    allowed = delegated.get(account.hd or "", [])
    if not wanted or not set(wanted) <= set(allowed):
        raise OAuthError(401, "unauthorized_client", _UNAUTHORIZED)


async def revoke(request: Request) -> Response:
    """`POST /revoke`: 200 for a known token, else 400."""
    form = await request.form()
    text = str(form.get("token") or request.query_params.get("token") or "")
    if tokens.revoke(request.app.state.world, text):
        return JSONResponse({})
    body = {"error": "invalid_token", "error_description": "Token expired or revoked"}
    return JSONResponse(body, 400)


async def userinfo(request: Request) -> Response:
    """The claims of the access token's person."""
    world: World = request.app.state.world
    try:
        access = tokens.check_access(world, request.headers.get("authorization"))
    except GoogleError:
        body = {"error": "invalid_request", "error_description": "Invalid Credentials"}
        return JSONResponse(body, 401)
    account = world.accounts[access.email]
    return JSONResponse({"sub": account.sub, **tokens.profile(account, access.scopes)})


async def tokeninfo(request: Request) -> Response:
    """Debugging view of an access token."""
    world: World = request.app.state.world
    access = world.access.get(request.query_params.get("access_token", ""))
    if access is None or access.expires_at <= world.clock.now():
        body = {"error": "invalid_token", "error_description": "Invalid Value"}
        return JSONResponse(body, 400)
    left = int(access.expires_at - world.clock.now())
    info = {"aud": access.client_id, "scope": " ".join(access.scopes), "expires_in": str(left)}
    email = "email" in {scopes.canonical(scope) for scope in access.scopes}
    return JSONResponse(info | ({"email": access.email} if email else {}))


async def certificates(request: Request) -> Response:
    """`/oauth2/v1/certs`: key ids to PEM certificates."""
    return JSONResponse(request.app.state.world.keys.certificates(), headers=_KEYS_CACHE)


async def jwks(request: Request) -> Response:
    """`/oauth2/v3/certs`: the keys as JWKS."""
    return JSONResponse(request.app.state.world.keys.jwks(), headers=_KEYS_CACHE)


async def configuration(request: Request) -> Response:
    """OpenID Connect discovery."""
    base = request.app.state.world.url
    return JSONResponse(
        {
            "issuer": base,
            "authorization_endpoint": f"{base}/o/oauth2/v2/auth",
            "token_endpoint": f"{base}/token",
            "userinfo_endpoint": f"{base}/v1/userinfo",
            "revocation_endpoint": f"{base}/revoke",
            "jwks_uri": f"{base}/oauth2/v3/certs",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "email", "profile"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "claims_supported": [
                "aud",
                "email",
                "email_verified",
                "exp",
                "hd",
                "iat",
                "iss",
                "name",
                "sub",
            ],
            "code_challenge_methods_supported": ["S256"],
            "grant_types_supported": ["authorization_code", "refresh_token", JWT_BEARER],
        }
    )
