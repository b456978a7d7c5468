"""The one door to Google Calendar: google-api-python-client, with values in and values out.

It never waits, never repeats a call and knows no database. Every call is paid for from a budget
first. Every failure is one of `calendars.errors`. What Google does with these calls is described at
https://developers.google.com/workspace/calendar/api/v3/reference
"""

import http.client
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, Self

import httplib2
from django.conf import settings

from calendars.budget import Budget
from calendars.errors import GoogleError, GoogleUnavailable, OverBudget, TokenExpired, error_of

Item = Mapping[str, Any]

TIMEOUT = 20  # seconds
BATCH_PATH = "/batch/calendar/v3"
HTTP_METHODS = {"insert": "POST", "move": "POST", "patch": "PATCH", "delete": "DELETE"}
PAGE_SIZE = 2500  # events.list maximum
MOST_FREE_BUSY = 50  # calendars in one freebusy.query
# A sync token is good only for the very parameters of the listing that gave it.
LISTED = {"maxResults": PAGE_SIZE, "singleEvents": False}


@dataclass(frozen=True)
class Page:
    """One page of a listing; exactly one of the two tokens is set."""

    items: Sequence[Item]
    timezone: str  # of the calendar
    next_page: str
    next_sync: str
    role: str = ""  # of the account that asks


@dataclass(frozen=True)
class Write:
    """One change of an event: a method of the events resource, what it takes, and the etag of the
    event that it is meant for, if it is meant for no other. Build it by the functions below."""

    method: str
    parameters: Mapping[str, Any]
    etag: str = ""

    @property
    def calendar_id(self) -> str:
        return str(self.parameters["calendarId"])


def insertion(calendar_id: str, body: Mapping[str, Any]) -> Write:
    """Makes an event under the id in its body. May fail with AlreadyExists if that id was ever
    used, NotThere if there is no such calendar."""
    return Write("insert", {"calendarId": calendar_id, "body": body, "conferenceDataVersion": 1})


def alteration(
    calendar_id: str, event_id: str, body: Mapping[str, Any], *, etag: str = ""
) -> Write:
    """Changes the named fields. May fail with Stale if `etag` is given and not the current one."""
    named = {"calendarId": calendar_id, "eventId": event_id}
    return Write("patch", {**named, "body": body, "conferenceDataVersion": 1}, etag)


def deletion(calendar_id: str, event_id: str, *, etag: str = "") -> Write:
    """Deletes an event, a series, or cancels an instance. May fail with Stale, NotThere."""
    return Write("delete", {"calendarId": calendar_id, "eventId": event_id}, etag)


@dataclass(frozen=True)
class OpenChannel:
    """A push channel as Google opened it; `expires_at` may be sooner than what was asked."""

    resource_id: str
    expires_at: datetime | None


@lru_cache(maxsize=2)
def _service(endpoint: str) -> Any:
    # Importing it costs a tenth of a second to two and a third of a process's memory: pages
    # that never speak to Google must not pay for that.
    from googleapiclient.discovery import build  # noqa: PLC0415

    # The discovery document comes with the library. Each call brings its own Http.
    return build(
        "calendar",
        "v3",
        http=httplib2.Http(timeout=TIMEOUT),
        client_options={"api_endpoint": f"{endpoint}/calendar/v3/"},
        cache_discovery=False,
    )


@lru_cache(maxsize=2)
def _events(endpoint: str) -> Any:
    return _service(endpoint).events()  # writes a method's description anew at each call


class GoogleCalendar:
    """Calls under one access token. Not for more than one thread at a time; close it after use.

    `quota_user` (at most 40 characters) names who is counted against the per-user quota.
    """

    def __init__(self, *, access_token: str, quota_user: str, budget: Budget) -> None:
        self._authorization = f"Bearer {access_token}"
        self._budget = budget
        self._quota_user = quota_user
        self.clock_ahead = timedelta()  # Google's, of ours, by the last answer
        self._http = httplib2.Http(timeout=TIMEOUT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def write(self, write: Write) -> Item:
        """Does one write; returns the event as it is then, or nothing for a deleted one."""
        done: Item = self._execute(self._request(write), writes_to=write.calendar_id) or {}
        return done

    def affordable(self, writes: Iterable[Write]) -> list[Write]:
        """Pays for writes, each by itself, as far as the budget allows; of a probe, only for it.

        Takes no more of them than it pays for, and the first that is too much.
        """
        paid = []
        for write in writes:
            try:
                is_probe = self._budget.take(HTTP_METHODS[write.method], write.calendar_id)
            except OverBudget:
                break
            paid.append(write)
            if is_probe:
                break
        return paid

    def write_together(self, writes: Sequence[Write]) -> list[Item | GoogleError]:
        """Does writes that were paid for, and do not depend on each other, in one round trip.

        Each has its own answer or error. Raises GoogleUnavailable if none was answered.
        https://developers.google.com/workspace/calendar/api/guides/batch
        """
        if not writes:
            return []
        from googleapiclient.http import BatchHttpRequest  # noqa: PLC0415  as heavy as in _service

        answers: dict[str, Item | GoogleError] = {}

        def keep(name: str, answer: Any, error: Any) -> None:
            answers[name] = _translated(error) if error is not None else answer or {}

        batch = BatchHttpRequest(callback=keep, batch_uri=settings.GOOGLE_API_URL + BATCH_PATH)
        for number, write in enumerate(writes):
            batch.add(self._request(write), request_id=str(number))
        try:
            with self._heard():
                batch.execute(http=_Authorized(self._http, self._authorization))
        except GoogleUnavailable as error:
            self._budget.failed(error)
            raise
        for answer in answers.values():
            if isinstance(answer, GoogleUnavailable):
                self._budget.failed(answer)
        return [answers[str(number)] for number in range(len(writes))]

    def move(self, calendar_id: str, event_id: str, destination: str) -> None:
        """Gives an event to another calendar; it keeps its id. The answer describes what stays
        behind, so read the event at its destination."""
        named = {"calendarId": calendar_id, "eventId": event_id, "destination": destination}
        self.write(Write("move", named))

    def get(self, calendar_id: str, event_id: str) -> Item:
        """An event, an instance, or what is left of a cancelled one. Raises NotThere."""
        found: Item = self._execute(self._events().get(**self._named(calendar_id, event_id)))
        return found

    def list_page(
        self,
        calendar_id: str,
        *,
        sync_token: str = "",
        page_token: str = "",
        time_min: datetime | None = None,
    ) -> Page:
        """One page of masters and exceptions: all since `time_min`, or what changed since the
        token. Raises TokenExpired, NotThere (the calendar)."""
        given = {
            "syncToken": sync_token,
            "pageToken": page_token,
            "timeMin": "" if sync_token or time_min is None else _rfc3339(time_min),
        }
        asked = {name: value for name, value in given.items() if value}
        request = self._events().list(
            calendarId=calendar_id, quotaUser=self._quota_user, **LISTED, **asked
        )
        try:
            answer = self._execute(request)
        except GoogleError as error:
            # A token that Google cannot even read is as dead as an expired one.
            if sync_token and error.reason == "invalid":
                raise TokenExpired(str(error), reason=error.reason) from error
            raise
        return Page(
            items=answer.get("items", ()),
            timezone=answer.get("timeZone", ""),
            next_page=answer.get("nextPageToken", ""),
            next_sync=answer.get("nextSyncToken", ""),
            role=answer.get("accessRole", ""),
        )

    def instances(
        self,
        calendar_id: str,
        event_id: str,
        *,
        since: datetime,
        until: datetime,
        cancelled: bool = False,
    ) -> list[Item]:
        """The dates of a series as Google expands it, those that touch [since, until); with
        `cancelled` also those that do not take place. Raises NotThere."""
        found: list[Item] = []
        token: dict[str, str] = {}
        while True:
            answer = self._execute(
                self._events().instances(
                    **self._named(calendar_id, event_id),
                    timeMin=_rfc3339(since),
                    timeMax=_rfc3339(until),
                    maxResults=PAGE_SIZE,
                    showDeleted=cancelled,
                    **token,
                )
            )
            found += answer.get("items", ())
            if not answer.get("nextPageToken"):
                return found
            token = {"pageToken": answer["nextPageToken"]}

    def calendar(self, calendar_id: str) -> Item:
        """What a calendar says of itself. Raises NotThere."""
        calendars = _service(settings.GOOGLE_API_URL).calendars()
        found: Item = self._execute(calendars.get(calendarId=calendar_id))
        return found

    def free_busy(
        self, calendars: Sequence[str], *, since: datetime, until: datetime
    ) -> dict[str, list[tuple[datetime, datetime]] | None]:
        """The busy times of at most 50 calendars within [since, until); None where a calendar
        cannot be seen, or does not exist. Raises ScopeMissing."""
        body = {
            "timeMin": _rfc3339(since),
            "timeMax": _rfc3339(until),
            "items": [{"id": calendar} for calendar in calendars],
        }
        queries = _service(settings.GOOGLE_API_URL).freebusy()
        answer = self._execute(queries.query(body=body, quotaUser=self._quota_user))
        told = answer.get("calendars", {})
        return {calendar: _busy(told.get(calendar)) for calendar in calendars}

    def access_rules(self, calendar_id: str) -> list[Item]:
        """Who may do what with a calendar; told to its owners. Raises NotThere, GoogleRefused."""
        acl, found = _service(settings.GOOGLE_API_URL).acl(), list[Item]()
        request = acl.list(calendarId=calendar_id, quotaUser=self._quota_user, maxResults=250)
        while request is not None:
            answer = self._execute(request)
            found += answer.get("items", ())
            request = acl.list_next(request, answer)
        return found

    def watch(
        self, calendar_id: str, *, channel_id: str, address: str, token: str, expires_at: datetime
    ) -> OpenChannel:
        """Asks for notifications of changes. Raises PushNotSupported, NotThere, GoogleRefused."""
        body = {
            "id": channel_id,
            "type": "web_hook",
            "address": address,
            "token": token,
            "expiration": str(int(expires_at.timestamp() * 1000)),
        }
        answer = self._execute(
            self._events().watch(calendarId=calendar_id, body=body, quotaUser=self._quota_user)
        )
        until = answer.get("expiration")
        return OpenChannel(
            resource_id=answer.get("resourceId", ""),
            expires_at=datetime.fromtimestamp(int(until) / 1000, UTC) if until else None,
        )

    def stop_channel(self, channel_id: str, resource_id: str) -> None:
        """Ends notifications of a channel. Raises NotThere for one that Google does not know."""
        channels = _service(settings.GOOGLE_API_URL).channels()
        body = {"id": channel_id, "resourceId": resource_id}
        self._execute(channels.stop(body=body, quotaUser=self._quota_user))

    def _request(self, write: Write) -> Any:
        """Every write tells the guests: without that, theirs may be lost or outlive ours."""
        call = getattr(self._events(), write.method)
        request = call(**write.parameters, sendUpdates="all", quotaUser=self._quota_user)
        request.headers["authorization"] = self._authorization
        if write.etag:
            request.headers["If-Match"] = write.etag
        return request

    def _events(self) -> Any:
        return _events(settings.GOOGLE_API_URL)

    def _named(self, calendar_id: str, event_id: str) -> dict[str, str]:
        return {"calendarId": calendar_id, "eventId": event_id, "quotaUser": self._quota_user}

    def _execute(self, request: Any, *, writes_to: str = "") -> Any:
        """One call, within the budget. A failed probe says nothing new: as if it was not tried."""
        is_probe = self._budget.take(request.method, writes_to)
        try:
            answer = self._send(request)
        except GoogleUnavailable as error:
            self._budget.failed(error)
            if is_probe:
                raise OverBudget(str(error), reason=error.reason) from error
            raise
        if is_probe:
            self._budget.recovered()
        return answer

    def _send(self, request: Any) -> Any:
        request.headers["authorization"] = self._authorization
        request.add_response_callback(self._note_clock)
        with self._heard():
            return request.execute(http=self._http, num_retries=0)

    def _note_clock(self, answer: Mapping[str, str]) -> None:
        try:
            told = parsedate_to_datetime(answer.get("date", ""))
        except (TypeError, ValueError):
            return
        self.clock_ahead = told - datetime.now(UTC)

    @contextmanager
    def _heard(self) -> Iterator[None]:
        """Raises what the library raises as one of our errors."""
        from googleapiclient.errors import BatchError, HttpError  # noqa: PLC0415  as in _service

        try:
            yield
        except (BatchError, KeyError, IndexError) as error:  # parts are missing, or are none
            raise GoogleUnavailable(f"Google's answer was not understood: {error}") from error
        except HttpError as error:
            raise _translated(error) from error
        except (OSError, httplib2.HttpLib2Error, http.client.HTTPException) as error:
            raise GoogleUnavailable(f"Google could not be reached: {error}") from error
        except ValueError as error:
            raise GoogleUnavailable(f"Google's answer was not JSON: {error}") from error


@dataclass(frozen=True)
class _Authorized:
    """An Http that shows the token with the batch itself, too, as its parts do."""

    http: httplib2.Http
    authorization: str

    def request(self, uri: str, *, headers: Mapping[str, str], **more: Any) -> Any:
        return self.http.request(
            uri, headers={**headers, "authorization": self.authorization}, **more
        )


def _translated(error: Any) -> GoogleError:
    reason, message = "", str(error.reason or "")
    try:
        body = json.loads(error.content)["error"]
        details = body.get("errors") or body.get("details") or [{}]
        reason, message = details[0].get("reason", ""), body.get("message", message)
    except (ValueError, KeyError, TypeError, AttributeError):
        pass  # a proxy's page, not Google's envelope: the status alone has to do
    after = seconds_of(error.resp.get("retry-after", ""), error.resp.get("date", ""))
    return error_of(error.status_code, reason, message, after)


def seconds_of(retry_after: str, date: str) -> float:
    """What Retry-After asks for, in seconds: a number, or a moment by the server's own clock
    (RFC 9110 section 10.2.3). Zero if it says nothing, or nothing that can be read."""
    if retry_after.isdecimal():
        return float(retry_after)
    try:
        pause = parsedate_to_datetime(retry_after) - parsedate_to_datetime(date)
    except (TypeError, ValueError):
        return 0
    return max(0, pause.total_seconds())


def _busy(told: Item | None) -> list[tuple[datetime, datetime]] | None:
    if told is None or told.get("errors"):
        return None
    return [
        (datetime.fromisoformat(each["start"]), datetime.fromisoformat(each["end"]))
        for each in told.get("busy", ())
    ]


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
