"""The shapes in which the media show a picture, so that staff see each crop while they set the focal point."""

from dataclasses import dataclass

from campaigns import assets
from campaigns.models import Asset
from channels.banner.render import SIZES

DPI = 300
MM_PER_INCH = 25.4


@dataclass(frozen=True)
class Format:
    label: str
    width: int
    height: int


def _printed(label: str, width: int, height: int) -> Format:
    """Millimetres on paper, in the pixels that 300 dpi need."""
    return Format(label, round(width / MM_PER_INCH * DPI), round(height / MM_PER_INCH * DPI))


FORMATS = (
    Format("E-mail", 1200, 600),
    Format("Link preview", 1200, 630),
    Format("Post, square", 1080, 1080),
    Format("Post, portrait", 1080, 1350),
    Format("Story", 1080, 1920),
    *(Format(f"Banner {size.name}", size.width, size.height) for size in SIZES),
    _printed("Letter, 165 x 80 mm", 165, 80),
    _printed("Leaflet A5 with bleed", 154, 216),
)


@dataclass(frozen=True)
class Crop:
    """`x` and `y` are where CSS places the picture in the frame (object-position), in per cent."""

    format: Format
    x: float
    y: float
    too_small: bool
    shown: str  # the pixels that the crop has


def crops(asset: Asset) -> list[Crop]:
    return [_crop(asset, one) for one in FORMATS]


def _crop(asset: Asset, one: Format) -> Crop:
    size = (asset.width, asset.height)
    focal = (round(asset.focal_x * 1000), round(asset.focal_y * 1000))
    part = assets.window(size, (one.width, one.height), focal)
    x, y = (
        round(100 * start / (whole - piece), 2) if whole > piece else 50
        for start, whole, piece in ((part.left, size[0], part.width), (part.top, size[1], part.height))
    )
    return Crop(one, x, y, part.is_short, f"{part.shown_width} x {part.shown_height}")
