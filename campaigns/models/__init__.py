"""What staff know and define. Depends on no other room; the other rooms may depend on it."""

from .areas import AreaStreet, AreaWeek, Carrier, DeliveryArea, HouseNumbers
from .assets import Asset, AssetKind
from .audiences import Audience
from .campaign_rules import CampaignRule, Measure, Scope, Sense
from .campaigns import Campaign, ContactLimit, Exploration, Option, Wave, WaveContent, WaveState
from .consent import Consent, Ground, Objection, Suppression, SuppressionReason
from .content import Content, ContentComment, ContentState, ContentVersion
from .customers import Customer, Household, Identifier, IdentifierKind, JourneyStage, Salutation
from .drafts import ContentDraft
from .duplicates import CustomerMerge, DuplicatePair, PairState
from .events import Event, EventKind
from .imports import ImportKind, ImportMapping, ImportRun
from .offers import Coupon, CouponState, CouponUse, Offer, OfferKind, WaveOffer
from .opened_areas import OpenedArea
from .opt_outs import OptOutEntry
from .other_areas import OtherArea
from .past import CustomerPast
from .postal import PostalReport
from .products import Product
from .service import ServiceCase
from .stores import Store
from .testimonials import Naming, Testimonial, TestimonialState
from .time_outs import TimeOut
from .variants import Comparison, Sharing, Variant

__all__ = [
    "AreaStreet",
    "AreaWeek",
    "Asset",
    "AssetKind",
    "Audience",
    "Campaign",
    "CampaignRule",
    "Carrier",
    "Comparison",
    "Consent",
    "ContactLimit",
    "Content",
    "ContentComment",
    "ContentDraft",
    "ContentState",
    "ContentVersion",
    "Coupon",
    "CouponState",
    "CouponUse",
    "Customer",
    "CustomerMerge",
    "CustomerPast",
    "DeliveryArea",
    "DuplicatePair",
    "Event",
    "EventKind",
    "Exploration",
    "Ground",
    "HouseNumbers",
    "Household",
    "Identifier",
    "IdentifierKind",
    "ImportKind",
    "ImportMapping",
    "ImportRun",
    "JourneyStage",
    "Measure",
    "Naming",
    "Objection",
    "Offer",
    "OfferKind",
    "OpenedArea",
    "OptOutEntry",
    "Option",
    "OtherArea",
    "PairState",
    "PostalReport",
    "Product",
    "Salutation",
    "Scope",
    "Sense",
    "ServiceCase",
    "Sharing",
    "Store",
    "Suppression",
    "SuppressionReason",
    "Testimonial",
    "TestimonialState",
    "TimeOut",
    "Variant",
    "Wave",
    "WaveContent",
    "WaveOffer",
    "WaveState",
]
