"""What is to be decided: options, their values and costs, and the limits they share."""

from dataclasses import dataclass, field

import numpy as np

from .households import Households
from .rules import PersonalRule, Rule


@dataclass(frozen=True, eq=False)
class Problem:
    """Choose options for every customer so that the values add up to most, within all limits.

    n customers, m options, all money in cents. float32 or float64.

    values          (n, m) what option j adds for customer i. A personal option's value is net: its own cost is already
                    taken off. An area option's value is gross: its cost is taken off once per opened area.
                    -inf where the customer is not eligible.
    costs           (n, m) or (m,) what a personal option takes from the budget. Area options' columns are ignored.
    budget          money that may be spent; inf for no limit.
    capacities      (m,) pieces per option; inf, or None for all, for no limit.
    rules           sums over filters of customers and options, at most or at least.
    personal_rules  sums per customer, at most.
    household       (n,) any number naming the household, -1 for none. A household gets at most `household_limit`
                    pieces of all `print_options` together.
    campaigns       (m,) number of the campaign of each option, None where all are of one. A customer gets at most one
                    option of a campaign.
    contact_limit   at most so many options per customer over all campaigns, one number or (n,).
    area            (n,) index of the delivery area, -1 for none. A household lies in one area.
    area_options    options that are bought per area (`area_option`: the one there is): opening area a for the kth of
                    them costs area_costs[a, k] cents of the budget and area_pieces[a, k] pieces of its capacity, and
                    every customer in the area who is eligible for it gets it, and nothing else: so one area option
                    at most is opened per area, customers with contact limit 0 get none, and who is not eligible may
                    still get personal options. Amounts are (areas, area options), or (areas,) for all alike.
    area_values     what opening an area adds beside what its customers do, e.g. by people who are none yet; counted
                    where the area covers anybody, and in no rule. Like the amounts; None for nothing.
    on_top          an area option comes on top of personal options, whatever a customer's contact limit; of one
                    campaign at most one is opened per area.
    minimum_runs    (m,) no piece at all, or at least so many; 0 for any number. Area options count area_pieces.
    locked          (n, m) already sent: cannot be taken back, and uses limits, contact limit, campaign and household.
                    Exclusive area options cannot be opened over a customer who has got something else.
    locked_areas    (areas,) or (areas, area options) already bought.
    households      not to be given: what was found when it was checked, for as long as `household` and `area` stay.
    """

    values: np.ndarray
    costs: np.ndarray
    budget: float = np.inf
    capacities: np.ndarray | None = None
    household: np.ndarray | None = None
    print_options: tuple[int, ...] = ()
    area: np.ndarray | None = None
    area_option: int | None = None
    area_costs: np.ndarray | None = None
    area_pieces: np.ndarray | None = None
    area_values: np.ndarray | None = None
    area_options: tuple[int, ...] = ()
    on_top: bool = False
    rules: tuple[Rule, ...] = ()
    personal_rules: tuple[PersonalRule, ...] = ()
    household_limit: int = 1
    campaigns: np.ndarray | None = None
    contact_limit: int | np.ndarray = 1
    minimum_runs: np.ndarray | None = None
    locked: np.ndarray | None = None
    locked_areas: np.ndarray | None = None
    households: Households | None = field(default=None, repr=False)

    @property
    def n_customers(self) -> int:
        return self.values.shape[0]

    @property
    def n_options(self) -> int:
        return self.values.shape[1]

    @property
    def n_areas(self) -> int:
        return 0 if self.area_costs is None else len(self.area_costs)

    @property
    def names(self) -> tuple[str, ...]:
        """(K,) of the limits, in the order of prices, use and limits."""
        return ("budget", *(f"capacity {option}" for option in range(self.n_options)), *(r.name for r in self.rules))

    @property
    def limits(self) -> np.ndarray:
        """(K,) the budget, the capacities, and the bounds of the rules; of a share, what it is a share of times it is 0."""
        capacities = np.full(self.n_options, np.inf) if self.capacities is None else self.capacities
        rules = [0.0 if rule.of is not None else rule.bound for rule in self.rules]
        return np.concatenate([[self.budget], capacities, rules]).astype(float)
