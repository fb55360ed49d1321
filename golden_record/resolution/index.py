"""Step 1: put changed records under their block keys, so that the next step finds who resembles them.

A bucket that becomes too full to compare by this, or is so no longer, has all its records scored again: links that rest
on it would else stand or not by who came first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

import sqlalchemy as sa

from golden_record.matching.blocking import block_keys, most_records
from golden_record.matching.model import Model
from golden_record.resolution.evidence_of import EvidenceCache
from golden_record.resolution.snapshot import note_indexed
from golden_record.rules import Rules
from golden_record.store import matching_index
from golden_record.store import normalised_records as records
from golden_record.store.engine import CHUNK, Store
from golden_record.store.normalised_records import TO_INDEX, TO_SCORE
from golden_record.store.tables import BLOCK_KEY
from golden_record.vault import Vault


def block_digest(vault: Vault, key: str) -> bytes:
    """Return the keyed hash under which the store keeps a block key."""
    return vault.digest("block", key, size=BLOCK_KEY)


def index_changed(store: Store, rules: Rules, cache: EvidenceCache, only: Collection[bytes] | None = None) -> int:
    """Index every record (of *only*, where given) that waits for it; return how many."""
    done = 0
    while True:
        with store.write() as connection:
            refs = records.dirty_refs(connection, TO_INDEX, CHUNK, only)
            if not refs:
                return done
            cache.forget(refs)
            before = matching_index.blocks_of(connection, refs)
            added, removed = [], []
            limits: dict[bytes, frozenset[int]] = {}
            counted: Counter[str] = Counter()
            for ref, evidence in cache.get(connection, refs).items():
                entity = rules.entities.get(evidence.entity)
                if entity is None or entity.model is None:
                    continue
                counted[evidence.entity] += 1
                most = {
                    block_digest(store.vault, text): most_records(entity.model, text)
                    for text in block_keys(entity.model, evidence)
                }
                keys, known = most.keys(), before.get(ref, set())
                limits |= {key: frozenset((most[key],)) for key in keys - known}
                limits |= {key: limits.get(key, _limits(entity.model)) for key in known - keys}
                added += [(key, ref) for key in sorted(keys - known)]
                removed += [(key, ref) for key in sorted(known - keys)]
            matching_index.change_blocks(connection, added, removed)
            grown = Counter(key for key, _ in added)
            grown.subtract(key for key, _ in removed)
            records.score_again(connection, _in_crossed(connection, grown, limits) - set(refs))
            note_indexed(connection, store.vault, counted)
            records.set_stage(connection, refs, TO_INDEX, TO_SCORE)
            done += len(refs)


def _limits(model: Model) -> frozenset[int]:
    """Return what the limit of a key can be whose text is gone, and with it its rule."""
    return frozenset(rule.max for rule in model.blocking)


def _in_crossed(
    connection: sa.Connection, grown: Mapping[bytes, int], limits: Mapping[bytes, frozenset[int]]
) -> set[bytes]:
    """Return the records of the buckets that have crossed a limit of theirs, upwards or downwards.

    *grown*: block key -> by how many records its bucket has grown just now. Of each no more is read than its largest
    limit and what it has grown by.
    """
    asked = {key: max(limits[key]) + max(more, 0) for key, more in grown.items() if more}
    found: set[bytes] = set()
    for key, refs in matching_index.holders_within(connection, asked).items():
        now = len(refs)
        if any((now > limit) != (now - grown[key] > limit) for limit in limits[key]):
            found.update(refs)
    return found
