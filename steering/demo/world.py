"""The people of the demo: who they are in the database, and how each of them responds, which only the demo knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from campaigns.models import Customer
from steering.population.behaviour import CHANNELS
from steering.population.newcomers import Newcomers
from steering.population.truth import NO_CONTACT, Truth

from .errors import DemoError

COLUMN = {channel: column for column, channel in enumerate(CHANNELS)}


@dataclass(frozen=True, eq=False)
class World:
    """`customer_ids` are the database's, in the order of the truth's customers."""

    data: str  # "synthetic", or the name of the file
    truth: Truth
    customer_ids: np.ndarray
    assumptions: tuple[str, ...] = ()  # what of the truth is assumed rather than measured, for people to read
    currency: str = "EUR"
    newcomers: Newcomers | None = None  # who will become a customer; None: that is not staged

    def __len__(self) -> int:
        return len(self.customer_ids)

    @cached_property
    def _order(self) -> np.ndarray:
        return np.argsort(self.customer_ids)

    def rows(self, customer_ids: Sequence[int] | np.ndarray) -> np.ndarray:
        """The truth's rows of customers of the database."""
        wanted = np.asarray(customer_ids, dtype=np.int64)
        ordered = self.customer_ids[self._order]
        places = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
        if strangers := np.count_nonzero(ordered[places] != wanted):
            raise DemoError(f"{strangers} customers of the database are not of the demo's population")
        return self._order[places]

    def choice(self, channels: Mapping[int, str]) -> np.ndarray:
        """What everybody gets, as the truth takes it, from the channel by customer id."""
        choice = np.full(len(self), NO_CONTACT)
        if channels:
            choice[self.rows(list(channels))] = [COLUMN[channel] for channel in channels.values()]
        return choice


def meet(
    truth: Truth,
    *,
    data: str,
    assumptions: tuple[str, ...] = (),
    currency: str = "EUR",
    newcomers: Newcomers | None = None,
) -> World:
    """Find the truth's customers in the database. Raises DemoError where one is missing."""
    ids = dict(Customer.objects.values_list("customer_number", "id"))
    missing = [number for number in truth.customer_numbers.tolist() if number not in ids]
    if missing:
        raise DemoError(f"{len(missing)} customers of {data} are not in the database, e.g. {missing[0]}")
    customer_ids = np.array([ids[number] for number in truth.customer_numbers.tolist()])
    return World(data, truth, customer_ids, assumptions, currency, newcomers)
