"""Whole numbers that stand in addresses and forms."""

LARGEST = 2**63 - 1  # of an id


def whole_number(text: str) -> int | None:
    """What stands there; None for what can be no id and no place in a list of ours."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(LARGEST))
    return int(text) if is_number and int(text) <= LARGEST else None
