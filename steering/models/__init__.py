"""Plans and their assignments, versions of the uplift model, scores on their way, and scheduled runs."""

from .plans import Assignment, Plan
from .rooms import Room
from .schedule import ScheduleRun
from .scores import Score, Scoring, Shard
from .versions import ModelVersion

__all__ = ["Assignment", "ModelVersion", "Plan", "Room", "ScheduleRun", "Score", "Scoring", "Shard"]
