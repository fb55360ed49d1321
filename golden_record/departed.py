"""People deleted a customer's record in a stream that says what follows: whose word stands, and since when.

Room: golden_record, the pure half. The word is kept with the record when it goes, so that an edited mapping says
nothing of what was deleted before it, and it moves with the record when profiles are merged or split. It stands as long
as the customer has no living record in that system: of two duplicates one may go without a word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from golden_record.history import Mark
from golden_record.store.normalised_records import NormalisedRow

OnDelete = Literal["unlink", "hold", "archive", "propagate"]
UNLINK: OnDelete = "unlink"
HOLD: OnDelete = "hold"
ARCHIVE: OnDelete = "archive"
PROPAGATE: OnDelete = "propagate"


@dataclass(frozen=True, slots=True)
class Departure:
    """A customer left a stream: *gone* are its deleted records there, *since* when the last of them went."""

    system: str
    stream: str
    word: str
    gone: tuple[NormalisedRow, ...]
    since: datetime


def departures(members: Sequence[NormalisedRow]) -> list[Departure]:
    """Return where a profile's customer has left, by system and stream; of several words the newest counts."""
    living = {row.system for row in members if row.state == "live"}
    gone: dict[tuple[str, str], list[NormalisedRow]] = {}
    for row in members:
        if row.state == "orphan" and row.on_delete is not None and row.system not in living:
            gone.setdefault((row.system, row.stream), []).append(row)
    found = []
    for (system, stream), rows in sorted(gone.items()):
        dated = [(row.orphaned_at, row.key, row) for row in rows if row.orphaned_at is not None]
        if dated:
            since, _key, last = max(dated)
            found.append(Departure(system, stream, last.on_delete or UNLINK, tuple(rows), since))
    return found


def spoke_since(row: NormalisedRow, since: datetime) -> bool:
    """Whether people have changed the record since then, or it was not known before."""
    at = int(since.timestamp() * 1000)
    entries = [entry for history in row.body.histories.values() for entry in history]
    if any(entry.mark is Mark.OBSERVED and entry.seen > at for entry in entries):
        return True
    first = [entry.seen for entry in entries if entry.mark is Mark.FIRST_SIGHT]
    return bool(first) and min(first) > at


def is_archived(members: Sequence[NormalisedRow]) -> bool:
    """Whether the customer is over: it was deleted where that counts for the whole company."""
    return any(one.word in {ARCHIVE, PROPAGATE} for one in departures(members))
