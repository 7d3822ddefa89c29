"""What staff know and define. Depends on no other room; the other rooms may depend on it."""

from .assets import Asset, AssetKind
from .audiences import Audience
from .campaign_rules import CampaignRule, Measure, Scope, Sense
from .campaigns import Campaign, ContactLimit, Exploration, Option, Wave, WaveContent, WaveState
from .consent import Consent, Ground, Objection, Suppression, SuppressionReason
from .content import Content, ContentVersion
from .customers import Customer, DeliveryArea, Household, Identifier, IdentifierKind, JourneyStage, Salutation
from .events import Event, EventKind
from .imports import ImportKind, ImportMapping, ImportRun
from .service import ServiceCase
from .time_outs import TimeOut

__all__ = [
    "Asset",
    "AssetKind",
    "Audience",
    "Campaign",
    "CampaignRule",
    "Consent",
    "ContactLimit",
    "Content",
    "ContentVersion",
    "Customer",
    "DeliveryArea",
    "Event",
    "EventKind",
    "Exploration",
    "Ground",
    "Household",
    "Identifier",
    "IdentifierKind",
    "ImportKind",
    "ImportMapping",
    "ImportRun",
    "JourneyStage",
    "Measure",
    "Objection",
    "Option",
    "Salutation",
    "Scope",
    "Sense",
    "ServiceCase",
    "Suppression",
    "SuppressionReason",
    "TimeOut",
    "Wave",
    "WaveContent",
    "WaveState",
]
