"""What it costs and how long it takes to have something printed and posted, and how it is sorted for that.

`of_option` says which product an option orders, `tiers` and `unit_cost` what it costs, `sorted_sql` and `bundles` in which
order and bundles the rows of a job are, `bill` what the job then comes to, `lead_days` and `post_by` how long it takes.
"""

from .bills import Bill, bill
from .expiring import refuse_expired
from .lead_times import Lead, LeadTimes, lead_days, of_product, post_by, usual
from .lead_times import of_option as lead_times_of
from .prices import PriceError, Tier, tiers, unit_cost
from .products import SETTINGS, check_option, grams, of_option, ordered, pages_of
from .sorting import Bundle, bundles, bundles_sql, plain, sort_key_sql, sorted_sql

__all__ = [
    "SETTINGS",
    "Bill",
    "Bundle",
    "Lead",
    "LeadTimes",
    "PriceError",
    "Tier",
    "bill",
    "bundles",
    "bundles_sql",
    "check_option",
    "grams",
    "lead_days",
    "lead_times_of",
    "of_option",
    "of_product",
    "ordered",
    "pages_of",
    "plain",
    "post_by",
    "refuse_expired",
    "sort_key_sql",
    "sorted_sql",
    "tiers",
    "unit_cost",
    "usual",
]
