"""Whether a plan keeps every rule of its problem, counted customer by customer as the docstring of Problem states them."""

from collections import Counter

import numpy as np

TOLERANCE = 1e-6


class Referee:
    def __init__(self, problem, chosen, opened):
        self.problem = problem
        self.n, self.m = problem.values.shape
        self.leaflets = tuple(problem.area_options) or (() if problem.area_option is None else (problem.area_option,))
        shape = (problem.n_areas, len(self.leaflets))
        self.chosen, self.opened = chosen, np.asarray(opened).reshape(shape)
        self.costs = np.broadcast_to(problem.costs, (self.n, self.m))
        self.contact_limit = np.broadcast_to(problem.contact_limit, self.n)
        self.campaigns = np.zeros(self.m, int) if problem.campaigns is None else np.asarray(problem.campaigns)
        self.locked = np.zeros((self.n, self.m), bool) if problem.locked is None else problem.locked
        self.area_costs, self.area_pieces = (self._by_kind(a) for a in (problem.area_costs, problem.area_pieces))
        self.cover = Counter(
            (problem.area[i], k) for k in range(len(self.leaflets)) for i in range(self.n) if self.covers(i, k)
        )

    def broken(self):
        """Names of what the plan breaks."""
        checks = (self.areas, self.customers, self.households, self.shared, self.rules, self.runs)
        return {name for check in checks for name in check()}

    @property
    def value(self):
        known = np.where(self.problem.values > -np.inf, self.problem.values, 0.0)
        return float(known[self.chosen].sum(dtype=float) + self.net_of_areas())

    def net_of_areas(self):
        if not self.leaflets:
            return 0.0
        own = self._by_kind(
            np.zeros(self.problem.n_areas) if self.problem.area_values is None else self.problem.area_values
        )
        covers = np.array([[self.cover[a, k] > 0 for k in range(own.shape[1])] for a in range(own.shape[0])])
        return float((np.where(covers.reshape(own.shape), own, 0.0) - self.area_costs)[self.opened].sum())

    def covers(self, i, k):
        eligible = self.problem.area[i] >= 0 and self.problem.values[i, self.leaflets[k]] > -np.inf
        return eligible and (self.problem.on_top or self.contact_limit[i] > 0)

    def personal(self, i):
        return [j for j in range(self.m) if self.chosen[i, j] and j not in self.leaflets]

    def areas(self):
        for k, j in enumerate(self.leaflets):
            for i in range(self.n):
                reached = self.covers(i, k) and self.opened[self.problem.area[i], k]
                if reached != self.chosen[i, j]:
                    yield "area"
        for a in range(self.problem.n_areas):
            campaigns = [self.campaigns[j] for k, j in enumerate(self.leaflets) if self.opened[a, k]]
            if len(campaigns) > (len(set(campaigns)) if self.problem.on_top else 1):
                yield "leaflets"
        if (
            self.problem.locked_areas is not None
            and (self.problem.locked_areas.reshape(self.opened.shape) & ~self.opened).any()
        ):
            yield "locked area"

    def customers(self):
        for i in range(self.n):
            got = self.personal(i)
            if len(got) > self.contact_limit[i]:
                yield "contact limit"
            if len({self.campaigns[j] for j in got}) < len(got):
                yield "campaign"
            if got and not self.problem.on_top and self.chosen[i].sum() > len(got):
                yield "leaflet and more"
            if any(self.problem.values[i, j] == -np.inf and not self.locked[i, j] for j in got):
                yield "eligible"
            if (self.locked[i] & ~self.chosen[i]).any():
                yield "locked"
            for rule in self.problem.personal_rules:
                if self._personal(rule, i, got) > np.broadcast_to(rule.most, self.n)[i] + TOLERANCE:
                    yield rule.name

    def households(self):
        if self.problem.household is None:
            return
        letters = Counter()
        for i in np.flatnonzero(np.asarray(self.problem.household) >= 0):
            letters[self.problem.household[i]] += sum(j in self.problem.print_options for j in self.personal(i))
        if any(count > self.problem.household_limit for count in letters.values()):
            yield "household"

    def shared(self):
        spent = sum(self.costs[i, j] for i in range(self.n) for j in self.personal(i))
        if self.leaflets:
            spent += self.area_costs[self.opened].sum()
        if spent > self.problem.budget * (1 + 1e-9) + TOLERANCE:
            yield "budget"
        capacities = np.full(self.m, np.inf) if self.problem.capacities is None else self.problem.capacities
        for j in np.flatnonzero(self.pieces() > capacities + TOLERANCE):
            yield f"capacity {j}"

    def rules(self):
        for rule in self.problem.rules:
            total = self._total(rule)
            bound = rule.bound if rule.of is None else rule.bound * self._total(rule.of)
            slack = TOLERANCE * (1 + abs(bound))
            if (total > bound + slack) if rule.sense == "at most" else (total < bound - slack):
                yield rule.name

    def runs(self):
        if self.problem.minimum_runs is not None:
            pieces = self.pieces()
            for j in np.flatnonzero((pieces > 0) & (pieces < np.asarray(self.problem.minimum_runs) - TOLERANCE)):
                yield f"minimum run {j}"

    def pieces(self):
        pieces = self.chosen.sum(axis=0).astype(float)
        for k, j in enumerate(self.leaflets):
            pieces[j] = self.area_pieces[self.opened[:, k], k].sum()
        return pieces

    def _by_kind(self, given):
        if not self.leaflets:
            return None
        given = np.asarray(given, dtype=float)
        return np.repeat(given[:, None], len(self.leaflets), axis=1) if given.ndim == 1 else given

    def _personal(self, rule, i, got):
        if rule.customers is not None and not rule.customers[i]:
            return 0.0
        counted = [j for j in got if rule.options is None or rule.options[j]]
        return len(counted) if rule.amount == "count" else sum(self.costs[i, j] for j in counted)

    def _total(self, rule):
        return sum(
            self._amount(rule.amount, i, j)
            for i, j in zip(*np.nonzero(self.chosen), strict=True)
            if (rule.customers is None or rule.customers[i]) and (rule.options is None or rule.options[j])
        )

    def _amount(self, amount, i, j):
        if not isinstance(amount, str):
            return amount[i] if np.ndim(amount) == 1 else amount[i, j]
        if amount == "value":
            return self.problem.values[i, j] if self.problem.values[i, j] > -np.inf else 0.0
        if j in self.leaflets:
            where = (self.problem.area[i], self.leaflets.index(j))
            return (self.area_pieces if amount == "count" else self.area_costs)[where] / self.cover[where]
        return 1.0 if amount == "count" else self.costs[i, j]
