"""Orders about accounts, OAuth clients, grants, tokens, keys and service accounts."""

import dataclasses
from typing import Any

from standins.google import keys, tokens
from standins.google import scopes as scope_names
from standins.google.model import Account, Calendar, Client, ServiceAccount
from standins.google.oauth import GOOGLE_TOKEN_URL
from standins.google.orders import Json, Orders
from standins.google.world import DEMO_CLIENT


class AccountControls(Orders):
    """Accounts and what they have granted."""

    def add_account(
        self,
        email: str,
        name: str | None = None,
        hd: str | None = "",
        admin: bool = False,
        time_zone: str = "UTC",
        locale: str = "en",
    ) -> Json:
        """An account with its primary calendar. `hd`: None for a consumer; default: its domain."""
        domain = email.partition("@")[2] if hd == "" else hd
        account = Account(email, name or email.partition("@")[0].title(), domain, admin)
        account.locale = locale
        self.world.accounts[email] = account
        calendar = Calendar(email, email, time_zone, "primary", email, domain)
        calendar.acl = {f"domain:{domain}": "freeBusyReader"} if domain else {}
        self._place(calendar)
        return {"email": email, "sub": account.sub, "hd": domain}

    def change_account(self, email: str, **values: Any) -> None:
        """Set fields of an account: suspended, archived, aliases, calendar_user, admin, hd, name,
        picture."""
        account = self.world.accounts[email]
        self.world.accounts[email] = dataclasses.replace(account, **values)

    def delete_account(self, email: str) -> None:
        """An administrator deletes an account: the Directory names it no longer, its grants and its
        calendar are gone."""
        self.revoke(email)
        del self.world.accounts[email]
        self.world.calendars[email].deleted = True

    def add_client(self, id: str, secret: str, redirect_uris: list[str] | None = None) -> None:
        """Register an OAuth client, or replace the demo's."""
        self.world.clients[id] = Client(id, secret, redirect_uris)

    def grant(
        self,
        email: str,
        scopes: list[str] | None = None,
        client_id: str = DEMO_CLIENT.id,
        refresh_token: str | None = None,
    ) -> str:
        """A refresh token, as if the account had consented; all scopes unless named."""
        wanted = scopes or scope_names.EVERYTHING
        self.world.accounts[email].consents[client_id] = list(wanted)
        made = tokens.make_grant(self.world, email, client_id, list(wanted), refresh_token)
        return made.token

    def access_token(
        self, email: str, scopes: list[str] | None = None, client_id: str = DEMO_CLIENT.id
    ) -> str:
        """An access token, ready for a bearer header."""
        return tokens.make_access(
            self.world, email, client_id, scopes or list(scope_names.EVERYTHING)
        )

    def revoke(self, email: str, client_id: str = DEMO_CLIENT.id) -> int:
        """Withdraw an account's grants: refresh and access tokens die. Returns how many."""
        mine = [
            g
            for g in self.world.grants.values()
            if (g.email, g.client_id) == (email, client_id) and not g.revoked
        ]
        for grant in mine:
            tokens.revoke(self.world, grant.token)
        return len(mine)

    def expire_access_tokens(self, email: str | None = None) -> None:
        """Let access tokens die now: the next call is 401, a refresh helps."""
        for access in self.world.access.values():
            if email in (None, access.email):
                access.expires_at = 0

    def tamper_id_token(
        self,
        forged: bool = False,
        expired: bool = False,
        claims: Json | None = None,
        without: list[str] | None = None,
        times: int = 1,
    ) -> None:
        """Spoil the next ID tokens: another key, expired, claims changed or left out."""
        fault = {
            "forged": forged,
            "expired": expired,
            "claims": claims or {},
            "without": without or [],
        }
        self.world.id_token_faults += [fault] * times

    def rotate_keys(self, keep_old: bool = True) -> list[str]:
        """Sign ID tokens with a new key; returns the published key ids."""
        self.world.keys.rotate()
        if not keep_old:
            self.world.keys.forget_old()
        return list(self.world.keys.certificates())

    def add_service_account(
        self, email: str, delegated: dict[str, list[str]] | None = None
    ) -> Json:
        """A service account; `delegated`: domain to scopes. Returns its key as Google's file."""
        private, public = keys.service_account_key()
        self.world.service_accounts[email] = ServiceAccount(email, public, delegated or {})
        self._place(Calendar(email, email, "UTC", "primary", email))
        return {
            "type": "service_account",
            "project_id": "roomly",
            "private_key_id": "stand-in",
            "private_key": private,
            "client_email": email,
            "client_id": "100000000000000000001",
            "token_uri": f"{self.world.url}/token",
            "audience": GOOGLE_TOKEN_URL,
        }

    def delegate(self, email: str, domain: str, scopes: list[str]) -> None:
        """Replace what a domain delegated to a service account."""
        self.world.service_accounts[email].delegated[domain] = scopes
