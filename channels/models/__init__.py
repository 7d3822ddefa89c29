"""The dispatch ledger, print vendors with their jobs and files, keys of API clients, and social audiences."""

from .keys import ApiKey
from .ledger import FINAL_STATES, Attempt, Dispatch, DispatchState
from .print import (
    IdempotentAnswer,
    JobState,
    MailingFile,
    PrintItem,
    PrintItemState,
    PrintJob,
    PrintReport,
    Vendor,
)
from .social import AudienceFile, AudienceMember

__all__ = [
    "FINAL_STATES",
    "ApiKey",
    "Attempt",
    "AudienceFile",
    "AudienceMember",
    "Dispatch",
    "DispatchState",
    "IdempotentAnswer",
    "JobState",
    "MailingFile",
    "PrintItem",
    "PrintItemState",
    "PrintJob",
    "PrintReport",
    "Vendor",
]
