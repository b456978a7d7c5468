"""What the control API can order; each public method is `POST /control/<name>` with JSON.

Everything here runs inside the server's event loop.
"""

import asyncio
import dataclasses
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from standins.google import keys, tokens, ui_edits, writing
from standins.google import scopes as scope_names
from standins.google.model import (
    Account,
    Building,
    Calendar,
    Client,
    Room,
    ServiceAccount,
)
from standins.google.oauth import GOOGLE_TOKEN_URL
from standins.google.push import Deliverer
from standins.google.rendering import full
from standins.google.world import DEMO_CLIENT, World

Json = dict[str, Any]


class Controls:
    """Orders to one stand-in. Wrong orders raise ValueError, KeyError or TypeError."""

    def __init__(self, world: World, deliverer: Deliverer) -> None:
        self.world = world
        self.deliverer = deliverer
        self._defaults = dataclasses.asdict(world.settings)

    # -- the whole --------------------------------------------------------------------------

    def reset(self, seed: int | None = 1) -> None:
        """Forget all accounts, calendars, tokens, channels, faults and logs; real time again.

        Event ids follow from `seed` until the next reset.
        """
        old = self.world
        fresh = World(url=old.url)
        for field in dataclasses.fields(World):
            if field.name not in ("url", "on_change", "opened", "later"):
                setattr(old, field.name, getattr(fresh, field.name))
        old.settings.set(**self._defaults)
        old.ids.seed(seed)
        self.deliverer.reset()

    def configure(self, **values: Any) -> Json:
        """Set switches by name (`settings.py`); returns all of them."""
        self.world.settings.set(**values)
        return dataclasses.asdict(self.world.settings)

    def set_clock(self, now: str | None = None) -> str:
        """Stop the clock at an RFC 3339 instant; without one, back to real time."""
        moment = datetime.fromisoformat(now) if now else None
        if moment is not None and moment.tzinfo is None:
            raise ValueError("the instant needs an offset")
        self.world.clock.set(moment)
        return self.world.clock.moment().isoformat()

    def advance_clock(self, seconds: float) -> str:
        """Move the clock; returns the new instant."""
        self.world.clock.advance(timedelta(seconds=seconds))
        return self.world.clock.moment().isoformat()

    # -- accounts and grants ----------------------------------------------------------------

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
        """Set fields of an account: suspended, calendar_user, admin, hd, name, picture."""
        account = self.world.accounts[email]
        self.world.accounts[email] = dataclasses.replace(account, **values)

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

    # -- calendars and rooms ----------------------------------------------------------------

    def add_calendar(
        self,
        id: str,
        summary: str | None = None,
        time_zone: str = "UTC",
        kind: str = "secondary",
        owner: str | None = None,
        acl: dict[str, str] | None = None,
        push: bool = True,
    ) -> None:
        """A calendar with access rules such as {"user:a@x": "writer", "default": "reader"}."""
        calendar = Calendar(id, summary or id, time_zone, kind, owner)
        calendar.acl, calendar.push_supported = dict(acl or {}), push
        self._place(calendar)

    def add_building(
        self, id: str, domain: str, name: str | None = None, floors: list[str] | None = None
    ) -> None:
        """A building in a domain's Directory."""
        self.world.buildings[id] = Building(id, name or id, floors or ["1"], domain)

    def add_room_calendar(
        self,
        id: str,
        name: str,
        time_zone: str = "UTC",
        domain: str | None = None,
        writers: list[str] | None = None,
        building: str = "",
        floor: str = "",
        capacity: int = 4,
        features: list[str] | None = None,
        push: bool = True,
        auto_accept: bool = True,
    ) -> None:
        """A room: its resource calendar and, with a domain, its Directory entry.

        `writers` may write; with a domain, its admins own the calendar and its members read it;
        with neither, every account may write.
        """
        calendar = Calendar(id, name, time_zone, "resource", None, domain)
        calendar.auto_accept, calendar.push_supported = auto_accept, push
        calendar.acl = {f"user:{email}": "writer" for email in writers or ()}
        if domain:
            calendar.acl[f"domain:{domain}"] = "reader"
            self.world.rooms[id] = Room(
                id,
                name,
                building,
                floor,
                capacity,
                features or [],
                domain,
                resource_id=str(len(self.world.rooms) + 1).zfill(9),
            )
            if building:
                self._floor(building, floor, domain)
        elif writers is None:
            calendar.acl["default"] = "owner"
        self._place(calendar)

    def _floor(self, building: str, floor: str, domain: str) -> None:
        known = self.world.buildings.get(building)
        if known is None:
            known = self.world.buildings[building] = Building(building, building, [], domain)
        if floor and floor not in known.floors:
            known.floors.append(floor)

    def _place(self, calendar: Calendar) -> None:
        calendar.etag_updated = calendar.updated = self.world.microseconds()
        self.world.calendars[calendar.id] = calendar

    def change_calendar(self, id: str, **values: Any) -> None:
        """Set fields of a calendar: push_supported, auto_accept, time_zone, summary, deleted."""
        calendar = self.world.calendars[id]
        for name, value in values.items():
            if name not in ("push_supported", "auto_accept", "time_zone", "summary", "deleted"):
                raise ValueError(f"cannot set {name}")
            setattr(calendar, name, value)

    def set_acl(self, id: str, scope: str, role: str | None) -> None:
        """Give or (None) take a role; sync tokens of the calendar die, as with Google."""
        calendar = self.world.calendars[id]
        calendar.acl.pop(scope, None)
        calendar.acl |= {scope: role} if role else {}
        calendar.token_epoch += 1

    def invalidate_sync_tokens(self, id: str | None = None) -> None:
        """Let sync tokens answer 410, of one calendar or all."""
        for calendar in self.world.calendars.values():
            if id in (None, calendar.id):
                calendar.token_epoch += 1

    # -- events, as a person edits them -----------------------------------------------------

    def ui_create(self, calendar: str, body: Json, actor: str | None = None) -> Json:
        """Create an event as Google's own page does; returns it."""
        target = self.world.calendars[calendar]
        event = writing.insert(self.world, target, body, actor=actor or target.id)
        return full(self.world, target, event)

    def ui_edit(
        self,
        calendar: str,
        event: str,
        scope: str = "this",
        summary: str | None = None,
        start: str | None = None,
        end: str | None = None,
        fields: Json | None = None,
    ) -> Json:
        """Retitle or move an event; `scope` this, following or all. Returns what stands there."""
        if scope not in ui_edits.SCOPES:
            raise ValueError(f"scope is one of {', '.join(ui_edits.SCOPES)}")
        target = self.world.calendars[calendar]
        change = ui_edits.Change(summary, start, end, fields)
        return full(self.world, target, ui_edits.edit(self.world, target, event, change, scope))

    def ui_delete(self, calendar: str, event: str, scope: str = "this") -> None:
        """Delete an event; `scope` this, following or all."""
        if scope not in ui_edits.SCOPES:
            raise ValueError(f"scope is one of {', '.join(ui_edits.SCOPES)}")
        ui_edits.delete(self.world, self.world.calendars[calendar], event, scope)

    def events(self, calendar: str, cancelled: bool = False) -> list[Json]:
        """What a calendar holds: singles, masters and exceptions."""
        target = self.world.calendars[calendar]
        kept = [e for e in target.events.values() if cancelled or not e.cancelled]
        return [full(self.world, target, event) for event in kept]

    # -- trouble ----------------------------------------------------------------------------

    def fault(self, kind: str, **values: Any) -> None:
        """Order a fault (`faults.py`): kind, method, path, times, probability, latency,
        retry_after, after."""
        self.world.faults.order(kind=kind, **values)

    def clear_faults(self) -> None:
        """Withdraw all faults, quotas and the abuse guard."""
        self.world.faults.orders.clear()
        self.world.quota.blocked.clear()
        self.world.settings.quota_on = False

    def block_user(self, email: str) -> None:
        """Latch the abuse guard: writes of this user answer `quotaExceeded`."""
        self.world.quota.blocked.add(email)

    # -- notifications ----------------------------------------------------------------------

    def notifications(self, **values: Any) -> Json:
        """Set shares and delays: drop, duplicate, delay_min, delay_max, hold."""
        self.deliverer.rules = dataclasses.replace(self.deliverer.rules, **values)
        return dataclasses.asdict(self.deliverer.rules)

    def release(self, order: str = "as_sent") -> int:
        """Deliver held notifications: as_sent, reversed or shuffled. Returns how many."""
        return self.deliverer.release(order)

    def deliveries(self, limit: int = 100) -> list[Json]:
        """The last notifications and what became of them."""
        return [dataclasses.asdict(d) for d in list(self.deliverer.log)[-limit:]]

    def channels(self) -> list[Json]:
        """Every channel ever opened since the reset."""
        return [dataclasses.asdict(c) for c in self.world.channels.values()]

    async def wait_for_idle(self, timeout: float = 10.0) -> bool:
        """Wait until no delivery or room answer is under way; False when time runs out."""
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout
        while self.deliverer.tasks or self.deliverer.jobs:
            if loop.time() > end:
                return False
            await asyncio.sleep(0.005)
        return True

    # -- the log ----------------------------------------------------------------------------

    def requests(
        self, method: str | None = None, path: str | None = None, api: str | None = None
    ) -> list[Json]:
        """Google API requests since the last `clear_requests`, oldest first.

        Filters: HTTP method, part of the path, end of the Google method id ("events.insert").
        """
        return [
            entry
            for entry in self.world.requests
            if method in (None, entry["method"])
            and (path is None or path in entry["path"])
            and (api is None or entry["api"].endswith(api))
        ]

    def counts(self) -> dict[str, int]:
        """How many requests each Google method got."""
        return dict(Counter(entry["api"] or entry["path"] for entry in self.world.requests))

    def clear_requests(self) -> None:
        """Empty the log."""
        self.world.requests.clear()
