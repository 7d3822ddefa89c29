"""A mapping put together from what each column means; what is missing or contradicts is named by column and reason."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from babel import Locale

from campaigns.models import ImportKind

from . import checking, looking, mappings, readers, schema
from .area_rows import NEEDED as AREAS_NEEDED
from .area_rows import STREETS_NEEDED
from .errors import ImportRefused, RowError
from .looking import Look
from .targets import Target

FIRST_ROWS = 1_000
MOST_PROBLEMS = 20
ONE_AFTER_THE_OTHER = ("identifiers", "hashes")
EVENT = ("kind", "medium", "is_online", "occurred_at")
# What belongs together: when one of them is there, or always.
TOGETHER = ("street", "postcode", "city")
NEEDED = {
    ImportKind.EVENTS: tuple(f"events.{name}" for name in EVENT),
    ImportKind.AREAS: tuple(f"fields.{name}" for name in AREAS_NEEDED),
    ImportKind.STREETS: tuple(f"fields.{name}" for name in STREETS_NEEDED),
}
DATED = frozenset({"fields.born_on", "fields.customer_since_on", "attributes.date", "events.occurred_at"})
SALUTATIONS = {
    "frau": "Frau frau FRAU Fr. Fr Mrs Mrs. Ms Ms. Miss w W f F weiblich female",
    "herr": "Herr herr HERR Herrn Hr. Hr Mr Mr. m M männlich male",
    "familie": "Familie familie FAMILIE Family Fam.",
    "firma": "Firma firma FIRMA Company company",
    "": "divers Divers d D x X unbekannt unknown -",
}
ALLOWED = {"ja": False, "nein": True, "yes": False, "no": True, "1": False, "0": True, "true": False, "false": True} | {
    "Ja": False, "Nein": True, "JA": False, "NEIN": True, "j": False, "n": True, "J": False, "N": True,
    "Yes": False, "No": True, "y": False, "Y": False,
}  # fmt: skip
UNNAMED = frozenset(f"attributes.{as_}" for as_ in ("text", "number", "date", "boolean"))  # called as their column is
FORBIDDEN = re.compile(r"[.\[\]]")  # in the name of an attribute
LONGEST_NAME = 60
# What may be the same for every row, where no column says it.
CONSTANTS = ("events.kind", "events.medium", "events.is_online", "fields.carrier")
NOTHING: Mapping[Any, Any] = {}
Problem = tuple[str, str]  # of a column or a target, and what is wrong


@dataclass(frozen=True)
class Choices:
    """What somebody chose: the target of each column by name, and what no column says by target."""

    kind: str
    source: str
    targets: Mapping[str, str]
    dates: str = "iso"
    decimal: str = "."
    constants: Mapping[str, Any] = field(default_factory=dict)


class Contradiction(Exception):  # noqa: N818 - it is an answer
    """The choices make no mapping; `problems` says why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{name}: {reason}" for name, reason in problems))
        self.problems = problems


def compose(
    choices: Choices, look: Look, among: list[Target], *, saved: Mapping[tuple[str, str], Any] = NOTHING
) -> dict[str, Any]:
    """The definition of a mapping. `saved` is how a target and column are read already. Raises Contradiction."""
    by_target: dict[str, list[str]] = defaultdict(list)
    for column, key in choices.targets.items():
        if key:
            by_target[key].append(column)
    labels = {one.key: one for one in among}
    if problems := _contradictions(choices, by_target, labels):
        raise Contradiction(problems)
    definition = _definition(choices, look, by_target, saved)
    try:
        schema.check(definition, kind=choices.kind)
    except ImportRefused as refusal:
        raise Contradiction([("", str(refusal))]) from refusal
    return definition


def problems_of(path: Path, definition: dict[str, Any], *, kind: str, name: str) -> list[tuple[int, str, str]]:
    """Row, field and reason of what is wrong in the first rows of the file. Raises ImportRefused."""
    rows = readers.rows(path, definition, needed=mappings.needed(definition, kind=kind), name=name)
    checker, found = checking.CHECKERS[ImportKind(kind)](definition), []
    for number, cells in islice(rows, FIRST_ROWS):
        try:
            if isinstance(cells, str):
                raise RowError([("row", cells)])
            checker.check(number, cells)
        except RowError as error:
            found += [(number, *problem) for problem in error.problems]
        if len(found) >= MOST_PROBLEMS:
            break
    return found[:MOST_PROBLEMS]


def _contradictions(
    choices: Choices, by_target: Mapping[str, list[str]], labels: Mapping[str, Target]
) -> list[Problem]:
    known = {**by_target, **{key: [] for key, value in choices.constants.items() if value not in ("", None)}}
    found = [
        (", ".join(columns), f"only one column can be “{labels[key].label}”")
        for key, columns in by_target.items()
        if len(columns) > 1 and key.partition(".")[0] not in ONE_AFTER_THE_OTHER and not labels[key].several
    ]
    needed = list(NEEDED.get(ImportKind(choices.kind), ()))
    if any(key.startswith("address.") for key in known):
        needed += [f"address.{name}" for name in TOGETHER]
    if choices.kind == ImportKind.OPT_OUTS and "address.street" in known:
        needed.append("fields.last_name")
    found += [(labels[key].label, "no column is this") for key in needed if key not in known]
    if not known:
        found.append(("", "no column was chosen"))
    return found


def _definition(
    choices: Choices, look: Look, by_target: Mapping[str, list[str]], saved: Mapping[tuple[str, str], Any]
) -> dict[str, Any]:
    made: dict[str, Any] = {"source": choices.source, "encoding": look.encoding}
    if choices.kind not in (ImportKind.STREETS, ImportKind.OPT_OUTS):
        made["decimal"] = choices.decimal
    if choices.kind == ImportKind.AREAS:
        made["statistics"] = {}  # only what was chosen
    samples = {column.name: column.samples for column in look.columns}
    for key, columns in by_target.items():
        for column in columns:
            value = saved.get((key, column)) or _value(key, column, choices.dates, samples.get(column, ()))
            _put(made, key, value, column)
    for key, value in choices.constants.items():
        if key not in by_target and value not in ("", None):
            _put(made, key, {"constant": value}, "")
    if number := made.get("address", {}).pop("number", None):
        made["address"]["street"] = {"join": [made["address"]["street"], {"constant": " "}, number]}
    if choices.kind == ImportKind.OPT_OUTS and "address" not in made:
        made.pop("fields", None)  # a name alone is nobody
    if choices.kind == ImportKind.EVENTS:
        attributes = made.pop("attributes", {})
        made["events"] = [made["events"] | ({"attributes": attributes} if attributes else {})]
    return made


def _put(made: dict[str, Any], key: str, value: Any, column: str) -> None:
    """Where a target stands in the mapping."""
    group, _, name = key.partition(".")
    if group in ONE_AFTER_THE_OTHER:
        made.setdefault(group, []).append({"kind": name, "value": value})
    elif group == "consents":
        made.setdefault(group, []).append({"channel": name, "given_at": value})
    elif group == "objections":
        made.setdefault(group, []).append({"if": value})
    elif key == "statistics" or key in UNNAMED:
        made.setdefault(group, {})[FORBIDDEN.sub(" ", column).strip()[:LONGEST_NAME]] = value
    elif name:
        made.setdefault(group, {})[name] = value
    else:
        made[key] = value


def _value(key: str, column: str, dates: str, samples: tuple[str, ...]) -> Any:
    """How the mapping reads a column for this target: its name, or more where words or dates have to be understood."""
    if key == "fields.salutation":
        return {"column": column, "map": _salutations()}
    if key == "objections.allowed":
        return {"column": column, "map": ALLOWED}
    if key == "address.country" and any(len(sample) != len("DE") for sample in samples):
        return {"column": column, "map": _countries()}
    if key in UNNAMED and key != "attributes.text":
        return {"column": column, "as": key.partition(".")[2]} | (_formats(dates) if key in DATED else {})
    if (key in DATED or key.startswith("consents.")) and (formats := _formats(dates)):
        return {"column": column} | formats
    return column


def _formats(dates: str) -> dict[str, list[str]]:
    day = looking.DATES[dates][2]
    return {"format": [f"{day} %H:%M:%S", f"{day} %H:%M", day]} if day else {}


@cache
def _salutations() -> dict[str, str]:
    return {word: value for value, words in SALUTATIONS.items() for word in words.split()}


@cache
def _countries() -> dict[str, str]:
    """Names in German and English, and the codes themselves."""
    named = [item for language in ("en", "de") for item in Locale(language).territories.items()]
    codes = {code: code for code, _ in named if len(code) == len("DE") and code.isalpha()}
    return {name: code for code, name in named if code in codes} | codes
