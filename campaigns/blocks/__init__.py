"""Content as ordered blocks, written once, with overrides per channel.

    {"id": "offer", "type": "offer", "title": "20 % auf alles", "coupon": "personal",
     "overrides": {"direct_post": {"coupon": "SOMMER20"}, "banner": {"hidden": true}}}

Block types are declared in `types`; `check` refuses what is wrong, `for_channel` says what a channel gets, and `schema`
describes it all to the editor.
"""

from ..content_error import ContentError
from .check import check, errors
from .overrides import for_channel
from .schema import schema
from .types import BLOCK_TYPES, PERSONAL_COUPON

__all__ = ["BLOCK_TYPES", "PERSONAL_COUPON", "ContentError", "check", "errors", "for_channel", "schema"]
