"""Pictures are judged by their content, made plain, or refused with the reason."""

import struct
import zlib

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from campaigns.assets import pictures
from campaigns.content_error import ContentError

from .files import encoded, moving, opened, picture, turned


def refusal(data: bytes) -> str:
    with pytest.raises(ContentError) as raised:
        pictures.clean(data)
    return raised.value.reason


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_what_everybody_shows_stays_of_its_kind(kind: str) -> None:
    made = pictures.clean(picture(kind=kind))
    assert (made.kind, made.width, made.height) == ({"PNG": "png", "JPEG": "jpg"}[kind], 40, 30)
    assert opened(made.data).format == kind


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (picture(kind="WEBP", quality=80), "jpg"),
        (picture(kind="WEBP", lossless=True), "png"),
        (picture(mode="RGBA", colour=(255, 0, 0, 90), kind="WEBP"), "png"),
        (picture(kind="GIF"), "png"),
    ],
)
def test_what_many_do_not_show_becomes_what_all_show(data: bytes, kind: str) -> None:
    made = pictures.clean(data)
    assert made.kind == kind
    assert opened(made.data).format == {"png": "PNG", "jpg": "JPEG"}[kind]


def test_of_a_photograph_with_previews_in_it_the_photograph_is_kept() -> None:
    large, preview = Image.new("RGB", (40, 20), "red"), Image.new("RGB", (4, 2), "blue")
    made = pictures.clean(encoded(large, "MPO", save_all=True, append_images=[preview]))
    assert (made.kind, made.width, opened(made.data).format) == ("jpg", 40, "JPEG")


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_what_moves_is_refused(kind: str) -> None:
    assert "animated" in refusal(moving(kind))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "SVG drawing"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><svg/>", "SVG drawing"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "format HEIC"),
        (b"\0\0\0\x18ftypavif\0\0\0\0mif1avif", "format AVIF"),
        (b"II*\0\x08\0\0\0", "TIFF"),
        (b"%PDF-1.7", "PDF"),
        (b"<html><script>alert(1)</script>", "neither a PNG nor a JPEG"),
        (b"", "neither a PNG nor a JPEG"),
        (b"\xff\xd8\xff\xe0", "neither a PNG nor a JPEG"),
        (picture()[:-30], "ends too early"),
        (picture(400, 300, kind="JPEG")[:-500], "ends too early"),
        (bytes(pictures.LARGEST + 1), "larger than 20 MB"),
    ],
)
def test_what_is_no_picture_is_refused_by_its_name(data: bytes, reason: str) -> None:
    assert reason in refusal(data)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says to be huge."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.filterwarnings("ignore:Image size")
@pytest.mark.parametrize("size", [(8000, 8000), (100_000, 100_000), (30_000, 1)])
def test_a_small_file_that_becomes_huge_is_refused_before_it_is_unpacked(size: tuple[int, int]) -> None:
    assert "more than 50 million pixels" in refusal(bomb(*size))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_stands_upright_and_tells_nothing_of_place_or_camera(orientation: int) -> None:
    made = pictures.clean(turned(orientation))
    shown = opened(made.data)
    assert shown.size == (made.width, made.height) == ((40, 20) if orientation < 5 else (20, 40))
    corner = {1: (5, 5), 2: (35, 5), 3: (35, 5), 4: (5, 5), 5: (5, 5), 6: (5, 5), 7: (5, 35), 8: (5, 35)}[orientation]
    red, green, _ = shown.getpixel(corner)
    assert red > 200
    assert green < 60
    assert b"secret" not in made.data
    assert not shown.getexif()


def test_texts_and_profiles_inside_a_png_go_too() -> None:
    image = Image.new("RGB", (4, 4), "red")
    image.info["comment"] = "secret"
    notes = PngInfo()
    notes.add_text("Author", "secret")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    made = pictures.clean(encoded(image, pnginfo=notes, icc_profile=profile, dpi=(72, 72)))
    assert opened(made.data).info == {}


def test_colours_are_shown_as_the_profile_means_them() -> None:
    usual = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = usual.replace(b"rXYZ", b"tXYZ").replace(b"gXYZ", b"rXYZ").replace(b"tXYZ", b"gXYZ")  # its red is green
    plain, profiled = (pictures.clean(picture(colour=(120, 60, 30), **how)) for how in ({}, {"icc_profile": swapped}))
    assert opened(plain.data).getpixel((2, 2)) == (120, 60, 30)
    red, green, _ = opened(profiled.data).getpixel((2, 2))
    assert green > red


def test_a_profile_that_cannot_be_read_is_left_aside() -> None:
    made = pictures.clean(picture(colour=(120, 60, 30), icc_profile=b"no profile at all"))
    assert opened(made.data).getpixel((2, 2)) == (120, 60, 30)


@pytest.mark.parametrize(
    ("data", "mode", "left"),
    [
        (picture(mode="CMYK", colour=(0, 255, 255, 0), kind="JPEG", quality=95), "RGB", (255, 0, 0)),
        (encoded(Image.fromarray(np.full((30, 40), 32768, "uint16"))), "RGB", (128, 128, 128)),
        (picture(mode="L", colour=200), "RGB", (200, 200, 200)),
        (picture(mode="1", colour=1), "RGB", (255, 255, 255)),
        (picture(mode="LA", colour=(200, 100)), "RGBA", (200, 200, 200, 100)),
        (picture(mode="RGBA", colour=(9, 8, 7, 100)), "RGBA", (9, 8, 7, 100)),
    ],
)
def test_every_kind_of_pixels_becomes_eight_bits_of_rgb(data: bytes, mode: str, left: tuple[int, ...]) -> None:
    shown = opened(pictures.clean(data).data)
    assert shown.mode == mode
    assert all(abs(is_ - meant) < 12 for is_, meant in zip(shown.getpixel((2, 2)), left, strict=True))


def test_a_palette_with_a_colour_that_shines_through_keeps_it() -> None:
    image = Image.new("P", (4, 4), 1)
    image.putpalette([0, 0, 0, 255, 0, 0])
    assert opened(pictures.clean(encoded(image, transparency=1)).data).getpixel((0, 0))[3] == 0


def test_nothing_hides_behind_the_picture() -> None:
    assert b"<script>" not in pictures.clean(picture() + b"<script>alert(1)</script>").data


def test_the_same_file_gives_the_same_bytes_and_is_its_own_plain_form() -> None:
    once = pictures.clean(picture())
    assert pictures.clean(picture()) == once
    assert pictures.clean(once.data) == once


SAMPLES = [picture(), picture(kind="JPEG"), picture(mode="P", colour=1, kind="GIF"), picture(kind="WEBP"), turned(6)]


@given(
    st.sampled_from(SAMPLES),
    st.lists(st.tuples(st.integers(0, 800), st.integers(0, 255)), max_size=8),
    st.integers(0, 900),
)
@example(SAMPLES[0], [], 0)
def test_whatever_comes_is_a_picture_or_refused_with_a_reason(
    sample: bytes, spoilt: list[tuple[int, int]], kept: int
) -> None:
    data = bytearray(sample)
    for at, value in spoilt:
        data[at % len(data)] = value
    try:
        made = pictures.clean(bytes(data[: max(1, kept)]))
    except ContentError as error:
        made = None
        reason = error.reason
    assert reason if made is None else opened(made.data).size == (made.width, made.height)


@given(st.binary(max_size=200))
def test_bytes_without_a_meaning_are_refused(data: bytes) -> None:
    assert refusal(data)
