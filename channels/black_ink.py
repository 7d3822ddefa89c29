"""Gray pictures, such as QR codes, in black ink alone.

typst gives them a colour profile, by which a press may mix the black from all inks; without it gray is black ink
(PDF 32000-1, 10.3.3). What replaces it is as long, so that everything in the file stays where it is.
"""

import re

USE = re.compile(rb"\[/ICCBased (\d+) 0 R\]")


def written(pdf: bytes) -> bytes:
    grays = {number for number in set(USE.findall(pdf)) if _is_gray(pdf, number)}
    return USE.sub(lambda use: b"/DeviceGray".ljust(len(use[0])) if use[1] in grays else use[0], pdf)


def _is_gray(pdf: bytes, number: bytes) -> bool:
    """Whether this profile has one component."""
    head = re.search(rb"[\r\n]" + number + rb" 0 obj\s*<<(.{0,200}?)>>\s*stream", pdf, re.DOTALL)
    return head is not None and re.search(rb"/N 1\b", head[1]) is not None
