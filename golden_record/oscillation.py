"""Does somebody turn back, again and again, what the hub writes? Told by a value returning. Pure.

Room: golden_record. Two systems whose own rules each put back their form of a value would be written for ever, each
write looking like a person's newest word in the other.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import timedelta
from itertools import pairwise
from typing import Final

from golden_record.history import History, Mark, dict_of

TURNS: Final = 3
"""So often a write is turned back to the same value before the hub leaves the field alone."""
WITHIN_MS: Final = int(timedelta(days=1).total_seconds() * 1000)
"""Turns that lie further apart are people who changed their minds."""


def turned_back(history: History, wanted: AbstractSet[str]) -> int:
    """Return how often, within a day, a push of *wanted* was turned back to what the field shows now.

    Args:
        history: of one field in one record.
        wanted: canonical values that the hub would write there again.
    """
    if not history or history[-1].mark is not Mark.OBSERVED:
        return 0
    shown, since = dict_of(history[-1].shown).keys(), history[-1].seen - WITHIN_MS
    return sum(
        after.mark is Mark.OBSERVED
        and after.seen >= since
        and pushed.mark is Mark.PUSHED
        and pushed.echoes >= wanted
        and dict_of(after.shown).keys() == shown
        and shown != wanted
        for pushed, after in pairwise(history)
    )
