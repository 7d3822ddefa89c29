"""Plans and their assignments, versions of the uplift model, results, and the record of scheduled runs."""

from .plans import Assignment, Plan
from .schedule import ScheduleRun
from .versions import ModelVersion

__all__ = ["Assignment", "ModelVersion", "Plan", "ScheduleRun"]
