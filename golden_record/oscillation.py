"""Does somebody turn back, again and again, what the hub writes? Told by a value returning. Pure.

Room: golden_record. Two systems whose own rules each put back their form of a value would be written for ever, each
write looking like a person's newest word in the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import timedelta
from itertools import pairwise
from typing import Final

from golden_record.elements import Element
from golden_record.history import History, Mark, dict_of
from golden_record.survive import Source

TURNS: Final = 3
"""So often a write is turned back to the same value before the hub leaves the field alone."""
WITHIN_MS: Final = int(timedelta(days=1).total_seconds() * 1000)
"""Turns that lie further apart are people who changed their minds."""
_STEWARDS: Final = frozenset({"pin", "steward"})
_LEAST_ENTRIES: Final = 2 * TURNS
"""So many entries a history has at least that tells of so many turns."""


def oscillates(history: History, wanted: Sequence[Element], sources: Sequence[Source]) -> bool:
    """Whether somebody turns back what the hub writes; a steward's newer word on the value is tried again.

    Args:
        history: of one field in one record.
        wanted: what the profile says there.
        sources: where it has that from.
    """
    if len(history) < _LEAST_ENTRIES or turned_back(history, {one.key for one in wanted}) < TURNS:
        return False
    return _decided_at(sources) <= history[-1].seen


def keeps_a_form(history: History, wanted: Sequence[Element], sources: Sequence[Source]) -> bool:
    """Whether the record keeps just what the profile says in a form of its own, so that writing it again is vain.

    Told by the last push, which was read back otherwise than sent. A steward's newer word on the value is tried again.
    """
    if not history or history[-1].mark is not Mark.PUSHED:
        return False
    last, keys = history[-1], {one.key for one in wanted}
    shown = dict_of(last.shown).keys()
    unshown = last.echoes - shown
    if not unshown or not unshown <= keys <= last.echoes or len(shown) > len(keys):
        return False
    return _decided_at(sources) <= last.seen


def _decided_at(sources: Sequence[Source]) -> int:
    """Return when a steward last said what the value is (ms); 0 where none did."""
    return max((source.at for source in sources if source.rule in _STEWARDS), default=0)


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
