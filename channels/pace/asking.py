"""What a batch of messages asks of the speed limits; and the two questions that sending puts."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Ask:
    """Rates are messages a second, 0: no limit. `of_message` numbers each message's mail host from 1 on.

    Where messages have been shared out among providers, these stand in the hosts' place (`kind`).
    """

    channel: str
    provider: str
    channel_rate: float
    provider_rate: float
    hosts: Sequence[str]
    host_rates: Sequence[float]
    of_message: Sequence[int]
    kind: str = "host"
