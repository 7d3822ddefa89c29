"""What comes back by post about people's addresses: pieces that were returned, and new addresses."""

from .reasons import CODES, ReturnReason

__all__ = ["CODES", "ReturnReason"]
