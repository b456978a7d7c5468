"""The ID token of a sign-in, believed only after every check that OpenID Connect asks for.

allauth leaves the signature out because the token comes straight from Google; we look at it all
the same, because the URL that it comes from is a setting.
"""

import re
from typing import Any

import httpx
import jwt
from cryptography.x509 import load_pem_x509_certificate
from django.conf import settings
from django.core.cache import cache

from tenants.certificates import authorities

KEYS_CACHE = "google-signing-keys"
KEYS_TIMEOUT = 5.0  # seconds to wait for the keys
KEYS_LIFE = 300  # seconds, unless Google's Cache-Control says otherwise
LONGEST_KEYS_LIFE = 86_400
CLOCK_SKEW = 10  # seconds by which two servers' clocks may differ


class UntrustedIdentity(Exception):
    """The token is forged, expired, meant for somebody else, or no token at all."""


def verified_claims(token: str, *, audience: str, nonce: str) -> dict[str, Any]:
    """The claims of an ID token made by Google, now, for this client and this visitor.

    Raises UntrustedIdentity otherwise (OpenID Connect Core 1.0 section 3.1.3.7,
    https://developers.google.com/identity/openid-connect/openid-connect#validatinganidtoken).
    """
    issuer = settings.GOOGLE_OAUTH_ISSUER
    try:
        claims = jwt.decode(
            token,
            _key(jwt.get_unverified_header(token).get("kid", "")),
            algorithms=["RS256"],
            audience=audience,
            issuer=[issuer, issuer.removeprefix("https://")],  # Google uses both
            leeway=CLOCK_SKEW,
            options={"require": ["iss", "aud", "exp", "iat", "sub"], "strict_aud": True},
        )
    except (jwt.PyJWTError, ValueError) as error:
        raise UntrustedIdentity(str(error)) from error
    if claims.get("nonce", nonce) != nonce:
        raise UntrustedIdentity("the token belongs to another sign-in")
    return claims


def _key(kid: str) -> Any:
    keys = cache.get(KEYS_CACHE) or {}
    if kid not in keys:  # Google changes its keys every few days
        keys = _fetch_keys()
    if kid not in keys:
        raise UntrustedIdentity("no such key")
    known = keys[kid]
    if isinstance(known, str):
        return load_pem_x509_certificate(known.encode()).public_key()
    return jwt.PyJWK(known, algorithm="RS256")


def _fetch_keys() -> dict[str, Any]:
    """Google's keys by id: certificates (`/oauth2/v1/certs`), or JWKs (`/oauth2/v3/certs`)."""
    try:
        answer = httpx.get(
            settings.GOOGLE_OAUTH_CERTS_URL, timeout=KEYS_TIMEOUT, verify=authorities()
        )
        content = answer.raise_for_status().json()
    except httpx.HTTPError as error:
        raise UntrustedIdentity(f"the keys cannot be fetched: {error}") from error
    keys = {key["kid"]: key for key in content["keys"]} if "keys" in content else content
    age = re.search(r"max-age=(\d+)", answer.headers.get("Cache-Control", ""))
    cache.set(KEYS_CACHE, keys, min(int(age[1]) if age else KEYS_LIFE, LONGEST_KEYS_LIFE))
    return dict(keys)
