"""What is refused, in words for people."""


class OfferError(ValueError):
    """A step with offers or codes that is not taken."""


class PoolTooSmallError(OfferError):
    """A plan needs more codes than there are; `lacking` says how many by the offer's slug."""

    def __init__(self, lacking: dict[str, int]) -> None:
        self.lacking = lacking
        told = ", ".join(f"{number:,} of “{slug}”" for slug, number in lacking.items())
        super().__init__(f"codes are missing: {told}; generate or import them, or plan for fewer customers")
