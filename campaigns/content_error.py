"""What is wrong with a content, and where."""


class ContentError(ValueError):
    """`path` leads to the offending place: `blocks[2].overrides.banner.text`, or a block by its id: `offer.coupon`."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}" if path else reason)
        self.path = path
        self.reason = reason
