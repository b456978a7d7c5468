"""How a program and a browser reach the measured installation."""

import httpx
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.cached_db import SessionStore

from integrations.keys import create_api_key
from tenants.access import COMPANY_SESSION_KEY
from tenants.models import Member
from tenants.scope import company_scope

PATIENCE = 60  # seconds, for a machine with much else to do


def api_client(member: Member, base: str) -> httpx.Client:
    """A program with a key of the member."""
    with company_scope(member.company_id):
        key = create_api_key(scopes=["read", "book"], member=member)
    return httpx.Client(base_url=base, headers={"Authorization": f"Bearer {key}"}, timeout=PATIENCE)


def browser(member: Member, base: str) -> httpx.Client:
    """A browser in which the member has signed in."""
    session = SessionStore()
    session[SESSION_KEY] = str(member.user_id)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = member.user.get_session_auth_hash()
    session[COMPANY_SESSION_KEY] = member.company_id
    session.save()
    cookies = {settings.SESSION_COOKIE_NAME: session.session_key or ""}
    headers = {"Accept-Encoding": "gzip"}
    return httpx.Client(base_url=base, cookies=cookies, headers=headers, timeout=PATIENCE)
