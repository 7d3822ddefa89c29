"""Delivery areas: read from a carrier's file, their outlines, and who lives in which."""
