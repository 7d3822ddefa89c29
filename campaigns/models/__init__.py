"""What staff know and define. Depends on no other room; the other rooms may depend on it."""

from .audiences import Audience
from .campaigns import Campaign, ContactLimit, Option, Wave, WaveContent, WaveState
from .consent import Consent, Ground, Objection, Suppression, SuppressionReason
from .content import Content, ContentVersion
from .customers import Customer, DeliveryArea, Household, Identifier, IdentifierKind, JourneyStage, Salutation
from .events import Event, EventKind
from .imports import ImportKind, ImportMapping, ImportRun
from .service import ServiceCase

__all__ = [
    "Audience",
    "Campaign",
    "Consent",
    "ContactLimit",
    "Content",
    "ContentVersion",
    "Customer",
    "DeliveryArea",
    "Event",
    "EventKind",
    "Ground",
    "Household",
    "Identifier",
    "IdentifierKind",
    "ImportKind",
    "ImportMapping",
    "ImportRun",
    "JourneyStage",
    "Objection",
    "Option",
    "Salutation",
    "ServiceCase",
    "Suppression",
    "SuppressionReason",
    "Wave",
    "WaveContent",
    "WaveState",
]
