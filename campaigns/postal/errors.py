"""What comes back by post but cannot be understood."""


class PostalError(ValueError):
    """A report names no known reason, or no address; `field` says which part, and the reason never repeats the value."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}")
        self.field = field
        self.reason = reason
