"""Step 2: score changed records against everything that shares a block key with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from golden_record.matching.blocking import block_keys, most_records, rule_of
from golden_record.matching.evidence import Evidence
from golden_record.matching.scorer import Scorer
from golden_record.resolution.evidence_of import EvidenceCache
from golden_record.resolution.index import block_digest
from golden_record.resolution.snapshot import frequencies_at_hand
from golden_record.store import matching_index
from golden_record.store import normalised_records as records
from golden_record.store.engine import CHUNK, Store
from golden_record.store.matching_index import Link
from golden_record.store.normalised_records import TO_SCORE, TO_SETTLE
from golden_record.store.source_records import among
from golden_record.store.tables import normalised_records as table

GUARD = 10.0
"""Bits under the review threshold down to which links are kept. They join nothing and ask nobody; but while two
profiles are that near, the hub makes no record for one where the other is known: it would make a second one for a
customer whom the model has missed (docs/decisions/0011-guarded-creates.md)."""


@dataclass
class Scored:
    """What scoring did: records, pairs, and buckets that were too full to compare (by rule)."""

    records: int = 0
    pairs: int = 0
    skipped: Counter[str] = field(default_factory=Counter)


def score_changed(
    store: Store, scorers: Mapping[str, Scorer], cache: EvidenceCache, only: Collection[bytes] | None = None
) -> Scored:
    """Score every record (of *only*, where given) that waits for it.

    Links are kept from GUARD under the review threshold up.

    A pair of two waiting records is scored once, when the later of them has its turn.
    """
    done = Scored()
    with store.read() as connection:
        wait = table.c.dirty == TO_SCORE
        wait = wait if only is None else wait & among(table.c.ref, list(only))
        waiting = {bytes(ref) for ref in connection.scalars(sa.select(table.c.ref).where(wait)).all()}
    while True:
        with store.write() as connection:
            refs = records.dirty_refs(connection, TO_SCORE, CHUNK, only)
            if not refs:
                return done
            waiting.difference_update(refs)
            found: list[Link] = []
            by_entity: dict[str, list[bytes]] = {}
            for ref, entity in _entities(connection, refs):
                by_entity.setdefault(entity, []).append(ref)
            for entity, mine in sorted(by_entity.items()):
                if entity in scorers:
                    found += score_records(connection, store, scorers[entity], cache, mine, waiting, done)
            matching_index.replace_links(connection, refs, found)
            records.set_stage(connection, refs, TO_SCORE, TO_SETTLE)
            done.records += len(refs)


def _entities(connection: sa.Connection, refs: list[bytes]) -> list[tuple[bytes, str]]:
    rows = connection.execute(sa.select(table.c.ref, table.c.entity).where(table.c.ref.in_(refs)))
    return [(bytes(row.ref), row.entity) for row in rows]


def score_records(  # noqa: PLR0913 (what scoring rests on)
    connection: sa.Connection,
    store: Store,
    scorer: Scorer,
    cache: EvidenceCache,
    refs: list[bytes],
    waiting: set[bytes],
    done: Scored,
) -> list[Link]:
    """Return the links of *refs*, records of one entity, to all that share a block key with them but *waiting* ones.

    Counts in *done*; writes nothing.
    """
    evidences = cache.get(connection, refs)
    keys_of = {ref: _usable_keys(store, scorer, evidence) for ref, evidence in evidences.items()}
    every = {key: limit for keys in keys_of.values() for key, (limit, _rule) in keys.items()}
    names = {key: rule for keys in keys_of.values() for key, (_limit, rule) in keys.items()}
    held = matching_index.holders_within(connection, every)
    full = {key for key, refs in held.items() if len(refs) > every[key]}
    done.skipped.update(names[key] for key in full)
    pairs = {
        (ref, other) if ref < other else (other, ref)
        for ref, keys in keys_of.items()
        for key in keys
        if key not in full
        for other in held.get(key, ())
        if other != ref and other not in waiting
    }
    found = {ref for pair in pairs for ref in pair} - evidences.keys()
    evidences |= cache.get(connection, found) if found else {}
    frequencies_at_hand(connection, scorer, [evidences[ref] for ref in refs] if pairs else ())
    done.pairs += len(pairs)
    floor = scorer.model.thresholds.review - GUARD
    scored = ((a, b, scorer.score(evidences[a], evidences[b]).weight) for a, b in sorted(pairs))
    return [Link(a, b, weight) for a, b, weight in scored if weight >= floor]


def _usable_keys(store: Store, scorer: Scorer, evidence: Evidence) -> dict[bytes, tuple[int, str]]:
    """Return block digest -> (most records that its bucket may hold, the rule's name)."""
    model = scorer.model
    return {
        block_digest(store.vault, text): (most_records(model, text), rule_of(model, text))
        for text in block_keys(model, evidence)
    }
