"""Blocks as forms: every block a card of fields made from its declaration, read back without losing what no form knows.

    cards.of_blocks(blocks)      -> cards to show        (cards.py)
    reading.blocks_of(data)      -> blocks to save       (reading.py)

A card carries the block as it was when it was drawn; only what somebody changed is taken from its fields. So whatever a
form cannot show (a channel that is gone, the id of an audience that was deleted) survives being opened and saved.
"""
