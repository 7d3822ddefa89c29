"""The dispatch ledger, print vendors with their jobs and files, keys of API clients, and social audiences."""

from .banner import ImpressionCount
from .inbound import FOR_A_PERSON, Bounce, InboundMail
from .keys import ApiKey
from .ledger import FINAL_STATES, Attempt, Canary, Dispatch, DispatchState, SendingStop
from .link_answers import LinkAnswer
from .mail import MailProvider
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
from .posts import PostState, SocialPost
from .print import (
    Edges,
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

__all__ = [
    "FINAL_STATES",
    "FOR_A_PERSON",
    "ApiKey",
    "Attempt",
    "AudienceBatch",
    "AudienceFile",
    "AudienceMember",
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
    "PrintReport",
    "PrintWithdrawal",
    "ProductionPrice",
    "SeedAddress",
    "SeedCopy",
    "SeedState",
    "SendHours",
    "SendingStop",
    "SocialPost",
    "SortingDiscount",
    "SpeedLimit",
    "Vendor",
    "WarmUp",
    "WarmUpDay",
    "Weekday",
]
