"""Content as ordered blocks, written once, with overrides per channel.

    {"id": "offer", "type": "offer", "title": "20 % auf alles", "coupon": "personal",
     "overrides": {"direct_post": {"coupon": "SOMMER20"}, "banner": {"hidden": true}},
     "languages": {"en": {"title": "20 % off everything", "overrides": {"banner": {"title": "20 % off"}}}},
     "only_if": {"all": [{"field": "attribute_tier", "is": "one_of", "values": ["gold"]}]}}

Block types are declared in `types`, how channels carry them in `carried`; `check` refuses what is wrong, `for_channel`
says what a channel gets in a language, `naming` finds what contents name (offers, testimonials, products), `references`
knows what that says now, `resolving` fills it in, and `schema` describes it all to the editor.
"""

from ..content_error import ContentError
from .carried import CHANNELS, Carried, How
from .check import check, errors
from .overrides import for_channel, languages, layers
from .schema import schema
from .types import BLOCK_TYPES, NEAREST, PERSONAL_COUPON, Kind

__all__ = [
    "BLOCK_TYPES",
    "CHANNELS",
    "NEAREST",
    "PERSONAL_COUPON",
    "Carried",
    "ContentError",
    "How",
    "Kind",
    "check",
    "errors",
    "for_channel",
    "languages",
    "layers",
    "schema",
]
