"""Which experiments are known, and which column of their files means what. Another one of the same form is an entry here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True)
class Arm:
    """What one of the randomised groups got; without a channel, nothing."""

    channel: str = ""
    about: str = ""


@dataclass(frozen=True)
class Experiment:
    """A file with one row a customer, who is in one of the arms, all with the same probability.

    `arm`, `visited`, `bought` and `spent` name columns. The file does not tell when people came, only that it was within
    so many days; all get the same moment, and the events are marked so.
    """

    name: str
    source: str
    started_at: datetime
    days: int
    currency: str
    arm: str
    visited: str
    bought: str
    spent: str
    arms: Mapping[str, Arm]

    @property
    def visited_at(self) -> datetime:
        return self.started_at + timedelta(days=self.days) / 2

    @property
    def bought_at(self) -> datetime:
        return self.visited_at + timedelta(hours=1)

    @property
    def probability(self) -> float:
        """Of each arm."""
        return 1 / len(self.arms)


# By the name of the import mapping that says whose a row is.
EXPERIMENTS = {
    "hillstrom": Experiment(
        name="Hillstrom e-mail experiment",
        source="hillstrom experiment",
        started_at=datetime(2008, 3, 20, tzinfo=UTC),
        days=14,
        currency="USD",
        arm="segment",
        visited="visit",
        bought="conversion",
        spent="spend",
        arms={
            "Mens E-Mail": Arm("email", "merchandise for men"),
            "Womens E-Mail": Arm("email", "merchandise for women"),
            "No E-Mail": Arm(),
        },
    )
}
