"""Vendors who would rather be told than ask: announce() writes it down, and a worker tells them after the commit."""

from .announcing import announce

__all__ = ["announce"]
