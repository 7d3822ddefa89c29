"""Some pages of a PDF, as they were set; what the others hold is not in the result."""

import io
from collections.abc import Sequence
from pathlib import Path

from pypdf import PdfReader, PdfWriter


def kept(path: Path, numbers: Sequence[int]) -> bytes:
    """The pages with these numbers, counted from 1, in this order."""
    source, out = PdfReader(path), PdfWriter()
    for number in numbers:
        out.add_page(source.pages[number - 1])  # takes along what the page refers to, and nothing else
    data = io.BytesIO()
    out.write(data)
    return data.getvalue()
