"""Print jobs: the only writer of job and item states.

    job    draft -> ready -> downloaded -> acknowledged -> in_production -> printed -> posted -> reconciled -> purged
           beside: rejected, cancelled, expired; back to ready with a new revision when letters are withdrawn
    item   planned -> withdrawn | withdrawn_too_late | produced -> posted -> distributed | moved | returned, or damaged

Until production starts, a withdrawal rewrites the files as a new revision that the vendor must acknowledge again, along
with the list of what was withdrawn from files that it had fetched; after that it is noted as too late. The files of a large
job are rewritten beside, and until they are there its production does not start. Every step locks
the job's row first, so a withdrawal and the start of production never pass each other unseen. Lock order everywhere: job,
items, dispatches.
"""

from .areas import Ordered, ordered_areas
from .deletion import Certificate, certify, purge_over, remind_of_certificates
from .leasing import LASTS, Lease, is_held, lease, release
from .posting import Posting, post
from .progress import FileCheck, acknowledge, finish_printing, note_download, reject, start_production
from .reported import Report, RowError
from .reports import Result, report, report_many
from .steps import BEFORE_PRODUCTION, OFFERED, Refused, allowed
from .stopping import cancel, expire_due, set_cut_off
from .withdrawal_list import acknowledge_withdrawals, withdrawals
from .withdrawing import by_job, withdraw, withdraw_barred, withdraw_erased

__all__ = [
    "BEFORE_PRODUCTION",
    "LASTS",
    "OFFERED",
    "Certificate",
    "FileCheck",
    "Lease",
    "Ordered",
    "Posting",
    "Refused",
    "Report",
    "Result",
    "RowError",
    "acknowledge",
    "acknowledge_withdrawals",
    "allowed",
    "by_job",
    "cancel",
    "certify",
    "expire_due",
    "finish_printing",
    "is_held",
    "lease",
    "note_download",
    "ordered_areas",
    "post",
    "purge_over",
    "reject",
    "release",
    "remind_of_certificates",
    "report",
    "report_many",
    "set_cut_off",
    "start_production",
    "withdraw",
    "withdraw_barred",
    "withdraw_erased",
    "withdrawals",
]
