"""Plans and their assignments, versions of the uplift model, scores on their way, trainings, triggers, scheduled runs, and what is watched."""

from .apart import Apart, Portion
from .areas import AreaGroup, AreaModel, AreaPair, PlanArea
from .plans import Assignment, Plan
from .rooms import Room
from .schedule import ScheduleRun
from .scores import Score, Scoring, Shard
from .trainings import Training
from .triggers import Firing, Outcome, Trigger, TriggerState
from .versions import ModelVersion
from .watching import InvariantCheck, WaveSum

__all__ = [
    "Apart",
    "AreaGroup",
    "AreaModel",
    "AreaPair",
    "Assignment",
    "Firing",
    "InvariantCheck",
    "ModelVersion",
    "Outcome",
    "Plan",
    "PlanArea",
    "Portion",
    "Room",
    "ScheduleRun",
    "Score",
    "Scoring",
    "Shard",
    "Training",
    "Trigger",
    "TriggerState",
    "WaveSum",
]
