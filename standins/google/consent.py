"""The pages a person meets while signing in: choose an account, allow scopes, go back."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from standins.google import scopes, tokens
from standins.google.model import Account, Client, Code
from standins.google.pages import render
from standins.google.world import World


class PageError(Exception):
    """An error Google shows on its own page: it must not send the browser anywhere."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A checked authorisation request."""

    client: Client
    redirect_uri: str
    scopes: list[str]
    params: dict[str, str]

    def back(self, **values: str) -> Response:
        """Send the browser back with an answer, and the `state` as it came."""
        if "state" in self.params:
            values = {"state": self.params["state"], **values}
        parts = urlsplit(self.redirect_uri)
        query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *values.items()])
        return RedirectResponse(urlunsplit(parts._replace(query=query)), 303)


async def authorize(request: Request) -> Response:
    """`GET /o/oauth2/v2/auth`: the list of accounts to choose from."""
    world: World = request.app.state.world
    try:
        asked = _asked(world, dict(request.query_params))
    except PageError as error:
        return render(request, "oauth_error.html", status=400, error=str(error))
    if asked.params.get("prompt") == "none":
        return asked.back(error="interaction_required")
    hint = asked.params.get("login_hint", "").lower()
    accounts = sorted(world.accounts.values(), key=lambda a: (a.hd or "~", a.email))
    return render(
        request,
        "choose_account.html",
        client=asked.client,
        accounts=[a for a in accounts if not a.suspended],
        hint=hint,
        params=asked.params,
    )


async def choose(request: Request) -> Response:
    """`POST /o/oauth2/v2/auth`: an account was chosen, or scopes were allowed or denied."""
    world: World = request.app.state.world
    form = await request.form()
    params = {k: str(v) for k, v in form.items() if k not in ("account", "decision", "allowed")}
    try:
        asked = _asked(world, params)
    except PageError as error:
        return render(request, "oauth_error.html", status=400, error=str(error))
    account = world.accounts.get(str(form.get("account", "")))
    decision = form.get("decision")
    if decision == "deny" or account is None:
        return asked.back(error="access_denied")
    questions = [s for s in asked.scopes if not scopes.identity(s)]
    known = account.consents.get(asked.client.id, [])
    again = "consent" in params.get("prompt", "").split()
    if decision is None and questions and (again or not set(questions) <= set(known)):
        return _consent_page(request, asked, account, questions)
    ticked = {str(v) for v in form.getlist("allowed")} if decision == "allow" else set(questions)
    granted = [s for s in asked.scopes if scopes.identity(s) or s in ticked]
    return _granted(world, asked, account, granted, again=again)


def _consent_page(
    request: Request, asked: Asked, account: Account, questions: list[str]
) -> Response:
    return render(
        request,
        "consent.html",
        client=asked.client,
        account=account,
        params=asked.params,
        questions=[(scope, scopes.words(scope)) for scope in questions],
    )


def _granted(
    world: World, asked: Asked, account: Account, granted: list[str], *, again: bool
) -> Response:
    known = account.consents.get(asked.client.id)
    offline = asked.params.get("access_type") == "offline"
    if asked.params.get("include_granted_scopes") == "true":
        granted = list(dict.fromkeys([*granted, *(known or [])]))
    first = not any(
        (g.email, g.client_id) == (account.email, asked.client.id) and not g.revoked
        for g in world.grants.values()
    )
    code = Code(
        email=account.email,
        client_id=asked.client.id,
        redirect_uri=asked.redirect_uri,
        scopes=granted,
        expires_at=world.clock.now() + world.settings.code_life,
        nonce=asked.params.get("nonce"),
        challenge=asked.params.get("code_challenge"),
        refresh=offline and (again or first),
    )
    values = {"code": tokens.make_code(world, code), "scope": scopes.granted_form(granted)}
    values |= {"authuser": "0"} | ({"hd": account.hd} if account.hd else {})
    return asked.back(**values, prompt="consent" if again or not known else "none")


def _asked(world: World, params: dict[str, str]) -> Asked:
    client = world.clients.get(params.get("client_id", ""))
    if client is None:
        raise PageError("Error 401: invalid_client. The OAuth client was not found.")
    redirect_uri = params.get("redirect_uri", "")
    if not _registered(client, redirect_uri):
        raise PageError(f"Error 400: redirect_uri_mismatch. {redirect_uri or 'It is missing.'}")
    if params.get("response_type") != "code":
        raise PageError("Error 400: unsupported_response_type.")
    wanted = scopes.split(params.get("scope", ""))
    if not wanted:
        raise PageError("Error 400: invalid_request. Missing required parameter: scope")
    method = params.get("code_challenge_method", "plain" if "code_challenge" in params else "S256")
    if method != "S256":
        raise PageError("Error 400: invalid_request. Only the S256 code challenge is taken.")
    return Asked(client, redirect_uri, wanted, params)


def _registered(client: Client, redirect_uri: str) -> bool:
    if client.redirect_uris is not None:
        return redirect_uri in client.redirect_uris
    parts = urlsplit(redirect_uri)
    loopback = parts.hostname in ("127.0.0.1", "localhost", "::1")
    return bool(parts.hostname) and (parts.scheme == "https" or loopback)
