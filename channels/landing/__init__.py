"""The page behind a personal link, of a letter's QR code for instance: the same story, told from the same blocks.

`page` says what a visitor sees, `render` makes HTML of the blocks as the channel name `landing` shows them.
"""

from .page import Page, of

__all__ = ["Page", "of"]
