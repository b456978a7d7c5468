"""Whom to trust in TLS: read once a process, as httpx would read all authorities for each call."""

import ssl
from functools import cache

import httpx


@cache
def authorities() -> ssl.SSLContext:
    """For `verify` of httpx. Reading them costs some 30 ms, more than most calls."""
    return httpx.create_ssl_context()
