"""The truth of a population in its file, and answers drawn from it. Nothing here is ever written to the database."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .behaviour import CHANNELS
from .history import basket_cents

NO_CONTACT = -1
EMAIL, BANNER, SOCIAL, PRINT_MAILING, DIRECT_POST = range(len(CHANNELS))
# E-mails bounce and letters come back; who is not reached buys as if not contacted.
REACHED = np.array([0.99, 1.0, 1.0, 0.99, 1.0])
CLICK_RATE = np.array([0.10, 0.03, 0.06, 0.0, 0.0])  # of those who saw it
SCAN_RATE = np.array([0.0, 0.0, 0.0, 0.04, 0.01])
REDEEM_RATE = np.array([0.50, 0.15, 0.25, 0.60, 0.45])  # of buyers who saw it
SHOWN_SEEN_RATE = 0.7  # of banners and posts; letters and leaflets are seen by whom they reach
NUMBER_LENGTH = 9  # of a customer number
RECORD = np.dtype(
    [
        ("customer_numbers", f"S{NUMBER_LENGTH}"),
        ("baseline", "f4"),
        ("uplift", "f4", (len(CHANNELS),)),
        ("basket_euro", "f4"),
        ("open_rate", "f4"),
        ("online", "f4"),
    ]
)


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
        wanted = np.asarray(customer_numbers, dtype=str)
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
        luck = np.random.default_rng([seed, 77]).random((8, len(choice)))
        reached = (choice != NO_CONTACT) & (luck[0] < REACHED[choice])
        bought = luck[1] < self.baseline + np.where(reached, self._uplift_of(choice), 0)
        because = bought & (luck[1] >= self.baseline)
        # Whoever buys because of a contact has seen it, and whoever buys has followed it more often than others.
        saw = reached & (because | (luck[2] < self._seen_rate(choice)))
        values = basket_cents(np.random.default_rng([seed, 78]), self.basket_euro)
        return Answers(
            reached=reached,
            bounced=(choice == EMAIL) & ~reached,
            returned=(choice == PRINT_MAILING) & ~reached,
            opened=saw & (choice <= SOCIAL),
            clicked=saw & (luck[4] < CLICK_RATE[choice] * np.where(bought, 5, 1)),
            scanned=saw & (luck[5] < SCAN_RATE[choice] * np.where(bought, 6, 1)),
            bought=bought,
            value_cents=np.where(bought, values, 0),
            bought_online=bought & (luck[6] < self.online),
            redeemed=bought & saw & (luck[3] < REDEEM_RATE[choice]),
            days_later=1 + 12 * luck[7] ** 1.5,
        )

    def save(self, path: Path) -> None:
        with writing(path, customers=len(self.baseline)) as write:
            write(self)

    def _uplift_of(self, choice: np.ndarray) -> np.ndarray:
        return np.where(choice == NO_CONTACT, 0.0, self.uplift[np.arange(len(choice)), choice])

    def _added(self, choice: np.ndarray) -> np.ndarray:
        choice = np.asarray(choice)
        self._check(choice)
        return self._uplift_of(choice) * np.where(choice == NO_CONTACT, 1.0, REACHED[choice])

    def _seen_rate(self, choice: np.ndarray) -> np.ndarray:
        return np.select([choice == EMAIL, choice <= SOCIAL], [self.open_rate, SHOWN_SEEN_RATE], 1.0)

    def _check(self, choice: np.ndarray) -> None:
        if choice.shape != self.baseline.shape:
            raise ValueError(
                f"choice must have one entry for each of {len(self.baseline)} customers, got {choice.shape}"
            )
        if len(choice) and not (choice.min() >= NO_CONTACT and choice.max() < len(CHANNELS)):
            raise ValueError(f"choice must be between {NO_CONTACT} and {len(CHANNELS) - 1}")


def path(folder: Path, *, seed: int, customers: int) -> Path:
    """Where the truth of a population lies, below a folder such as settings.VAR; another population, another file."""
    return folder / "population" / f"truth-{seed}-{customers}.npy"


@contextmanager
def writing(path: Path, *, customers: int) -> Iterator[Callable[[Truth], None]]:
    """Write a truth part by part, so that it is never in memory as a whole. It is there when all of it is, or not at all.

    Only the owner may read the file and its folder: nothing that the platform serves or backs up should come across it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    handle, partial = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            header: dict[str, Any] = {"descr": RECORD.descr, "fortran_order": False, "shape": (customers,)}
            np.lib.format.write_array_header_1_0(file, header)
            yield lambda part: file.write(_records(part).tobytes())
        Path(partial).replace(path)
    finally:
        Path(partial).unlink(missing_ok=True)


def _records(truth: Truth) -> np.ndarray:
    if np.char.str_len(truth.customer_numbers).max(initial=0) > NUMBER_LENGTH:
        raise ValueError(f"customer_numbers must have at most {NUMBER_LENGTH} characters")
    records = np.empty(len(truth.baseline), dtype=RECORD)
    for name in RECORD.names:
        records[name] = getattr(truth, name)
    return records


def load(file: Path) -> Truth:
    records = np.load(file, allow_pickle=False, mmap_mode="r")
    columns = {name: np.ascontiguousarray(records[name]) for name in RECORD.names}
    return Truth(**columns | {"customer_numbers": columns["customer_numbers"].astype(str)})
