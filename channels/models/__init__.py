"""The dispatch ledger, print vendors with their jobs and files, keys of API clients, and social audiences."""

from .access import AuditEntry, VendorContact
from .banner import ImpressionCount
from .inbound import FOR_A_PERSON, Bounce, InboundMail
from .keys import VENDOR_SCOPES, ApiKey, Scope
from .ledger import FINAL_STATES, Attempt, Canary, Dispatch, DispatchState, SendingStop
from .link_answers import LinkAnswer
from .mail import MailProvider
from .mailing import EncryptionKey, PrintPart, PrintRow, PrintSeed
from .networks import NetworkAccount, NetworkHealth, NetworkKind
from .pace import CampaignPace, ChosenHour, MailHost, SendHours, SpeedLimit, WarmUp, WarmUpDay, Weekday
from .postage import (
    Depth,
    PostagePrice,
    PostalFormat,
    PostalProduct,
    PriceTable,
    ProductionPrice,
    SortingDiscount,
)
from .postings import PrintPosting
from .posts import PostState, SocialPost
from .print import (
    Edges,
    FileFormat,
    FileKind,
    IdempotentAnswer,
    JobState,
    LetterForm,
    MailingFile,
    PrintItem,
    PrintItemState,
    PrintJob,
    PrintReport,
    Vendor,
)
from .print_proofs import DeletionCertificate, PrintWithdrawal
from .seeds import SeedAddress, SeedCopy, SeedState
from .social import AudienceBatch, AudienceFile, AudienceMember, BatchState
from .webhooks import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookEvent, WebhookType

__all__ = [
    "FINAL_STATES",
    "FOR_A_PERSON",
    "VENDOR_SCOPES",
    "ApiKey",
    "Attempt",
    "AudienceBatch",
    "AudienceFile",
    "AudienceMember",
    "AuditEntry",
    "BatchState",
    "Bounce",
    "CampaignPace",
    "Canary",
    "ChosenHour",
    "DeletionCertificate",
    "Depth",
    "Dispatch",
    "DispatchState",
    "Edges",
    "EncryptionKey",
    "FileFormat",
    "FileKind",
    "IdempotentAnswer",
    "ImpressionCount",
    "InboundMail",
    "JobState",
    "LetterForm",
    "LinkAnswer",
    "MailHost",
    "MailProvider",
    "MailingFile",
    "NetworkAccount",
    "NetworkHealth",
    "NetworkKind",
    "PostState",
    "PostagePrice",
    "PostalFormat",
    "PostalProduct",
    "PriceTable",
    "PrintItem",
    "PrintItemState",
    "PrintJob",
    "PrintPart",
    "PrintPosting",
    "PrintReport",
    "PrintRow",
    "PrintSeed",
    "PrintWithdrawal",
    "ProductionPrice",
    "Scope",
    "SeedAddress",
    "SeedCopy",
    "SeedState",
    "SendHours",
    "SendingStop",
    "SocialPost",
    "SortingDiscount",
    "SpeedLimit",
    "Vendor",
    "VendorContact",
    "WarmUp",
    "WarmUpDay",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
    "WebhookType",
    "Weekday",
]
