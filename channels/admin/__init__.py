"""The admin of what leaves: the ledger, vendors with their jobs, keys of machines, accounts at networks, lists and posts."""

from . import (
    bounces,
    dispatches,
    inbound,
    keys,
    mail_providers,
    networks,
    pace,
    posts,
    print_jobs,
    seeds,
    sending_stops,
    social_lists,
    suppressions,
    testimonials,
    vendors,
)

__all__ = [
    "bounces",
    "dispatches",
    "inbound",
    "keys",
    "mail_providers",
    "networks",
    "pace",
    "posts",
    "print_jobs",
    "seeds",
    "sending_stops",
    "social_lists",
    "suppressions",
    "testimonials",
    "vendors",
]
