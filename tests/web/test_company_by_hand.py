"""A company's colour and logo by hand: chosen, refused, and worn by every page in both themes."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tenants.accent import in_dark, nearest_readable
from tests.conftest import Cast
from tests.tenants.test_logos import picture
from tests.web.conftest import NewPage, Troubles

pytestmark = pytest.mark.browser


def rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))})"


def accent_of(page: Page) -> str:
    """The colour of links, as the browser draws it."""
    colour: str = page.locator("a.book").first.evaluate("link => getComputedStyle(link).color")
    return colour


def test_a_colour_is_refused_then_worn(cast: Cast, open_page: NewPage, troubles: Troubles) -> None:
    page = open_page("/settings/company/", member=cast.admin)
    page.get_by_label("Accent colour").fill("#ffd400")
    form = page.locator("form:has([type=color])")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Accent colour")).to_have_value("#ffd400")
    nearest = nearest_readable("#ffd400")
    form.get_by_role("button", name=f"Take {nearest}, the nearest that can be read").click()
    expect(page.locator(".message")).to_have_text("Saved.")
    troubles.expect(422)

    day = open_page(member=cast.alice)
    assert accent_of(day) == rgb(nearest)
    day.emulate_media(color_scheme="dark")
    assert accent_of(day) == rgb(in_dark(nearest))
    page.get_by_role("button", name="Roomly's own colour").click()
    expect(page.get_by_label("Accent colour")).to_have_value("#3153c4")
    day.reload()
    assert accent_of(day) == rgb("#9db4ff")


def test_a_logo_is_uploaded_seen_and_removed(
    cast: Cast, open_page: NewPage, troubles: Troubles, tmp_path: Path
) -> None:
    wrong, logo = tmp_path / "logo.svg", tmp_path / "logo.png"
    wrong.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    logo.write_bytes(picture((300, 100)))
    page = open_page("/settings/company/", member=cast.admin)
    page.locator("[type=file]").set_input_files(wrong)
    page.get_by_role("button", name="Upload").click()
    expect(page.locator(".errorlist")).to_contain_text("Choose a PNG, JPEG or WebP file.")
    troubles.expect(422)
    page.locator("[type=file]").set_input_files(logo)
    page.get_by_role("button", name="Upload").click()
    shown = page.get_by_role("img", name="Hangang")
    expect(shown).to_be_visible()
    expect(shown).to_have_js_property("naturalWidth", 252)
    assert shown.evaluate("image => [image.width, image.height]") == [84, 28]
    page.get_by_role("button", name="Remove the logo").click()
    expect(page.locator("header .company")).to_have_text("Hangang")
