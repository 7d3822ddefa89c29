"""The channels that staff choose from. This room knows none: whoever does tells them at start, and forms ask here."""

_known: list[tuple[str, str]] = []


def tell(choices: list[tuple[str, str]]) -> None:
    """Name and label of every channel."""
    _known[:] = choices


def known() -> list[tuple[str, str]]:
    return list(_known)


def with_all(label: str) -> list[tuple[str, str]]:
    """Those, and before them the empty choice."""
    return [("", label), *_known]
