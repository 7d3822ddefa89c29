"""Files as people upload them, made for the tests."""

import io
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image

VIDEO = (Path(__file__).parent / "with_notes.mp4").read_bytes()  # 64 x 36, one second, H.264 and AAC, notes of a place


def picture(
    width: int = 40, height: int = 30, *, mode: str = "RGB", colour: Any = None, kind: str = "PNG", **how: Any
) -> bytes:
    """A picture whose left half is in one colour and whose right half is black."""
    image = Image.new(mode, (width, height))
    image.paste(colour if colour is not None else _bright(mode), (0, 0, width // 2, height))
    return encoded(image, kind, **how)


def encoded(image: Image.Image, kind: str = "PNG", **how: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def turned(orientation: int) -> bytes:
    """A photograph with a note how the camera was held, and where."""
    notes = Image.Exif()
    notes[ExifTags.Base.Orientation] = orientation
    notes[ExifTags.Base.Make] = "A camera with a secret"
    notes[ExifTags.Base.GPSInfo] = {1: "N", 2: (52.0, 31.0, 0.0)}
    return picture(40, 20, colour="red", kind="JPEG", exif=notes, quality=95)


def moving(kind: str) -> bytes:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


def _bright(mode: str) -> Any:
    return 255 if mode in ("L", "1", "P") else tuple(255 for _ in mode)
