"""Reading a picture that somebody uploads as the logo: is it one, and how it is kept.

What is kept is drawn anew from its points, small and as PNG: nothing else that a file may carry
(a place, a script, a second file) gets into our pages.
"""

from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from tenants.accent import contrast
from tenants.errors import InvalidInput

MOST_BYTES = 200_000
LONGEST_SIDE = 2000  # points; decoded it takes 16 MB at most
FORMATS = ("PNG", "JPEG", "WEBP")
HEIGHT, WIDEST = 28, 160  # in the header, in CSS pixels
FINE = 3  # points for each of these on the best screens
# Whole logos may be pale (https://www.w3.org/TR/WCAG22/#contrast-minimum leaves them out), but
# white ones would not be there at all.
VISIBLE = 1.2

TOO_LARGE = _("The file is larger than 200 kB. Choose a smaller one.")

_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,  # where warnings are errors
)


@dataclass(frozen=True)
class LogoPicture:
    """A logo as it is kept, and how wide it is shown."""

    png: bytes
    width: int

    @property
    def digest(self) -> str:
        """What tells it from any other: its address."""
        return sha256(self.png).hexdigest()[:32]


def read_logo(data: bytes) -> LogoPicture:
    """The logo in an uploaded file. Raises InvalidInput for what is none, or too large."""
    if len(data) > MOST_BYTES:
        raise InvalidInput(TOO_LARGE, field="logo")
    picture = _trimmed(_decoded(data))
    picture.thumbnail((WIDEST * FINE, HEIGHT * FINE), Image.Resampling.LANCZOS)
    kept = BytesIO()
    picture.save(kept, "PNG", optimize=True)
    width = min(WIDEST, max(1, round(HEIGHT * picture.width / picture.height)))
    return LogoPicture(kept.getvalue(), width)


def _decoded(data: bytes) -> Image.Image:
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as file:
            if max(file.size) > LONGEST_SIDE:  # known before a point is read
                raise InvalidInput(
                    _("The picture is larger than 2,000 × 2,000 points. Choose a smaller one."),
                    field="logo",
                )
            return ImageOps.exif_transpose(file).convert("RGBA")
    except _BROKEN as error:
        raise InvalidInput(
            _("This is not a picture that can be read. Choose a PNG, JPEG or WebP file."),
            field="logo",
        ) from error


def _trimmed(picture: Image.Image) -> Image.Image:
    """Without an empty margin. Raises InvalidInput where on white nothing could be seen."""
    box = picture.getbbox(alpha_only=True)
    on_white = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    darkest, _lightest = on_white.convert("L").getextrema()
    if box is None or contrast("#" + f"{darkest:02x}" * 3, "#ffffff") < VISIBLE:
        raise InvalidInput(
            _("This picture could not be seen on white. Choose the logo for light backgrounds."),
            field="logo",
        )
    return picture.crop(box)
