"""Plans and their assignments, versions of the uplift model, scores on their way, trainings and scheduled runs."""

from .apart import Apart, Portion
from .plans import Assignment, Plan
from .rooms import Room
from .schedule import ScheduleRun
from .scores import Score, Scoring, Shard
from .trainings import Training
from .versions import ModelVersion

__all__ = [
    "Apart",
    "Assignment",
    "ModelVersion",
    "Plan",
    "Portion",
    "Room",
    "ScheduleRun",
    "Score",
    "Scoring",
    "Shard",
    "Training",
]
