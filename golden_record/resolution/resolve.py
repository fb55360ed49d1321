"""Resolve everything that waits: index, take frequencies, score, settle, make findable by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from golden_record.bulk.resolve_many import AtOnce, resolve_many
from golden_record.matching.scorer import Scorer
from golden_record.resolution.evidence_of import EvidenceCache
from golden_record.resolution.findable import make_findable
from golden_record.resolution.index import index_changed
from golden_record.resolution.score import score_changed
from golden_record.resolution.settle import Settled, settle_changed
from golden_record.resolution.snapshot import frequencies_in_force, index_under, renew_snapshot
from golden_record.rules import Rules
from golden_record.store import due, matching_index
from golden_record.store import normalised_records as records
from golden_record.store.engine import Store
from golden_record.store.in_hand import put_back
from golden_record.store.normalised_records import TO_SCORE
from golden_record.store.source_records import chunks

MANY = 1000
"""Records to score from which on the frequencies are loaded whole, not one by one as they are asked for."""
WOKEN = 5_000
"""Profiles looked at again in one resolve because their time has come; the others follow with the next."""


@dataclass
class Resolved:
    """What resolving came to.

    *skipped*: blocking rule -> buckets too full to compare. *seconds*: of the bulk path's steps, where it was taken.
    """

    scored: int = 0
    pairs: int = 0
    settled: Settled = field(default_factory=Settled)
    skipped: Counter[str] = field(default_factory=Counter)
    seconds: Mapping[str, float] = field(default_factory=dict)


def resolve(store: Store, rules: Rules, run_id: str, now: Callable[[], datetime]) -> Resolved:
    """Bring every changed record into its profile; the caller holds the lease `resolve`.

    Killed half-way, the next call goes on where it stood. With nothing changed it costs a few look-ups.
    """
    models = rules.models
    for entity, model in models.items():
        index_under(store, entity, model)
    at_once = resolve_many(store, rules, run_id, now)
    with store.write() as connection:
        due.wake(connection, now(), WOKEN)
        if at_once is not None:  # it takes no look at interactions: whoever has some is settled once more
            records.settle_targets(connection, rules.summed_by)
    at_once = at_once or AtOnce()
    cache = EvidenceCache(store.vault, rules)
    index_changed(store, rules, cache)
    for entity, model in models.items():
        renew_snapshot(store, entity, model, cache, now=now())
    whole = _many_wait(store)
    scorers = {
        entity: Scorer(model, frequencies_in_force(store, entity, whole=whole)) for entity, model in models.items()
    }
    scored = score_changed(store, scorers, cache)
    settled = settle_changed(store, rules, scorers, cache, run_id, now)
    make_findable(store, rules)
    return Resolved(
        at_once.records + scored.records,
        at_once.pairs + scored.pairs,
        at_once.settled.and_then(settled),
        at_once.skipped + scored.skipped,
        at_once.seconds,
    )


def resolve_these(
    store: Store, rules: Rules, refs: Mapping[bytes, str], run_id: str, now: Callable[[], datetime]
) -> Resolved | None:
    """Bring just these records (ref -> entity) into their profiles, while a sync lands many others.

    The caller holds `resolve`. What resembles them and is not indexed yet finds them when its own turn comes. None, and
    nothing is done, where no resolve has counted their entity's frequencies yet: weights would mean nothing.
    """
    matched = set(refs.values()) & rules.models.keys()
    with store.read() as connection:
        if any(matching_index.model_in_force(connection, entity) is None for entity in matched):
            return None
    for entity, model in rules.models.items():
        index_under(store, entity, model)
    put_back(store)  # nobody else resolves now: what is in hand, a killed one left
    cache = EvidenceCache(store.vault, rules)
    found = Resolved()
    for part in chunks(sorted(refs), MANY):
        index_changed(store, rules, cache, part)
        scorers = {entity: Scorer(model, frequencies_in_force(store, entity)) for entity, model in rules.models.items()}
        scored = score_changed(store, scorers, cache, part)
        found.scored += scored.records
        found.pairs += scored.pairs
        found.skipped += scored.skipped
        found.settled = found.settled.and_then(settle_changed(store, rules, scorers, cache, run_id, now, part))
    return found


def _many_wait(store: Store) -> bool:
    with store.read() as connection:
        return records.waits(connection, TO_SCORE, MANY)
