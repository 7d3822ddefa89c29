"""What may be told and kept without a thought of privacy: numbers, and short names that we or a machine made up."""

import re
from collections.abc import Mapping
from typing import Any

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+-]{0,99}")


def checked(facts: Mapping[str, Any]) -> dict[str, Any]:
    """A copy. Raises ValueError for anything else, such as a text with blanks, an e-mail address or a nested value."""
    for name, value in facts.items():
        is_plain = value is None or isinstance(value, bool | int) or (isinstance(value, str) and is_name(value))
        if not is_plain:
            raise ValueError(f"{name} must be a number or a short name of letters, digits and ._:/+-")
    return dict(facts)


def is_name(text: str) -> bool:
    return bool(NAME.fullmatch(text))
