"""At which step of its price list print is made, and what of it is postage: in words."""

from collections.abc import Mapping
from typing import Any

from campaigns.money import shown
from steering.models import Plan


def price_step_words(plan: Plan, *, currency: str = "") -> list[tuple[str, str]]:
    """An option that names a postal product, and a sentence on what its run costs."""
    currency = currency or plan.wave.campaign.currency
    return [(row["label"], _sentence(row, currency)) for row in plan.options if "price" in row]


def _sentence(row: Mapping[str, Any], currency: str) -> str:
    price = row["price"]
    if not row["pieces"]:
        return f"{price['product']}: no run of it earns what it costs, so none is made."
    parts = [f"{shown(price[f'{name}_cents'], currency)} {name}" for name in ("production", "postage")]
    if price["setup_cents"]:
        parts.insert(0, f"{shown(price['setup_cents'], currency)} set-up")
    cost = shown(row["cost_cents"], currency)
    return f"{price['product']}, at the price {_range(price)}: {row['pieces']:,} pieces come to {cost} ({', '.join(parts)})."


def _range(price: Mapping[str, Any]) -> str:
    least, most = price["step"]["least"], price["most"]
    if most is None:
        return f"from {least:,} pieces on" if least > 1 else "for any number of pieces"
    return f"for {least:,} to {most:,} pieces"
