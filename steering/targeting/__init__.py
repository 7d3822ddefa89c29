"""What a contact would add: uplift from logged decisions, honest evaluation, and exploration that keeps it possible."""

from .store import UntrustedModelError, dumps, loads
from .uplift import UpliftModel

__all__ = ["UntrustedModelError", "UpliftModel", "dumps", "loads"]
