"""What can be wrong with a file as a whole, and with a row of it. No message repeats a value of the file."""


class ImportRefused(Exception):  # noqa: N818 it is an answer, not a failure
    """The file or the mapping cannot be used at all; nothing was imported."""


class ImportFailed(Exception):  # noqa: N818
    """The import broke off; nothing was imported. Says what kind of error it was, without personal data."""


class CellError(ValueError):
    """One cell cannot be read as what it should be; the message completes "<field> ..."."""


class RowError(ValueError):
    """A row cannot be used; `problems` are (field, reason)."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{field} {reason}" for field, reason in problems))
        self.problems = problems
