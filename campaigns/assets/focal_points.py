"""Where the focal point of a picture lies now, told to what keeps contents that were laid out: a moved one is laid out anew."""

from ..blocks import Kind, references
from .crops import focal


def register() -> None:
    """Whether a picture may be shown is checked with the block's field itself."""
    references.register(Kind.IMAGE, check=lambda value, path: None, fields=fields)


def fields(source: str) -> dict[str, str]:
    left, top = focal(source)
    return {"focal": f"{left},{top}"}
