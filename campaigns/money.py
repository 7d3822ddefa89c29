"""Money is stored as integer cents; people read whole units with two decimals."""

from decimal import Decimal


def shown(cents: float | None, currency: str = "EUR") -> str:
    """1,234.50 EUR"""
    return "" if cents is None else f"{Decimal(round(cents)) / 100:,.2f} {currency}"
