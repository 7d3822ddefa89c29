"""The boxes of pages that will be cut (PDF/X, ISO 15930): what is left of the sheet, and how far ink goes beyond."""

import io

from pypdf import PdfReader, PdfWriter
from pypdf.generic import RectangleObject

BLEED = 3  # millimetres, as print shops ask
POINTS = 72 / 25.4


def written(pdf: bytes) -> bytes:
    """The same pages with BleedBox 3 mm around the TrimBox that typst wrote; the MediaBox holds the crop marks too."""
    out = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    for page in out.pages:
        left, bottom, right, top = (float(side) for side in page.trimbox)
        more = BLEED * POINTS
        page.bleedbox = RectangleObject((left - more, bottom - more, right + more, top + more))
    data = io.BytesIO()
    out.write(data)
    return data.getvalue()
