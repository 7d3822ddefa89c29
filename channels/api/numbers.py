"""Numbers that stand in addresses."""


def whole_number(text: str) -> int | None:
    """What an id or a cursor of ours looks like."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
