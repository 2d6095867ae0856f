"""The schedules of the recipe that is in use, by the names that train.py knows."""

from .schedules import linear_margin as margin
from .schedules import warm_up_cosine as learning_rate

__all__ = ["learning_rate", "margin"]
