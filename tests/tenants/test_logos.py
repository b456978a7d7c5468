"""An uploaded logo is a picture, drawn anew and small; whatever else somebody sends is refused."""

import tracemalloc
from io import BytesIO
from random import Random
from struct import pack
from typing import Any
from zlib import compress, crc32

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tenants.errors import InvalidInput
from tenants.logos import HEIGHT, LONGEST_SIDE, MOST_BYTES, WIDEST, LogoPicture, read_logo

SCRIPT = b"<script>alert(1)</script>"


def picture(
    size: tuple[int, int] = (300, 100), *, kind: str = "PNG", colour: Any = "navy", **options: Any
) -> bytes:
    """A file of one colour."""
    mode = "RGB" if kind == "JPEG" else "RGBA"
    file = BytesIO()
    Image.new(mode, size, colour).save(file, kind, **options)
    return file.getvalue()


def kept(logo: LogoPicture) -> Image.Image:
    return Image.open(BytesIO(logo.png))


def chunk(name: bytes, data: bytes) -> bytes:
    return pack(">I", len(data)) + name + data + pack(">I", crc32(name + data))


def png_that_says(width: int, height: int) -> bytes:
    """A small file that would be a huge picture."""
    head = pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    data = compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_kept_small_as_png(kind: str) -> None:
    logo = read_logo(picture((1200, 400), kind=kind))
    assert kept(logo).format == "PNG"
    assert kept(logo).size == (252, 84)
    assert logo.width == 84
    assert len(logo.digest) == 32


def test_what_is_wide_or_narrow_has_its_place() -> None:
    assert read_logo(picture((2000, 40))).width == WIDEST
    narrow = read_logo(picture((1, 2000)))
    assert (narrow.width, kept(narrow).size) == (1, (1, HEIGHT * 3))
    assert kept(read_logo(picture((20, 10)))).size == (20, 10), "never made larger"


def test_an_empty_margin_is_cut_off() -> None:
    canvas = Image.new("RGBA", (400, 400), (0, 0, 0, 0))
    canvas.paste((10, 20, 30, 255), (100, 180, 300, 220))
    file = BytesIO()
    canvas.save(file, "PNG")
    assert kept(read_logo(file.getvalue())).size == (200, 40)


def test_nothing_else_of_a_file_is_kept() -> None:
    info = PngInfo()
    info.add_text("Comment", SCRIPT.decode())
    data = picture(pnginfo=info) + SCRIPT
    assert SCRIPT in data
    assert b"script" not in read_logo(data).png


def test_a_photograph_stands_upright() -> None:
    turned = Image.Exif()
    turned[0x0112] = 6  # a quarter to the right
    logo = read_logo(picture((300, 100), kind="JPEG", exif=turned))
    assert kept(logo).size == (28, 84)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        SCRIPT,
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"GIF89a" + bytes(40),
        b"%PDF-1.7",
        b"\x89PNG\r\n\x1a\n",
        picture()[:60],
        png_that_says(100, 100),
    ],
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput, match="not a picture") as refused:
        read_logo(data)
    assert refused.value.field == "logo"


def test_a_gif_that_is_one_is_refused_too() -> None:
    file = BytesIO()
    Image.new("P", (20, 20)).save(file, "GIF")
    with pytest.raises(InvalidInput, match="PNG, JPEG or WebP"):
        read_logo(file.getvalue())


def test_a_picture_with_a_side_too_long_is_refused() -> None:
    assert read_logo(picture((LONGEST_SIDE, 1)))
    for size in ((LONGEST_SIDE + 1, 1), (1, LONGEST_SIDE + 1)):
        with pytest.raises(InvalidInput, match="2,000 × 2,000"):
            read_logo(picture(size))


@pytest.mark.parametrize("side", [9_500, 60_000])
def test_a_picture_that_would_fill_memory_is_refused_unread(side: int) -> None:
    tracemalloc.start()
    with pytest.raises(InvalidInput):
        read_logo(png_that_says(side, side))
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10_000_000


def test_a_large_file_is_refused() -> None:
    with pytest.raises(InvalidInput, match="200 kB"):
        read_logo(picture() + bytes(MOST_BYTES))


@pytest.mark.parametrize("colour", ["white", (0, 0, 0, 0), (255, 255, 250, 255), (0, 0, 0, 5)])
def test_what_could_not_be_seen_is_refused(colour: Any) -> None:
    with pytest.raises(InvalidInput, match="could not be seen"):
        read_logo(picture(colour=colour))


def test_a_damaged_file_never_breaks_anything() -> None:
    chance = Random(7)
    whole = [picture((40, 20), kind=kind, colour="teal") for kind in ("PNG", "JPEG", "WEBP")]
    for number in range(900):
        data = bytearray(whole[number % 3])
        for _damage in range(1 + number % 4):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            read_logo(bytes(data[: chance.randrange(1, len(data) + 1)] if number % 2 else data))
        except InvalidInput:
            continue
