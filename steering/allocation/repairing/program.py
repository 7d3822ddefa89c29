"""A part of a problem as an integer program: some customers and areas are free, all others stay as a draft has them."""

from dataclasses import dataclass, field

import numpy as np
import scipy  # which loads its parts when they are asked for

from .draft import Draft
from .quiet import quiet


@dataclass
class Program:
    """Columns are pairs of free customers, then (area, area option), then one switch per minimum run that is free."""

    size: int
    entries: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = field(default_factory=list)
    most: list[float] = field(default_factory=list)

    def add(self, group: np.ndarray, columns: np.ndarray, weights: np.ndarray, most: np.ndarray) -> None:
        """One row 'sum <= most' per group number."""
        self.entries.append((len(self.most) + group, columns, weights))
        self.most.extend(np.asarray(most, dtype=float))

    def add_row(self, columns: np.ndarray, weights: np.ndarray, most: float) -> None:
        self.add(np.zeros(columns.size, dtype=np.int64), columns, weights, np.array([most]))

    def constraint(self, more: int = 0) -> list["scipy.optimize.LinearConstraint"]:
        if not self.most:
            return []
        rows, columns, weights = (np.concatenate(parts) for parts in zip(*self.entries, strict=True))
        matrix = scipy.sparse.coo_array((weights, (rows, columns)), shape=(len(self.most), self.size + more)).tocsc()
        return [scipy.optimize.LinearConstraint(matrix, -np.inf, np.array(self.most))]

    def solve(self, gains: np.ndarray, whole: np.ndarray, *, nodes: int, gap: float) -> "scipy.optimize.OptimizeResult":
        """Most of `gains` (columns,); `whole` (columns,) which are 0 or 1, the others at least 0. Deterministic."""
        top = np.where(whole, 1.0, np.inf)
        options = {"node_limit": nodes, "mip_rel_gap": gap}
        with quiet():
            return scipy.optimize.milp(
                -gains,
                constraints=self.constraint(gains.size - self.size),
                integrality=whole.astype(int),
                bounds=scipy.optimize.Bounds(0.0, top),
                options=options,
            )

    def relaxed(self, gains: np.ndarray, limited: np.ndarray) -> np.ndarray | None:
        """Most of `gains` when columns may be split; those that are not `limited` to 1 are at least 0."""
        top = np.where(limited, 1.0, np.inf)
        found = self.constraint(gains.size - self.size)
        answer = scipy.optimize.linprog(
            -gains,
            A_ub=found[0].A if found else None,
            b_ub=found[0].ub if found else None,
            bounds=np.column_stack([np.zeros(gains.size), top]),
            method="highs",
        )
        return answer.x


class Core:
    """Customers `rows` are free to choose what `may` (m, rows) says; areas to be closed or what `may_open` (areas, O) says.

    Minimum runs are free where areas are. What the draft has of a free area is among what it may have.
    """

    def __init__(self, draft: Draft, rows: np.ndarray, may: np.ndarray, may_open: np.ndarray | None = None) -> None:
        layout = draft.layout
        self.draft, self.layout, self.rows = draft, layout, rows
        self.place, self.option = np.nonzero(may.T)
        self.who = rows[self.place]
        self.areas = self.kinds = np.empty(0, dtype=np.int64)
        if may_open is not None and layout.leaflets is not None:
            self.areas, self.kinds = np.nonzero(may_open & ~layout.leaflets.shut(draft.case.closed))
        undecided = (layout.runs > 0) & ~layout.begun & ~draft.case.closed & ~draft.case.required
        self.switched = np.flatnonzero(undecided) if may_open is not None else np.empty(0, dtype=np.int64)
        self.pairs = self.who.size
        self.size = self.pairs + self.areas.size + self.switched.size
        self.use = layout.sums.uses(self.who, self.option)
        if self.areas.size:
            self.use = np.vstack([self.use, layout.leaflets.use[:, self.areas, self.kinds].T])

    def rest(self) -> tuple[np.ndarray, float]:
        """Use (R,) and value of everything that is not free."""
        rest = Draft(self.layout, self.draft.case, self.draft.picks, self.draft.opened)
        rest.picks[:, self.rows] = -1
        rest.opened[self.areas, self.kinds] = False
        rest.count()
        return rest.used, rest.value

    def gains(self) -> np.ndarray:
        gains = np.zeros(self.size)
        gains[: self.pairs] = self.layout.values[self.option, self.who]
        if self.areas.size:
            gains[self.pairs : self.pairs + self.areas.size] = self.layout.leaflets.values[self.areas, self.kinds]
        return gains

    def program(self, room: np.ndarray, *, elastic: bool = False) -> Program:
        """`room` (R,) for what is free; `elastic`: a column more per finite row takes what it lacks."""
        program = Program(self.size)
        for add in (self._customers, self._leaflets, self._homes, self._personal, self._runs):
            add(program)
        for number, row in enumerate(np.flatnonzero(np.isfinite(room))):
            columns = np.flatnonzero(self.use[:, row])
            weights = self.use[columns, row]
            if elastic:
                columns, weights = np.append(columns, self.size + number), np.append(weights, -1.0)
            program.add_row(columns, weights, room[row])
        return program

    def _customers(self, program: Program) -> None:
        for slot in self.layout.slots:
            mine = np.flatnonzero(np.isin(self.option, slot))
            program.add(self.place[mine], mine, np.ones(mine.size), np.ones(self.rows.size))
        if self.layout.contacts is not None:
            most = self.layout.contacts[self.rows].astype(float)
            program.add(self.place, np.arange(self.pairs), np.ones(self.pairs), most)

    def _leaflets(self, program: Program) -> None:
        leaflets = self.layout.leaflets
        if not self.areas.size:
            return
        columns = self.pairs + np.arange(self.areas.size)
        for group in leaflets.groups:
            mine = np.isin(self.kinds, group)
            areas, number = np.unique(self.areas[mine], return_inverse=True)
            if len(group) > 1:
                program.add(number, columns[mine], np.ones(number.size), np.ones(areas.size))
        if leaflets.on_top:
            return
        contacts = self.layout.contacts
        most = float(len(self.layout.slots) if contacts is None else contacts.max(initial=1))
        for kind, covered in enumerate(leaflets.covered):
            opens = np.full(leaflets.n_areas, -1)
            opens[self.areas[self.kinds == kind]] = columns[self.kinds == kind]
            members = np.flatnonzero(covered[self.rows])
            members = members[opens[leaflets.area[self.rows[members]]] >= 0]
            number = np.full(self.rows.size, -1)
            number[members] = np.arange(members.size)
            pairs = np.flatnonzero(number[self.place] >= 0)
            program.add(
                np.concatenate([number[self.place[pairs]], np.arange(members.size)]),
                np.concatenate([pairs, opens[leaflets.area[self.rows[members]]]]),
                np.concatenate([np.ones(pairs.size), np.full(members.size, most)]),
                np.full(members.size, most),
            )

    def _homes(self, program: Program) -> None:
        homes = self.layout.homes
        if not homes.rows.size:
            return
        home = np.full(self.layout.n, -1)
        home[homes.rows] = homes.home
        pairs = np.flatnonzero(homes.is_printed[self.option] & (home[self.who] >= 0))
        others = self.draft.picks.copy()
        others[:, self.rows] = -1
        printed = np.append(homes.is_printed, False)[others[:, homes.rows]].sum(axis=0)
        taken = np.bincount(homes.home, weights=printed, minlength=homes.left.size)
        used, number = np.unique(home[self.who[pairs]], return_inverse=True)
        program.add(number, pairs, np.ones(pairs.size), (homes.left - taken)[used])

    def _personal(self, program: Program) -> None:
        for bound in () if self.layout.personal is None else self.layout.personal.bounds:
            weights = bound.amounts(self.rows)[self.option, self.place]
            pairs = np.flatnonzero(weights)
            program.add(self.place[pairs], pairs, weights[pairs], bound.most[self.rows])

    def _runs(self, program: Program) -> None:
        """Nothing, or at least so many: the switch of an option lets pieces be, and asks for enough of them."""
        users = self.pairs + self.areas.size
        fixed = -self.rest()[0] if self.switched.size else np.empty(0)
        for number, option in enumerate(self.switched):
            others = fixed[self.layout.run_rows[option]]
            pieces = -self.use[:, self.layout.run_rows[option]]
            columns, run = np.flatnonzero(pieces), self.layout.runs[option]
            with_switch = np.append(columns, users + number)
            program.add_row(with_switch, np.append(-pieces[columns], run), others)
            program.add_row(with_switch, np.append(pieces[columns], -max(pieces.sum() + others, run)), -others)

    def apply(self, found: np.ndarray) -> Draft:
        """The draft with the free part as the program has it."""
        draft = Draft(self.layout, self.draft.case, self.draft.picks, self.draft.opened)
        draft.picks[:, self.rows] = -1
        slot_of = np.zeros(self.layout.values.shape[0], dtype=np.int64)
        for number, slot in enumerate(self.layout.slots):
            slot_of[list(slot)] = number
        taken = np.flatnonzero(found[: self.pairs] > 0.5)
        draft.picks[slot_of[self.option[taken]], self.who[taken]] = self.option[taken]
        if self.areas.size:
            opened = found[self.pairs : self.pairs + self.areas.size] > 0.5
            draft.opened[self.areas, self.kinds] = opened
        draft.count()
        return draft
