"""What shows a receiver that a message is ours: the headers of Standard Webhooks.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import secrets
from base64 import b64encode
from collections.abc import Iterable
from datetime import datetime

from standardwebhooks.webhooks import Webhook as Signer

SECRET_BYTES = 32  # the specification asks for 24 to 64


def new_secret() -> str:
    """A secret for a webhook and its receiver."""
    return "whsec_" + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signed_headers(
    wire_id: str, body: str, secrets_: Iterable[str], at: datetime
) -> dict[str, str]:
    """The headers of a message that is sent at an instant in UTC, signed with each secret."""
    signatures = [Signer(secret).sign(wire_id, at, body) for secret in secrets_]
    return {
        "webhook-id": wire_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
