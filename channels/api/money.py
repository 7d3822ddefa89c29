"""Money in the APIs: a decimal with at most two places, kept as integer cents."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers


class MoneyField(serializers.DecimalField):
    """`"12.50"` outside, 1250 inside."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_digits": 12, "decimal_places": 2} | options)

    def to_internal_value(self, data: Any) -> int:
        return int(super().to_internal_value(data) * 100)

    def to_representation(self, value: int) -> str:
        return super().to_representation(Decimal(value) / 100)
