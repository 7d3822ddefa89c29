"""The admin of what leaves: the ledger, vendors with their jobs, keys of machines, accounts at networks, lists and posts."""

from . import dispatches, keys, networks, pace, posts, print_jobs, social_lists, vendors

__all__ = ["dispatches", "keys", "networks", "pace", "posts", "print_jobs", "social_lists", "vendors"]
