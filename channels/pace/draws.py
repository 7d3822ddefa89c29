"""Chances drawn by a hash, as SQL: the same for a customer and a seed, whatever the order of rows or the number of workers."""

BITS = 53  # of a double


def uniform(purpose: int, *, of: str) -> str:
    """SQL: in [0, 1), for the customer whose id the SQL `of` gives; another `purpose`, 0 to 15, is another draw."""
    return f"""
        ((hashint8extended({of}, %(pace_seed)s + {purpose}) >> 11 & ((1::bigint << {BITS}) - 1))
         / (1::bigint << {BITS})::float8)"""
