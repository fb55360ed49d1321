"""A chance that comes true or not."""

from __future__ import annotations

import random


def happens(chance: random.Random, rate: float) -> bool:
    """Return True with probability *rate*."""
    return chance.random() < rate
