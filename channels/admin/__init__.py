"""The admin of what leaves: the ledger, vendors with their jobs, keys of machines, and lists for social networks."""

from . import dispatches, keys, print_jobs, social_lists, vendors

__all__ = ["dispatches", "keys", "print_jobs", "social_lists", "vendors"]
