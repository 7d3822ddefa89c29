"""(temporary until the content room is there)"""
from . import recipients, registry
def page(sent):
    ch=registry.get(sent.channel)
    return {"text": [b.get("text","") for b in sent.blocks], "coupon": sent.coupon_code, "links":[recipients.tracking.link_url(sent.dispatch_id, i) for i in recipients.linked_blocks(sent.blocks, sent.channel)]}
