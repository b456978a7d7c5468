"""The keys that sign ID tokens: JWKS, PEM certificates, rotation, and a forger's key."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

KEPT = 2  # Google publishes the current key and its predecessor


@cache
def _key(number: int) -> rsa.RSAPrivateKey:  # noqa: ARG001 - what the cache goes by
    """The n-th key of this process: making one takes a tenth of a second, so they are shared."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


FORGER = -1


@dataclass(slots=True)
class SigningKeys:
    """Which keys are published; the last signs."""

    numbers: list[int] = field(default_factory=lambda: [0])

    def rotate(self) -> None:
        """Sign with a new key from now on; the one before stays published."""
        self.numbers = [*self.numbers, self.numbers[-1] + 1][-KEPT:]

    def forget_old(self) -> None:
        """Withdraw all keys but the current one."""
        self.numbers = self.numbers[-1:]

    def sign(self, claims: dict[str, Any], *, forged: bool = False) -> str:
        """An RS256 token; a forged one names a published key and is signed by another."""
        number = self.numbers[-1]
        key = _key(FORGER if forged else number)
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": kid(number)})

    def jwks(self) -> dict[str, Any]:
        """The keys as RFC 7517 publishes them."""
        return {"keys": [_jwk(number) for number in self.numbers]}

    def certificates(self) -> dict[str, str]:
        """The keys as Google's v1 endpoint publishes them: key id to PEM certificate."""
        return {kid(number): _certificate(number) for number in self.numbers}


@cache
def kid(number: int) -> str:
    """The id of a key: a hash of its public half."""
    public = _key(number).public_key()
    encoded = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha1(encoded, usedforsecurity=False).hexdigest()


def _jwk(number: int) -> dict[str, Any]:
    public = jwt.algorithms.RSAAlgorithm.to_jwk(_key(number).public_key(), as_dict=True)
    return {**public, "kid": kid(number), "use": "sig", "alg": "RS256"}


@cache
def _certificate(number: int) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "federated-signon.stand-in")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(_key(number).public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(_key(number), hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def service_account_key() -> tuple[str, str]:
    """A private and a public PEM for a service account, shared within the process."""
    key = _key(-2)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()
