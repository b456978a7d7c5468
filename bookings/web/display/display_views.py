"""`/display/<token>/`: the screen at a room's door.

Nobody signs in there: the link is the secret. So no cookie is asked for or needed, another site
cannot send a form because it does not know where to, and the page tells its address to nobody.
"""

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response, patch_cache_control
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from bookings.display.acts import book, end_now, stay_longer
from bookings.display.links import get_display, note_seen, read_token, token_of
from bookings.models import Display
from bookings.web.display.door_face import face_of
from tenants.errors import DomainError, InvalidInput
from tenants.look import FOR_EVER, logo_png
from tenants.scope import company_scope

_HEADERS = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


def _display_view(view: Callable[..., HttpResponse]) -> Callable[..., Any]:
    """A page of a display, in the scope of its company and in the company's language."""

    @wraps(view)
    def opened(request: HttpRequest, token: str, **place: str) -> HttpResponse:
        company_id, pk = read_token(token)
        with company_scope(company_id):
            display = get_display(pk)
            translation.activate(display.company.language)
            suspended = display.company.suspended_at is not None
            shown = _switched_off if suspended else view
            answer = shown(request, display, **place)
        for name, value in _HEADERS.items():
            answer[name] = value
        return answer

    return opened


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@_display_view
def display(request: HttpRequest, display: Display) -> HttpResponse:
    """Who has the room now and next, and what one can do about it with one press."""
    if request.method == "POST":
        return _act(request, display)
    now = timezone.now()
    tag = _tag(request, display, f"{now:%Y-%m-%d %H:%M}")
    unchanged: HttpResponse | None = get_conditional_response(request, etag=tag)
    if unchanged is not None:
        return unchanged
    note_seen(display)
    answer = _page(request, display)
    answer["ETag"] = tag
    patch_cache_control(answer, private=True, no_cache=True)
    return answer


@cache_control(private=True, max_age=FOR_EVER, immutable=True)
@require_safe
@_display_view
def logo(_request: HttpRequest, _display: Display, digest: str) -> HttpResponse:
    """The logo of the display's company."""
    return HttpResponse(logo_png(digest), content_type="image/png")


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The script that lets a display start without a connection; it lies where its scope is."""
    answer = render(request, "display/worker.js", content_type="text/javascript")
    patch_cache_control(answer, no_cache=True)
    return answer


def _act(request: HttpRequest, display: Display) -> HttpResponse:
    """Does what was pressed and shows how it is then, or how it is and why not."""
    try:
        _do(request, display)
    except DomainError as error:
        return _page(request, display, refused=error)
    answer = HttpResponse(status=303)  # a page that is loaded again presses nothing
    answer["Location"] = request.get_full_path()
    return answer


def _do(request: HttpRequest, display: Display) -> None:
    sent = request.POST
    try:
        minutes = int(sent.get("minutes", "0"))
        seen = int(sent.get("seen", "0"))
        date = UUID(sent.get("date") or "0" * 32)
    except ValueError as error:
        raise InvalidInput from error
    version = sent.get("version", "")
    match sent.get("act"):
        case "book":
            book(display, minutes=minutes, seen=str(seen))
        case "longer":
            stay_longer(display, date=date, version=version, minutes=minutes)
        case "end":
            end_now(display, date=date, version=version)
        case _:
            raise InvalidInput


def _tag(request: HttpRequest, display: Display, minute: str) -> str:
    """Another one after any change in the room, and each minute: what is shown follows the clock.

    Whoever books in the room, holds it or gives it up raises its clock.
    """
    room: Any = display.room  # read with its rules
    drawn_from = (
        (display.pk, room.clock.version, minute, request.get_full_path()),
        (room.name, room.state, room.zone_name, room.capacity, room.equipment),
        display.company.logo,
        (room.company_ruling, room.building_ruling, room.own_ruling),
    )
    return f'"{sha256(repr(drawn_from).encode()).hexdigest()}"'


def _page(
    request: HttpRequest, display: Display, *, refused: DomainError | None = None
) -> HttpResponse:
    context = {
        **face_of(display, timezone.now()),
        "logo": _logo_of(display),
        "refused": refused,
        "is_eink": _is_eink(request),
    }
    status = refused.status if refused else 200
    return render(request, "display/door.html", context, status=status)


def _logo_of(display: Display) -> dict[str, Any] | None:
    company = display.company
    if not company.logo:
        return None
    address = reverse("display-logo", args=[token_of(display), company.logo])
    return {"address": address, "width": company.logo_width, "words": company.name}


def _switched_off(request: HttpRequest, display: Display, **_place: str) -> HttpResponse:
    context = {"room": display.room, "kind": "shut", "is_off": True, "is_eink": _is_eink(request)}
    return render(request, "display/door.html", context, status=403)


def _is_eink(request: HttpRequest) -> bool:
    return request.GET.get("eink") == "1"
