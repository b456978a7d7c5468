"""axe-core, which knows what makes a page hard to use for some people."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# A page of one language is built as that of the other.
LANGUAGES = ["ko", pytest.param("en", marks=pytest.mark.soak)]

_IN_OTHER_COLOURS = "axe.run({ runOnly: ['color-contrast', 'link-in-text-block'] })"


def check(page: Page) -> None:
    """Fails with axe's report on a page in light, and on its colours in dark.

    The Content-Security-Policy does not bind the test's own script. Nothing
    moves meanwhile: a colour on its way to another belongs to neither.
    """
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.emulate_media(color_scheme="dark")
    violations = page.evaluate(_IN_OTHER_COLOURS)["violations"]
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    assert violations == []
