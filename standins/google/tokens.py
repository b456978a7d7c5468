"""Codes, access tokens, refresh tokens and ID tokens: made, checked, revoked."""

import base64
import hashlib
import secrets
from typing import Any

from standins.google import scopes as scope_names
from standins.google.errors import OAuthError, invalid_credentials
from standins.google.model import Access, Account, Client, Code, Grant
from standins.google.world import World

LIVE_GRANTS_PER_CLIENT = 100  # developers.google.com/identity/protocols/oauth2#expiration


def make_code(world: World, code: Code) -> str:
    """Remember an authorisation code; single use, `code_life` seconds."""
    text = "4/0A" + secrets.token_urlsafe(32)
    world.codes[text] = code
    return text


def make_grant(
    world: World, email: str, client_id: str, scopes: list[str], token: str | None = None
) -> Grant:
    """A refresh token; over a hundred live ones, the oldest dies silently."""
    grant = Grant(token or "1//0" + secrets.token_urlsafe(36), email, client_id, scopes)
    world.grants[grant.token] = grant
    live = [
        g
        for g in world.grants.values()
        if (g.email, g.client_id) == (email, client_id) and not g.revoked
    ]
    for oldest in live[:-LIVE_GRANTS_PER_CLIENT]:
        oldest.revoked = True
    return grant


def make_access(
    world: World,
    email: str,
    client_id: str,
    scopes: list[str],
    *,
    grant: str | None = None,
    service_account: str | None = None,
) -> str:
    """An access token that lives `access_token_life` seconds."""
    text = "ya29." + secrets.token_urlsafe(48)
    expires_at = world.clock.now() + world.settings.access_token_life
    world.access[text] = Access(email, client_id, scopes, expires_at, grant, service_account)
    return text


def check_access(world: World, authorization: str | None) -> Access:
    """The identity behind an Authorization header; GoogleError 401 when there is none."""
    kind, _, text = (authorization or "").partition(" ")
    access = world.access.get(text.strip())
    if kind.lower() != "bearer" or access is None or access.expires_at <= world.clock.now():
        raise invalid_credentials()
    return access


def take_code(world: World, text: str, client: Client, redirect_uri: str, verifier: str) -> Code:
    """Use a code up; OAuthError when it, its address or its PKCE verifier is not right.

    A code used twice revokes what its first use gave (RFC 6749 section 4.1.2).
    """
    code = world.codes.get(text)
    if code is None or code.expires_at <= world.clock.now():
        raise OAuthError(400, "invalid_grant", "Malformed auth code.")
    if code.used:
        _revoke_consent(world, code.email, code.client_id)
        raise OAuthError(400, "invalid_grant", "Bad Request")
    if code.client_id != client.id:
        raise OAuthError(401, "unauthorized_client", "Unauthorized")
    if code.redirect_uri != redirect_uri:
        raise OAuthError(400, "redirect_uri_mismatch", "Bad Request")
    if code.challenge is not None and challenge_of(verifier) != code.challenge:
        described = "Invalid code verifier." if verifier else "Missing code verifier."
        raise OAuthError(400, "invalid_grant", described)
    code.used = True
    return code


def challenge_of(verifier: str) -> str:
    """RFC 7636 S256."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def live_grant(world: World, token: str, client_id: str) -> Grant:
    """The grant behind a refresh token; OAuthError `invalid_grant` when it is dead."""
    grant = world.grants.get(token)
    if grant is None or grant.client_id != client_id:
        raise OAuthError(400, "invalid_grant", "Bad Request")
    account = world.accounts.get(grant.email)
    if grant.revoked or account is None or account.suspended:
        raise OAuthError(400, "invalid_grant", "Token has been expired or revoked.")
    return grant


def revoke(world: World, token: str) -> bool:
    """Revoke by refresh or access token: the whole consent goes. False for an unknown token."""
    grant, access = world.grants.get(token), world.access.get(token)
    owner = grant if grant and not grant.revoked else access
    if owner is None:
        return False
    _revoke_consent(world, owner.email, owner.client_id)
    return True


def _revoke_consent(world: World, email: str, client_id: str) -> None:
    if account := world.accounts.get(email):
        account.consents.pop(client_id, None)
    for grant in world.grants.values():
        if (grant.email, grant.client_id) == (email, client_id):
            grant.revoked = True
    for text, access in list(world.access.items()):
        if (access.email, access.client_id) == (email, client_id):
            del world.access[text]


def id_token(world: World, account: Account, code: Code, access_token: str) -> str:
    """The signed ID token of a sign-in, spoilt when the control API ordered so."""
    now = int(world.clock.now())
    digest = hashlib.sha256(access_token.encode()).digest()[:16]
    claims: dict[str, Any] = {
        "iss": world.url,
        "azp": code.client_id,
        "aud": code.client_id,
        "sub": account.sub,
        "at_hash": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "iat": now,
        "exp": now + world.settings.id_token_life,
    }
    if code.nonce is not None:
        claims["nonce"] = code.nonce
    claims |= profile(account, code.scopes)
    return _sign(world, claims)


def profile(account: Account, scopes: list[str]) -> dict[str, Any]:
    """The claims that the granted identity scopes allow."""
    allowed = {scope_names.canonical(scope) for scope in scopes}
    claims: dict[str, Any] = {"hd": account.hd} if account.hd else {}
    if "email" in allowed:
        claims |= {"email": account.email, "email_verified": True}
    if "profile" in allowed:
        given, _, family = account.name.partition(" ")
        claims |= {"name": account.name, "given_name": given, "family_name": family}
        claims |= {"picture": account.picture} if account.picture else {}
    return claims


def _sign(world: World, claims: dict[str, Any]) -> str:
    if not world.id_token_faults:
        return world.keys.sign(claims)
    fault = world.id_token_faults.pop(0)
    if fault.get("expired"):
        claims |= {"iat": claims["iat"] - 7200, "exp": claims["iat"] - 3600}
    claims |= fault.get("claims", {})
    for name in fault.get("without", ()):
        claims.pop(name, None)
    return world.keys.sign(claims, forged=bool(fault.get("forged")))
