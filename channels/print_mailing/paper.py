"""What a letter is printed on: form A or B of DIN 5008, with bleed and crop marks where the printer wants them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .. import page_boxes
from ..models import Edges, Vendor

# Millimetres from the upper edge: the sender's name, where the address window begins, and where to fold.
FORMS: Mapping[str, Mapping[str, Any]] = {
    "A": {"name": 9.5, "window": 27, "folds": [87, 192]},
    "B": {"name": 18, "window": 45, "folds": [105, 210]},
}


@dataclass(frozen=True)
class Paper:
    form: str = "B"
    has_bleed: bool = False  # 3 mm beyond the edges of the sheet
    has_crop_marks: bool = False

    @property
    def data(self) -> Mapping[str, Any]:
        """For the template."""
        bleed = page_boxes.BLEED if self.has_bleed or self.has_crop_marks else 0
        return {"form": FORMS[self.form], "bleed": bleed, "marks": self.has_crop_marks}

    def with_boxes(self, pdf: bytes) -> bytes:
        return page_boxes.written(pdf) if self.has_bleed or self.has_crop_marks else pdf


PAPER = Paper()


def of_vendor(vendor: Vendor) -> Paper:
    return Paper(vendor.letter_form, bool(vendor.letter_edges), vendor.letter_edges == Edges.CROP_MARKS)
