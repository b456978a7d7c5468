"""A company's accent colour: whether it can be read, the nearest shade that can, and its sheet.

What is typed is the accent on light pages; on dark ones it is lightened as far as it has to be.
Contrast is that of WCAG 2.2 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio), of which letters
need 4.5 : 1 (https://www.w3.org/TR/WCAG22/#contrast-minimum). Colours are written `#rrggbb`.
"""

import re
from collections.abc import Callable, Iterable
from math import ceil, floor

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

ENOUGH = 4.5
AT_EASE = 7  # what we choose ourselves: https://www.w3.org/TR/WCAG22/#contrast-enhanced
OWN, OWN_IN_DARK = "#3153c4", "#9db4ff"  # Roomly's: --accent of base.css
# What the accent is drawn on, or under: --paper, --paper-2, --off and --accent-ink of base.css.
LIGHT = ("#ffffff", "#f6f7f9")
DARK = ("#16181d", "#1d2026", "#13151a", "#10131a")
EDITION = 1  # in the sheet's address: another one whenever a colour gives another sheet

_COLOUR = re.compile(r"#[0-9a-f]{6}")
_WEIGHTS = (0.2126, 0.7152, 0.0722)
_SHEET = """:root {
  --accent: light-dark(%(light)s, %(dark)s);
  --accent-soft: light-dark(
    color-mix(in oklab, var(--accent) 12%%, var(--paper)),
    color-mix(in oklab, var(--accent) 20%%, var(--paper))
  );
}
"""

_Rgb = tuple[float, float, float]


def is_colour(text: str) -> bool:
    """Whether it is a colour as it is written here."""
    return _COLOUR.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black and white)."""
    darker, lighter = sorted((_luminance(_linear(one)), _luminance(_linear(other))))
    return (lighter + 0.05) / (darker + 0.05)


def is_readable(colour: str) -> bool:
    """Whether letters in this colour, and white ones on it, can be read on light pages."""
    return contrast_in_light(colour) >= ENOUGH


def contrast_in_light(colour: str) -> float:
    """The lowest that it has on light pages."""
    return _lowest_contrast(colour, LIGHT)


def nearest_readable(colour: str) -> str:
    """The same hue, darkened only as far as light pages need it."""
    if is_readable(colour):
        return colour
    darkest = min(_luminance(_linear(each)) for each in LIGHT)
    rgb = _linear(colour)
    return _written(_times(rgb, ((darkest + 0.05) / ENOUGH - 0.05) / _luminance(rgb)), floor)


def in_dark(colour: str) -> str:
    """The same hue, light enough for dark pages: its own light first, then with white."""
    if colour == OWN:
        return OWN_IN_DARK
    if _lowest_contrast(colour, DARK) >= AT_EASE:
        return colour
    lightest = max(_luminance(_linear(each)) for each in DARK)
    wanted = (lightest + 0.05) * AT_EASE - 0.05
    rgb = _linear(colour)
    if any(rgb):
        rgb = _times(rgb, min(wanted / _luminance(rgb), 1 / max(rgb)))
    short = max(0.0, wanted - _luminance(rgb)) / (1 - _luminance(rgb))
    red, green, blue = (part + short * (1 - part) for part in rgb)
    return _written((red, green, blue), ceil)


def sheet(colour: str) -> str:
    """The style sheet that gives a page this accent; all that it says follows from the colour."""
    return _SHEET % {"light": colour, "dark": in_dark(colour)}


def validate_accent(colour: str) -> None:
    """Raises ValidationError for what is no colour, or none that can be read."""
    if not is_colour(colour):
        raise ValidationError(_("Write a colour like #3153c4."))
    if not is_readable(colour):
        raise ValidationError(
            _("Letters in %(colour)s could not be read. The nearest that can is %(nearest)s."),
            params={"colour": colour, "nearest": nearest_readable(colour)},
        )


def _lowest_contrast(colour: str, others: Iterable[str]) -> float:
    return min(contrast(colour, other) for other in others)


def _luminance(rgb: _Rgb) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    return sum(weight * part for weight, part in zip(_WEIGHTS, rgb, strict=True))


def _linear(colour: str) -> _Rgb:
    """How much light each part gives, from 0 to 1."""
    red, green, blue = (_light(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return red, green, blue


def _light(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _times(rgb: _Rgb, factor: float) -> _Rgb:
    red, green, blue = (part * factor for part in rgb)
    return red, green, blue


def _written(rgb: _Rgb, rounded: Callable[[float], int]) -> str:
    """The colour in eight bits a part, never to the wrong side."""
    parts = (min(255, max(0, rounded(_code(part) * 255))) for part in rgb)
    return "#" + "".join(f"{part:02x}" for part in parts)


def _code(light: float) -> float:
    return light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
