"""Delivery areas: their outlines and statistics, and who lives in which. Read from carriers' files by campaigns.importing."""

from .placing import Placed, place_customers

__all__ = ["Placed", "place_customers"]
