"""Where there is no page to show, a person is told what to do, in their language."""

from uuid import UUID

import pytest
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from roomly import urls
from roomly.error_pages import bad_request
from tenants.models import User
from tests.conftest import Cast, sign_in


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(request.path)


urlpatterns = [path("broken/", broken), *urls.urlpatterns]
handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
WORDS = {
    400: {"en": "Roomly could not read this", "ko": "요청을 읽을 수 없습니다"},
    403: {"en": "You may not do this", "ko": "이 작업을 할 수 없습니다"},
    404: {"en": "There is nothing here", "ko": "여기에는 아무것도 없습니다"},
    500: {"en": "Something went wrong on our side", "ko": "서버에 문제가 발생했습니다"},
}


def ask(client: Client, status: int, language: str, **headers: str) -> str:
    client.raise_request_exception = False
    paths = {400: "/", 403: "/admin/tenants/company/", 404: "/nowhere/", 500: "/broken/"}
    if status == 400:
        headers["host"] = "elsewhere.example"
    answer = client.get(paths[status], headers={"accept-language": language, **headers})
    assert answer.status_code == status
    return answer.content.decode()


@pytest.fixture
def staff(seoul: Cast) -> Client:
    """Somebody of the operator's who may see nothing yet."""
    User.objects.filter(pk=seoul.bob.user_id).update(is_staff=True)
    return sign_in(seoul.bob)


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_a_page_says_what_is_the_matter_and_leads_back(
    staff: Client, status: int, language: str
) -> None:
    User.objects.update(language=language)
    page = ask(staff, status, language)
    assert WORDS[status][language] in page
    assert f'<html lang="{language}"' in page
    assert page.count("<html") == page.count("<h1") == page.count('class="button primary"') == 1
    assert 'href="/"' in page


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_a_part_of_an_open_page_gets_a_note_and_no_page_within_the_page(
    staff: Client, status: int
) -> None:
    part = ask(staff, status, "en", **{"hx-request": "true"})
    assert WORDS[status]["en"] in part
    assert "<html" not in part
    assert 'role="alert"' in part


def test_a_form_that_was_open_for_too_long_says_that_nothing_was_changed(seoul: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = sign_in(seoul.alice).cookies
    answer = client.post("/preferences/", {"theme": "dark"})
    assert answer.status_code == 403
    assert "This page was open for too long" in answer.content.decode()
    seoul.alice.user.refresh_from_db()
    assert seoul.alice.user.theme == User.Theme.SYSTEM


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/nowhere/", 404, "There is nothing here"),
        ("/?date=soon", 422, "This was not possible"),
        ("/settings/rules/", 403, "You may not do this"),
        ("/settings/google/overlaps/", 405, "There is no page here"),
        (f"/bookings/{UUID(int=1)}/", 404, "This booking was not found"),
    ],
)
def test_who_is_signed_in_keeps_the_navigation(
    seoul: Cast, path: str, status: int, said: str
) -> None:
    answer = sign_in(seoul.alice).get(path)
    page = answer.content.decode()
    assert answer.status_code == status
    assert said in page
    assert "My bookings" in page.split("<main")[0]
    assert "My bookings" not in Client().get(path, follow=True).content.decode()


@pytest.mark.parametrize(("status", "number"), [(403, 1), (400, 2000)])
def test_who_is_signed_in_keeps_the_navigation_where_a_form_cannot_be_taken(
    seoul: Cast, status: int, number: int
) -> None:
    fields = {f"field-{each}": "" for each in range(number)}
    client = Client(enforce_csrf_checks=status == 403)
    strange = client.post("/preferences/", fields)
    client.cookies = sign_in(seoul.alice).cookies
    known = client.post("/preferences/", fields)
    assert known.status_code == status
    assert "My bookings" in known.content.decode().split("<main")[0]
    assert "My bookings" not in strange.content.decode()


def test_another_host_and_a_session_that_ended_are_told_nothing_of_who_asks(
    seoul: Cast, rf: RequestFactory
) -> None:
    assert "My bookings" not in ask(sign_in(seoul.alice), 400, "en")
    request = rf.get("/")
    request.session = sign_in(seoul.alice).session
    request.user = seoul.alice.user
    assert b"My bookings" in bad_request(request, BadRequest()).content
    assert b"My bookings" not in bad_request(request, SessionInterrupted()).content


def test_a_page_for_what_is_broken_asks_nothing_of_the_database(
    client: Client, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        ask(client, 500, "en")
