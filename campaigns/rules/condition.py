"""What every condition is: a key that introduces it, a JSON schema, SQL and words."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

from .statement import Fragment, Statement


class Condition(ABC):
    """Subclasses are frozen dataclasses; each is listed once in tree.CONDITIONS."""

    key: ClassVar[str]

    @classmethod
    @abstractmethod
    def schema(cls) -> dict[str, Any]:
        """The JSON schema of the condition."""

    @classmethod
    @abstractmethod
    def parse(cls, raw: dict[str, Any], path: str) -> Self:
        """Read JSON that fits the schema. Raises RuleError for what a schema cannot say."""

    @abstractmethod
    def sql(self, statement: Statement) -> Fragment:
        """A boolean over customer `c`; NULL counts as false."""

    @abstractmethod
    def words(self) -> str:
        """Plain English, to follow "customers of whom it is true that"."""


def object_schema(properties: dict[str, Any], *, required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def one_of_keys(keys: list[str]) -> list[dict[str, Any]]:
    """Exactly one of these keys must be there."""
    return [{"required": [key]} for key in keys]
