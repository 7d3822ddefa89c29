"""What it costs and how long it takes to have something printed and posted, and how it is sorted for that."""

from .sorting import bundles, bundles_sql, sort_key_sql, sorted_sql

__all__ = ["bundles", "bundles_sql", "sort_key_sql", "sorted_sql"]
