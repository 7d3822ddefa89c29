"""The dispatch ledger: the only writer of dispatch states, every move a conditional UPDATE along ARROWS.

    queued -> claimed -> sending -> sent | handed_over | failed | bounced | uncertain
                                    queued again, later, after a temporary refusal
    handed_over -> sent, sent -> delivered, and both -> bounced, as the provider reports

A claim is a short transaction; what is given away is marked `sending` before, and recorded after. Whoever dies in
between leaves `sending`, which becomes `uncertain` and is never sent again unless a person says that it had not left.
"""

from .arrows import ARROWS
from .outcomes import Outcome, outcome_of
from .overtaking import cancel
from .queueing import queue
from .reading import counts, due_channels, due_in, is_open
from .sending import (
    MOST_LOST,
    Claim,
    Turn,
    begin,
    claim,
    claim_more,
    give_back,
    is_stopped,
    postpone,
    record,
    resume_all,
    stop_all,
    turn,
)
from .settling import LedgerError, resolve, settle, settle_each
from .upkeep import cancel_wave, doubt_stale, expire_overdue, release_stale, stop_objected, suspect
from .weeks import wait_for_weeks

__all__ = [
    "ARROWS",
    "MOST_LOST",
    "Claim",
    "LedgerError",
    "Outcome",
    "Turn",
    "begin",
    "cancel",
    "cancel_wave",
    "claim",
    "claim_more",
    "counts",
    "doubt_stale",
    "due_channels",
    "due_in",
    "expire_overdue",
    "give_back",
    "is_open",
    "is_stopped",
    "outcome_of",
    "postpone",
    "queue",
    "record",
    "release_stale",
    "resolve",
    "resume_all",
    "settle",
    "settle_each",
    "stop_all",
    "stop_objected",
    "suspect",
    "turn",
    "wait_for_weeks",
]
