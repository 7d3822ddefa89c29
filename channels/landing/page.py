"""The page behind the QR code of a letter or leaflet: the same content as it reads online, with coupon and links."""

from campaigns import personalise

from . import recipients, registry
from .sent import Sent, version_blocks

# The page is counted by its own view, so it must not load the picture that counts opened mails.
BLANK = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


def page(sent: Sent) -> str:
    """The responsive HTML of the e-mail channel, for the person and with the links of this dispatch."""
    online, paper = registry.get("email"), registry.get(sent.channel)
    blocks = version_blocks(sent.version_id)
    linked = recipients.linked_blocks(blocks, online.name)
    own = recipients.own_fields(paper, sent.dispatch_id, sent.coupon_code, linked) | {"open_pixel_url": BLANK}
    named = recipients.named_audiences([blocks])
    fields = personalise.fields_for([sent.customer_id], audiences=named)[sent.customer_id] | own
    return str(online.render(blocks, fields).parts["html"])
