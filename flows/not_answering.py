"""Which systems do not answer? Noted in the store, so that the next run, in whatever process, does not wait in vain.

Room: flows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from flows.circuit_breaker import Silence
from golden_record.store import marks
from golden_record.store.engine import Store

_PREFIX = "not_answering:"


def silences(store: Store, systems: Iterable[str]) -> dict[str, Silence]:
    """Return those of *systems* that were asked in vain when they were asked last."""
    with store.read() as connection:
        kept = marks.load(connection, store.vault, [_PREFIX + name for name in systems])
    return {name.removeprefix(_PREFIX): _silence(said) for name, said in kept.items() if said}


def keep_silence(store: Store, system: str, found: Silence | None) -> None:
    """Note that a system is silent, or (None) that it answers again."""
    said = json.dumps([found.since.isoformat(), found.asked_at.isoformat()]) if found is not None else ""
    with store.write() as connection:
        marks.save(connection, store.vault, {_PREFIX + system: said})


def _silence(said: str) -> Silence:
    since, asked_at = json.loads(said)
    return Silence(datetime.fromisoformat(since), datetime.fromisoformat(asked_at))
