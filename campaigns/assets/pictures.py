"""Pictures as they are uploaded, judged by their content and made plain: upright, sRGB, 8 bits, nothing but pixels.

Kept are PNG and JPEG, which every mail program, browser and printer shows. WebP and GIF that do not move become one of
them. Everything else is refused by its name: SVG, because it is a program as much as a picture; HEIC, AVIF, TIFF.
"""

import io
import struct
import zlib
from dataclasses import dataclass

from PIL import ExifTags, Image, ImageCms

from ..content_error import ContentError
from .sources import LARGEST

READ = ("PNG", "JPEG", "WEBP", "GIF")
MOST_PIXELS = 50_000_000  # about 300 MB while it is read and kept
LONGEST_EDGE = 20_000
QUALITY = 90  # of JPEG, as kept; at this one nobody sees a difference
# What Pillow raises for files that are not what they say; its plugins have no exception of their own.
BROKEN = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, IndexError, KeyError, TypeError,
          OverflowError)  # fmt: skip
OTHERS = (
    (b"II*\0", "a TIFF image"),
    (b"MM\0*", "a TIFF image"),
    (b"BM", "a BMP image"),
    (b"%PDF", "a PDF file"),
    (b"8BPS", "a Photoshop file"),
    (b"\0\0\1\0", "an icon file"),
)
BRANDS = {
    b"heic": "HEIC",
    b"heix": "HEIC",
    b"heim": "HEIC",
    b"hevc": "HEIC",
    b"mif1": "HEIC",
    b"msf1": "HEIC",
    b"avif": "AVIF",
    b"avis": "AVIF",
}


@dataclass(frozen=True)
class Picture:
    """A PNG or JPEG file without any metadata; `width` and `height` in pixels."""

    data: bytes
    kind: str  # png or jpg
    width: int
    height: int


def clean(data: bytes, *, path: str = "image") -> Picture:
    """Raises ContentError with the reason for what is no picture, is broken, moves, or is too large. Deterministic."""
    if len(data) > LARGEST:
        raise ContentError(path, f"is larger than {LARGEST // 1024 // 1024} MB")
    try:
        with Image.open(io.BytesIO(data), formats=READ) as image:
            _check(image, path)
            kept_as = _kept_as(image, data)
            plain = _plain(image)
    except Image.UnidentifiedImageError as error:
        raise ContentError(path, _refusal(data)) from error
    except Image.DecompressionBombError as error:
        raise ContentError(path, _too_large()) from error
    except BROKEN as error:
        if isinstance(error, ContentError):
            raise
        raise ContentError(path, "is broken or ends too early") from error
    return _picture(plain, "png" if plain.mode == "RGBA" else kept_as, path)


def encode(image: Image.Image, kind: str, *, quality: int = QUALITY, is_small: bool = False) -> bytes:
    """An RGB or RGBA image as a file; `kind` is png or jpg. A small one may take six times its pixels to be made well."""
    out = io.BytesIO()
    if kind == "png":
        image.save(out, "PNG", optimize=True)
    else:
        image.save(out, "JPEG", quality=quality, subsampling=0, optimize=is_small, progressive=is_small)
    return out.getvalue()


def _check(image: Image.Image, path: str) -> None:
    width, height = image.size
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_EDGE:
        raise ContentError(path, _too_large())
    if image.format != "MPO" and getattr(image, "is_animated", False):  # an MPO's further pictures are previews
        raise ContentError(path, "is an animated image; paper and many mail programs show only a still one")


def _too_large() -> str:
    return f"has more than {MOST_PIXELS // 1_000_000} million pixels, or an edge of more than {LONGEST_EDGE:,}"


def _kept_as(image: Image.Image, data: bytes) -> str:
    """Photographs stay JPEG; drawings stay without loss."""
    is_lossy = image.format in ("JPEG", "MPO") or (image.format == "WEBP" and data[12:16] == b"VP8 ")
    return "jpg" if is_lossy else "png"


def _plain(image: Image.Image) -> Image.Image:
    """RGB, or RGBA where something shines through; upright, in sRGB and with no metadata left."""
    orientation, profile = _orientation(image), image.info.get("icc_profile")
    plain = _in_srgb(_eight_bits(image), profile)
    if orientation in ORIENTATIONS:
        plain = plain.transpose(ORIENTATIONS[orientation])
    if plain.mode == "RGBA" and plain.getextrema()[3][0] == 255:
        plain = plain.convert("RGB")
    plain.info = {}
    return plain


ORIENTATIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _orientation(image: Image.Image) -> int:
    """As the camera noted it (EXIF 2.32, tag 0x0112); upright where the note cannot be read."""
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except BROKEN:
        return 1


def _eight_bits(image: Image.Image) -> Image.Image:
    """RGB, RGBA, CMYK or L. Grey of 16 bits is scaled, which `convert` would cut off instead."""
    if image.mode.startswith("I"):
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if image.has_transparency_data:
        return image.convert("RGBA")
    image.load()
    return image if image.mode in ("RGB", "CMYK", "L") else image.convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours as the file's profile means them. A profile that cannot be used is left aside, as browsers do."""
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if profile:
        try:
            meant = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            return ImageCms.profileToProfile(image, meant, ImageCms.createProfile("sRGB"), outputMode=mode)
        except (ImageCms.PyCMSError, *BROKEN):
            pass
    return image if image.mode == mode else image.convert(mode)


def _picture(image: Image.Image, kind: str, path: str) -> Picture:
    data = encode(image, kind)
    if len(data) > LARGEST:
        raise ContentError(path, f"takes more than {LARGEST // 1024 // 1024} MB as {kind.upper()}; make it smaller")
    return Picture(data, kind, *image.size)


def _refusal(data: bytes) -> str:
    """By its name where the format is known."""
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in start or start.startswith(b"<?xml"):
        return "is an SVG drawing, which can hold programs and which mail programs do not show; export it as PNG"
    if data[4:8] == b"ftyp" and (name := BRANDS.get(data[8:12])):
        return f"is an image in the format {name}, which most programs do not show; save it as JPEG"
    if name := next((name for sign, name in OTHERS if data.startswith(sign)), ""):
        return f"is {name}; save it as PNG or JPEG"
    return "is neither a PNG nor a JPEG image, nor a WebP or GIF, whatever its name says"
