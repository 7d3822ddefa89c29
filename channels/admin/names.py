"""Channels by the names that people use."""

from channels import registry


def label(name: str) -> str:
    """Of a channel that is not registered any more, the name itself."""
    return registry.get(name).label if name in registry.CHANNELS else name
