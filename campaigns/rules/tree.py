"""The tree: groups of conditions, read from JSON with errors that say where, and the schema of the whole language."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from jsonschema import Draft202012Validator

from .attributes import Attribute
from .condition import Condition, object_schema
from .errors import RuleError
from .holdings import HasConsent, HasIdentifier, HasObjection
from .statement import Fragment, Statement, chain, compose
from .touchpoints import Contacted, Events, Responded

MAX_DEPTH = 8
MAX_NODES = 200


@dataclass(frozen=True)
class Member(Condition):
    """`{"audience": id}`: in another audience. `rule` is put in before compiling, see campaigns.audiences."""

    audience_id: int
    path: str = "rule"
    name: str = ""
    rule: "Node | None" = None

    key: ClassVar[str] = "audience"

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return object_schema({cls.key: {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}}, required=[cls.key])

    @classmethod
    def parse(cls, raw: dict[str, Any], path: str) -> Self:
        return cls(raw[cls.key], path)

    def sql(self, statement: Statement) -> Fragment:
        if self.rule is None:
            raise RuleError(self.path, f"audience {self.audience_id} must be put in before compiling")
        return self.rule.sql(statement)

    def words(self) -> str:
        return (
            f"the customer is in audience “{self.name}”"
            if self.name
            else f"the customer is in audience {self.audience_id}"
        )


@dataclass(frozen=True)
class Group:
    """`{"all": [...]}`, `{"any": [...]}` or `{"none": [...]}`; all and none of nothing are true, any of nothing is false."""

    key: str
    parts: "tuple[Node, ...]"

    def sql(self, statement: Statement) -> Fragment:
        inner = [part.sql(statement) for part in self.parts]
        if not inner:
            return Fragment("false" if self.key == "any" else "true")
        if self.key == "all":
            return chain(" AND ", inner)
        either = chain(" OR ", inner)
        # NULL is not true, and what is not true is in none: plain NOT would leave it NULL.
        return either if self.key == "any" else compose("({}) IS NOT TRUE", either)

    def words(self) -> str:
        if not self.parts:
            return "nobody" if self.key == "any" else "everybody"
        inner = [f"({part.words()})" if isinstance(part, Group) else part.words() for part in self.parts]
        if self.key == "none":
            return f"not: {' or '.join(inner)}"
        return (" and " if self.key == "all" else " or ").join(inner)


Node = Group | Condition
GROUPS = ("all", "any", "none")
CONDITIONS: tuple[type[Condition], ...] = (
    Attribute,
    Events,
    Contacted,
    Responded,
    HasIdentifier,
    HasConsent,
    HasObjection,
    Member,
)
BY_KEY = {condition.key: condition for condition in CONDITIONS}
KEYS = (*GROUPS, *BY_KEY)


def _schema() -> dict[str, Any]:
    nodes = {"type": "array", "items": {"$ref": "#/$defs/node"}, "maxItems": MAX_NODES}
    groups = {key: object_schema({key: nodes}, required=[key]) for key in GROUPS}
    definitions = groups | {key: condition.schema() for key, condition in BY_KEY.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Audience rule",
        "$ref": "#/$defs/node",
        "$defs": definitions | {"node": {"oneOf": [{"$ref": f"#/$defs/{key}"} for key in definitions]}},
    }


SCHEMA = _schema()
VALIDATORS = {key: Draft202012Validator(condition.schema()) for key, condition in BY_KEY.items()}


def parse(rule: Any) -> Node:
    """Read and check a rule. Raises RuleError for the first thing that is wrong."""
    count = iter(range(MAX_NODES))
    return _parse(rule, "rule", depth=1, count=count)


def _parse(raw: Any, path: str, *, depth: int, count: Iterator[int]) -> Node:
    if depth > MAX_DEPTH:
        raise RuleError(path, f"must not be nested deeper than {MAX_DEPTH}")
    if next(count, None) is None:
        raise RuleError(path, f"must not have more than {MAX_NODES} groups and conditions")
    key = _key_of(raw, path)
    if key in BY_KEY:
        _check_shape(raw, key, path)
        return BY_KEY[key].parse(raw, path)
    if len(raw) > 1 or not isinstance(raw[key], list):
        raise RuleError(path, f"must be {{{key!r}: [...]}} and nothing else")
    parts = [
        _parse(part, f"{path}.{key}[{position}]", depth=depth + 1, count=count)
        for position, part in enumerate(raw[key])
    ]
    return Group(key, tuple(parts))


def _key_of(raw: Any, path: str) -> str:
    if not isinstance(raw, dict):
        raise RuleError(path, f"must be an object, got {type(raw).__name__}")
    keys = [key for key in KEYS if key in raw]
    if len(keys) != 1:
        raise RuleError(path, f"must have one of {', '.join(KEYS)}, got {', '.join(map(str, raw)) or 'nothing'}")
    return keys[0]


def _check_shape(raw: dict[str, Any], key: str, path: str) -> None:
    errors = sorted(VALIDATORS[key].iter_errors(raw), key=lambda error: (len(error.path), str(error.path)))
    if errors:
        where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in errors[0].path)
        raise RuleError(path + where, errors[0].message)


def members(node: Node) -> Iterator[Member]:
    """The audiences that a rule refers to itself, not those behind them."""
    if isinstance(node, Member):
        yield node
    elif isinstance(node, Group):
        for part in node.parts:
            yield from members(part)


def area_names(node: Node) -> Iterator[str]:
    """Delivery areas that a rule names itself, not audiences behind it: carrier:code, or a carrier alone: "Post:"."""
    if isinstance(node, Attribute):
        yield from node.area_names
    elif isinstance(node, Group):
        for part in node.parts:
            yield from area_names(part)


def replace_members(node: Node, resolve: Callable[[Member], Member]) -> Node:
    """The same rule with every reference resolved."""
    if isinstance(node, Member):
        return resolve(node)
    if isinstance(node, Group):
        return replace(node, parts=tuple(replace_members(part, resolve) for part in node.parts))
    return node
