"""Triggers: events start campaigns for single customers. What is due stands in the database, so a lost wake-up loses nobody."""

from . import conditions
from .answering import answer_due, cancel_overtaken
from .life import TriggerError, act, approve, pause, resume, why_not
from .words import in_words, of_campaign

__all__ = [
    "TriggerError",
    "act",
    "answer_due",
    "approve",
    "cancel_overtaken",
    "conditions",
    "in_words",
    "of_campaign",
    "pause",
    "resume",
    "why_not",
]
