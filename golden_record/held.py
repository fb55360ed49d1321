"""Does a hold still stand? People's newer word on the value ends it. Pure.

Room: golden_record. Times are the hub's own (when it learned of something), so that no system's clock matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from golden_record.history import History, Mark, dict_of
from golden_record.store.holds import RECORD, HeldField, Hold
from golden_record.survive import Source

_STEWARDS = frozenset({"pin", "steward"})
_PEOPLE = frozenset({Mark.FIRST_SIGHT, Mark.OBSERVED})


def is_released(holds: Sequence[Hold]) -> bool:
    """Whether the hub leaves the whole record alone: it made it, and that was taken back."""
    return any(one.kind == RECORD for one in holds)


def held_fields(
    holds: Sequence[Hold],
    mine: Mapping[str, History],
    theirs: Iterable[Mapping[str, History]],
    sources: Mapping[str, Sequence[Source]],
) -> dict[str, HeldField]:
    """Return the profile fields that are held in a record now; of several holds the newest counts.

    A field's *restore* is empty once its values were put back, or where anything was written or edited since.

    Args:
        holds: of the record, oldest first.
        mine: the record's histories.
        theirs: the histories of every record of the profile, this one's among them.
        sources: where the profile's values come from.
    """
    found: dict[str, HeldField] = {}
    every = list(theirs)
    for hold in holds:
        since = _ms(hold.at)
        for name, held in hold.fields.items():
            decreed = any(source.rule in _STEWARDS and source.at > since for source in sources.get(name, ()))
            if decreed or any(_said_anew(held, one.get(name, ()), since) for one in every):
                found.pop(name, None)
            elif _untouched(mine.get(name, ()), since):
                found[name] = held
            else:
                found[name] = HeldField(held.wanted, held.barred)
    return found


def _untouched(history: History, since: int) -> bool:
    """Whether the last thing that happened in the field is the hub's write that was taken back."""
    return not history or (history[-1].mark is Mark.PUSHED and history[-1].seen <= since)


def _said_anew(held: HeldField, history: History, since: int) -> bool:
    """Whether people have given one of the held values, or emptied a field that was to be empty, after the hold."""
    about = held.barred or held.wanted
    before: frozenset[str] = frozenset()
    for entry in history:
        now = frozenset(dict_of(entry.shown))
        newly = entry.mark in _PEOPLE and entry.seen > since
        if newly and ((now - before) & about or not (about or now)):
            return True
        before = now
    return False


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
