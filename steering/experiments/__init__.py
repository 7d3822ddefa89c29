"""Randomised experiments of the past, told by a file, become finished waves: who got what by chance, and what came of it.

That is what the uplift models learn from before the platform has sent anything itself.
"""

from .described import EXPERIMENTS, Arm, Experiment
from .recording import Recorded, record
from .staging import ExperimentError

__all__ = ["EXPERIMENTS", "Arm", "Experiment", "ExperimentError", "Recorded", "record"]
