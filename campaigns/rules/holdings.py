"""Conditions on what we hold of a customer: identifiers, consents and objections."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from campaigns.models import Ground, IdentifierKind

from .condition import Condition, object_schema
from .statement import Fragment, Statement, bind, compose
from .touchpoints import CHANNEL_SCHEMA
from .values import TEXT_SCHEMA

IS_THERE = Fragment("true")
EXISTS_SCHEMA = {"type": "boolean", "default": True}


def _found(rows: Fragment, *, exists: bool) -> Fragment:
    return compose("{} IS NOT NULL" if exists else "{} IS NULL", rows)


@dataclass(frozen=True)
class HasIdentifier(Condition):
    """`{"identifier": "email", "exists": true}`."""

    kind: str
    exists: bool = True

    key: ClassVar[str] = "identifier"

    @classmethod
    def schema(cls) -> dict[str, Any]:
        kind = {"type": "string", "enum": IdentifierKind.values}
        return object_schema({cls.key: kind, "exists": EXISTS_SCHEMA}, required=[cls.key])

    @classmethod
    def parse(cls, raw: dict[str, Any], path: str) -> Self:
        return cls(raw[cls.key], raw.get("exists", True))

    def sql(self, statement: Statement) -> Fragment:
        where = [compose("t.kind = {}", bind(self.kind, "text"))]
        return _found(statement.grouped("campaigns_identifier", where=where, value=IS_THERE), exists=self.exists)

    def words(self) -> str:
        return f"{'the' if self.exists else 'no'} {IdentifierKind(self.kind).label} is known"


@dataclass(frozen=True)
class HasConsent(Condition):
    """`{"consent": "email", "exists": true, "grounds": [...], "purpose": ...}`: valid at the moment of evaluation."""

    channel: str
    exists: bool = True
    grounds: tuple[str, ...] = ()
    purpose: str = "advertising"

    key: ClassVar[str] = "consent"

    @classmethod
    def schema(cls) -> dict[str, Any]:
        grounds = {"type": "array", "items": {"type": "string", "enum": Ground.values}, "minItems": 1}
        purpose = TEXT_SCHEMA | {"maxLength": 40, "default": "advertising"}
        return object_schema(
            {cls.key: CHANNEL_SCHEMA, "exists": EXISTS_SCHEMA, "grounds": grounds, "purpose": purpose},
            required=[cls.key],
        )

    @classmethod
    def parse(cls, raw: dict[str, Any], path: str) -> Self:
        grounds = tuple(raw.get("grounds", ()))
        return cls(raw[cls.key], raw.get("exists", True), grounds, raw.get("purpose", "advertising"))

    def sql(self, statement: Statement) -> Fragment:
        moment = bind(statement.as_of_at, "timestamptz")
        where = [
            compose("t.channel = {}", bind(self.channel, "text")),
            compose("t.purpose = {}", bind(self.purpose, "text")),
            compose("t.given_at <= {}", moment),
            compose("t.withdrawn_at IS NULL OR t.withdrawn_at > {}", moment),
            *([compose("t.ground = ANY({})", bind(self.grounds, "text[]"))] if self.grounds else []),
        ]
        return _found(statement.grouped("campaigns_consent", where=where, value=IS_THERE), exists=self.exists)

    def words(self) -> str:
        ground = f" on the ground of {' or '.join(self.grounds)}" if self.grounds else ""
        purpose = "" if self.purpose == "advertising" else f" for {self.purpose}"
        return f"{'a' if self.exists else 'no'} consent to {self.channel}{purpose}{ground} is valid"


@dataclass(frozen=True)
class HasObjection(Condition):
    """`{"objection": "email", "exists": true}`: standing, to this channel or to every channel."""

    channel: str
    exists: bool = True

    key: ClassVar[str] = "objection"

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return object_schema({cls.key: CHANNEL_SCHEMA, "exists": EXISTS_SCHEMA}, required=[cls.key])

    @classmethod
    def parse(cls, raw: dict[str, Any], path: str) -> Self:
        return cls(raw[cls.key], raw.get("exists", True))

    def sql(self, statement: Statement) -> Fragment:
        moment = bind(statement.as_of_at, "timestamptz")
        where = [
            compose("t.channel IN ('', {}) AND t.campaign_id IS NULL", bind(self.channel, "text")),
            compose("t.received_at <= {}", moment),
            compose("t.lifted_at IS NULL OR t.lifted_at > {}", moment),
        ]
        return _found(statement.grouped("campaigns_objection", where=where, value=IS_THERE), exists=self.exists)

    def words(self) -> str:
        return f"{'an' if self.exists else 'no'} objection to {self.channel} stands"
