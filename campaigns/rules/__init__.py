"""The rule language of audiences: a tree of conditions, checked, put into words and compiled to SQL; it runs nothing.

A rule is JSON. Groups: `{"all": [...]}`, `{"any": [...]}`, `{"none": [...]}`, nested as wanted. Conditions: one class each in
attributes.py, touchpoints.py and holdings.py, each named by the key that introduces it. docs/audiences.md is the manual.

A comparison with something missing is false; `none` is plain negation, so it is true of what is missing.
"""

from .errors import RuleError
from .tree import MAX_DEPTH, MAX_NODES, SCHEMA, Member, Node, area_names, members, parse, replace_members

__all__ = [
    "MAX_DEPTH",
    "MAX_NODES",
    "SCHEMA",
    "Member",
    "Node",
    "RuleError",
    "area_names",
    "members",
    "parse",
    "replace_members",
]
