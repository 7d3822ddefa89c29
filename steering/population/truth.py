"""The truth of a population in its file, and answers drawn from it. Nothing here is ever written to the database."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .behaviour import CHANNELS
from .history import basket_cents

NO_CONTACT = -1
EMAIL, BANNER, SOCIAL, PRINT_MAILING, DIRECT_POST = range(len(CHANNELS))
# E-mails bounce and letters come back; who is not reached buys as if not contacted.
REACHED = np.array([0.99, 1.0, 1.0, 0.99, 1.0])
CLICK_RATE = np.array([0.10, 0.02, 0.04, 0.0, 0.0])  # of those reached (e-mail: of those who opened)
SCAN_RATE = np.array([0.0, 0.0, 0.0, 0.04, 0.01])
REDEEM_RATE = np.array([0.50, 0.15, 0.25, 0.60, 0.45])  # of buyers who were reached
SEEN_RATE = 0.7  # of banners and posts


@dataclass(frozen=True)
class Answers:
    """What became of one contact (or of none) for each customer; arrays in the order of the truth's customers."""

    reached: np.ndarray
    bounced: np.ndarray
    returned: np.ndarray
    opened: np.ndarray  # e-mail opened, banner or post seen
    clicked: np.ndarray
    scanned: np.ndarray  # QR code
    bought: np.ndarray
    value_cents: np.ndarray  # 0 for whom did not buy
    bought_online: np.ndarray
    redeemed: np.ndarray  # the coupon, with the purchase
    days_later: np.ndarray  # when the purchase happened, within the goal window


@dataclass(frozen=True)
class Truth:
    """Rows are customers in the order of `customer_numbers`, columns are CHANNELS.

    `baseline`: probability of a purchase within 14 days without any contact. `uplift`: what a contact that reaches the
    person adds to it, in the same unit.
    """

    customer_numbers: np.ndarray
    baseline: np.ndarray
    uplift: np.ndarray
    basket_euro: np.ndarray
    open_rate: np.ndarray
    online: np.ndarray

    def rows(self, customer_numbers: np.ndarray | list[str]) -> np.ndarray:
        """The rows of these customers. Raises KeyError for one that is not of this population."""
        wanted = np.asarray(customer_numbers, dtype=self.customer_numbers.dtype)
        rows = np.minimum(np.searchsorted(self.customer_numbers, wanted), len(self.customer_numbers) - 1)
        strangers = wanted[self.customer_numbers[rows] != wanted]
        if len(strangers):
            raise KeyError(f"customer {strangers[0]} is not in this population")
        return rows

    def purchase_probability(self, choice: np.ndarray) -> np.ndarray:
        """For each customer under its choice: a column of `uplift`, or NO_CONTACT."""
        return self.baseline + self._added(choice)

    def expected_margin_cents(self, choice: np.ndarray, margin_share: float) -> np.ndarray:
        """Margin of the goal window before the cost of contacts; what everybody earns anyway is in it."""
        return 100 * margin_share * self.basket_euro * self.purchase_probability(choice)

    def uplift_cents(self, margin_share: float) -> np.ndarray:
        """What each channel adds to the expected margin of each customer, before cost."""
        return 100 * margin_share * self.basket_euro[:, None] * self.uplift * REACHED

    def draw_answers(self, choice: np.ndarray, *, seed: int) -> Answers:
        """One random outcome. With the same seed a customer has the same luck whatever the choice."""
        choice = np.asarray(choice)
        self._check(choice)
        luck = np.random.default_rng([seed, 77]).random((9, len(choice)))
        reached = (choice != NO_CONTACT) & (luck[0] < REACHED[choice])
        bought = luck[1] < self.baseline + np.where(reached, self._uplift_of(choice), 0)
        opened = reached & (luck[2] < self._open_rate(choice))
        may_click = np.where(choice == EMAIL, opened, reached)
        may_scan = reached & (SCAN_RATE[choice] > 0)
        redeemed = bought & reached & (luck[3] < REDEEM_RATE[choice])
        values = basket_cents(np.random.default_rng([seed, 78]), self.basket_euro)
        return Answers(
            reached=reached,
            bounced=(choice == EMAIL) & ~reached,
            returned=(choice == PRINT_MAILING) & ~reached,
            opened=opened,
            # Whoever buys because of a contact has followed it more often than others.
            clicked=may_click & (luck[4] < np.minimum(CLICK_RATE[choice] * np.where(bought, 5, 1), 0.8)),
            scanned=may_scan & (luck[5] < SCAN_RATE[choice] * np.where(bought, 6, 1)),
            bought=bought,
            value_cents=np.where(bought, values, 0),
            bought_online=bought & (luck[6] < self.online),
            redeemed=redeemed,
            days_later=1 + 12 * luck[7] ** 1.5,
        )

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.partial")
        with partial.open("wb") as file:
            np.savez(file, **{name: getattr(self, name) for name in self.__dataclass_fields__})
        partial.replace(path)

    def _uplift_of(self, choice: np.ndarray) -> np.ndarray:
        return np.where(choice == NO_CONTACT, 0.0, self.uplift[np.arange(len(choice)), choice])

    def _added(self, choice: np.ndarray) -> np.ndarray:
        choice = np.asarray(choice)
        self._check(choice)
        return self._uplift_of(choice) * np.where(choice == NO_CONTACT, 1.0, REACHED[choice])

    def _open_rate(self, choice: np.ndarray) -> np.ndarray:
        return np.select([choice == EMAIL, choice <= SOCIAL], [self.open_rate, SEEN_RATE], 0.0)

    def _check(self, choice: np.ndarray) -> None:
        if choice.shape != self.baseline.shape:
            raise ValueError(
                f"choice must have one entry for each of {len(self.baseline)} customers, got {choice.shape}"
            )
        if len(choice) and not (choice.min() >= NO_CONTACT and choice.max() < len(CHANNELS)):
            raise ValueError(f"choice must be between {NO_CONTACT} and {len(CHANNELS) - 1}")


def path(folder: Path, *, seed: int) -> Path:
    """Where the truth of a population lies, below a folder such as settings.VAR."""
    return folder / "population" / f"truth-{seed}.npz"


def load(file: Path) -> Truth:
    with np.load(file, allow_pickle=False) as arrays:
        return Truth(**{name: arrays[name] for name in Truth.__dataclass_fields__})
