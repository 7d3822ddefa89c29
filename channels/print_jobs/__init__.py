"""Print jobs: the only writer of job and item states.

    job    ready -> downloaded -> acknowledged -> in_production -> posted -> reconciled
           beside: rejected, cancelled; back to ready with a new revision when letters are withdrawn before production
    item   planned -> withdrawn | withdrawn_too_late | produced -> posted -> returned, or damaged

Until production starts, a withdrawal rewrites the files as a new revision that the vendor must acknowledge again; after
that it is noted as too late. Every step locks the job's row first, so a withdrawal and the start of production never
pass each other unseen. Lock order everywhere: job, items, dispatches.
"""

from .making import NewItem, Ordered, create, ordered_areas, publish
from .progress import FileCheck, acknowledge, cancel, note_download, post, reject, start_production
from .reports import MOST_AT_ONCE, Report, Result, report
from .steps import BEFORE_PRODUCTION, Refused, allowed
from .withdrawing import Withdrawal, withdraw, withdraw_barred, withdraw_erased, withdrawals

__all__ = [
    "BEFORE_PRODUCTION",
    "MOST_AT_ONCE",
    "FileCheck",
    "NewItem",
    "Ordered",
    "Refused",
    "Report",
    "Result",
    "Withdrawal",
    "acknowledge",
    "allowed",
    "cancel",
    "create",
    "note_download",
    "ordered_areas",
    "post",
    "publish",
    "reject",
    "report",
    "start_production",
    "withdraw",
    "withdraw_barred",
    "withdraw_erased",
    "withdrawals",
]
