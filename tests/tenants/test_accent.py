"""Every colour is readable or has a nearest shade that is; dark pages get one of their own."""

import re
from random import Random

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from tenants.accent import (
    DARK,
    ENOUGH,
    LIGHT,
    OWN,
    OWN_IN_DARK,
    contrast,
    contrast_in_light,
    in_dark,
    is_readable,
    nearest_readable,
    validate_accent,
)

CORNERS = ["#000000", "#ffffff", "#ff0000", "#00ff00", "#0000ff", "#ffff00", "#00ffff", "#ff00ff"]


def colours() -> list[str]:
    chance = Random(7)
    return [*CORNERS, *(f"#{chance.randrange(1 << 24):06x}" for _ in range(5000))]


def parts(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [  # as https://webaim.org/resources/contrastchecker/ gives them
        ("#ffffff", "#000000", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#ffffff", "#767676", 4.54),
        ("#ffffff", "#777777", 4.48),
        ("#ff0000", "#ffffff", 4.0),
        ("#0000ff", "#ffffff", 8.59),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert round(contrast(one, other), 2) == round(contrast(other, one), 2) == ratio


def test_every_colour_is_readable_or_has_a_shade_that_is() -> None:
    for colour in colours():
        nearest = nearest_readable(colour)
        assert is_readable(nearest), colour
        assert (nearest == colour) == is_readable(colour), colour
        lowest = min(contrast(nearest, paper) for paper in (*LIGHT, "#ffffff"))
        assert lowest >= ENOUGH, (colour, nearest)


def test_the_nearest_shade_is_no_darker_than_it_has_to_be() -> None:
    for colour in colours():
        if not is_readable(colour):
            assert contrast_in_light(nearest_readable(colour)) < ENOUGH * 1.02, colour


def test_the_nearest_shade_keeps_the_hue() -> None:
    red, green, blue = parts(nearest_readable("#ffd400"))
    assert red > green > blue == 0
    assert nearest_readable("#ff0000")[3:] == "0000"


def test_dark_pages_get_a_shade_that_is_readable_there() -> None:
    for colour in colours():
        shade = in_dark(nearest_readable(colour))
        assert min(contrast(shade, paper) for paper in DARK) >= ENOUGH, (colour, shade)


def test_what_is_drawn_on_is_what_the_style_sheet_says() -> None:
    css = (settings.BASE_DIR / "static" / "css" / "base.css").read_text()
    pairs = dict(re.findall(r"--([a-z0-9-]+): light-dark\((#\w+, #\w+)\)", css))
    drawn = [pairs[name].split(", ") for name in ("paper", "paper-2", "off", "accent-ink")]
    light = {each.replace("#fff", "#ffffff") if each == "#fff" else each for each, _dark in drawn}
    assert light == set(LIGHT)
    assert {dark for _light, dark in drawn} == set(DARK)
    assert pairs["accent"] == f"{OWN}, {OWN_IN_DARK}"


@pytest.mark.parametrize("text", ["red", "#fff", "#31 3c4", "#3153C4", "#3153c4;", ""])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="Write a colour"):
        validate_accent(text)


def test_the_operator_too_is_offered_the_nearest() -> None:
    validate_accent(OWN)
    with pytest.raises(ValidationError, match="#876f00"):
        validate_accent("#ffd400")
