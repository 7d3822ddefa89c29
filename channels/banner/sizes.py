"""The sizes of banners, and how each is divided: where its picture is, and how large and small its texts may be."""

from collections.abc import Mapping
from dataclasses import dataclass, field

HEADLINE, OFFER, CODE, ACTION = FIELDS = ("headline", "offer", "code", "action")
Range = tuple[int, int]  # the least that can be read, and the largest, of a font in pixels


@dataclass(frozen=True)
class Size:
    """All in pixels. `is_row`: texts stand beside each other, with the button at the end; else below each other.

    `picture` is its edge: the height of one on top, the width of one at the left. `optional` fields are left out, with a
    warning, where there is no room; the first column of a row holds `stacked`.
    """

    width: int
    height: int
    picture: int
    fonts: Mapping[str, Range]
    padding: tuple[int, int]  # above and below, left and right
    gap: int
    is_row: bool = False
    is_beside: bool = False  # the picture is at the left
    stacked: tuple[str, ...] = (HEADLINE,)
    optional: tuple[str, ...] = (CODE,)
    never: tuple[str, ...] = field(default=())  # fields that this size has no room for in any case

    @property
    def name(self) -> str:
        return f"{self.width}x{self.height}"

    @property
    def foot(self) -> int:
        """The line that says whose advertisement it is."""
        return 11 if self.height <= 50 else 15

    def frame(self, *, has_picture: bool) -> tuple[int, int, int, int]:
        """Left, top, width and height of where the picture is, or the stripe in the company's colour."""
        edge = self.picture if has_picture else 8
        return (0, 0, edge, self.height) if self.is_beside else (0, 0, self.width, edge)

    def room(self, *, has_picture: bool) -> tuple[int, int, int, int]:
        """Left, top, width and height of where the texts are."""
        _, _, width, height = self.frame(has_picture=has_picture)
        above, beside = self.padding
        left, top = (width + beside, above) if self.is_beside else (beside, height + above)
        return left, top, self.width - left - beside, self.height - top - above - self.foot


def _fonts(headline: Range, offer: Range, code: Range, action: Range) -> Mapping[str, Range]:
    return {HEADLINE: headline, OFFER: offer, CODE: code, ACTION: action}


SIZES = (
    Size(300, 250, 96, _fonts((15, 24), (12, 18), (12, 14), (13, 15)), (8, 14), 5),
    Size(
        728, 90, 150, _fonts((14, 24), (13, 18), (12, 14), (13, 16)), (8, 18), 4, is_row=True, is_beside=True
    ),
    Size(160, 600, 240, _fonts((15, 24), (13, 19), (11, 13), (12, 15)), (14, 12), 10),
    Size(300, 600, 270, _fonts((18, 34), (14, 24), (14, 18), (14, 18)), (18, 20), 10),
    Size(
        320, 50, 50, _fonts((12, 16), (11, 13), (11, 11), (11, 13)), (4, 8), 1, is_row=True, is_beside=True,
        stacked=(HEADLINE, OFFER), optional=(OFFER,), never=(CODE,),
    ),
    Size(970, 250, 400, _fonts((20, 40), (16, 28), (14, 22), (15, 20)), (18, 34), 9, is_beside=True),
)  # fmt: skip
