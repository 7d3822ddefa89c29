"""From a wave to its plan: audience, eligibility, scores, chance, the best use of what is left, and rows that say why."""

from .apart import make
from .options import PlanningError
from .rebuilding import Planned, problem_of
from .together import make as make_together

__all__ = ["Planned", "PlanningError", "make", "make_together", "problem_of"]
