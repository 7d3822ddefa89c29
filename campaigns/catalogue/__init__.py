"""The products of the shop: read from its feed, shown in lists of products, never shown while they are not to be had.

    read(path, name="feed.csv", pictures={"tisch.jpg": path}, is_whole=True)   -> Imported      (importing.py)
    own_lists({7: {"recommended": ["4711"]}}, {"recommended"})                 -> by customer   (lists.py)
    search("tisch")                                                            -> products      (showing.py)

A block's row names a product by its id, `{"product": "4711"}`; a customer's attribute may hold ids: ["4711", "4712"].
"""

from .importing import Imported, read
from .lists import named, own_lists
from .rows import FeedError
from .showing import search

__all__ = ["FeedError", "Imported", "named", "own_lists", "read", "search"]
