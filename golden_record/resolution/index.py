"""Step 1: put changed records under their block keys, so that the next step finds who resembles them."""

from __future__ import annotations

from collections import Counter

from golden_record.matching.blocking import block_keys
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


def index_changed(store: Store, rules: Rules, cache: EvidenceCache) -> int:
    """Index every record that waits for it; return how many."""
    done = 0
    while True:
        with store.write() as connection:
            refs = records.dirty_refs(connection, TO_INDEX, CHUNK)
            if not refs:
                return done
            cache.forget(refs)
            before = matching_index.blocks_of(connection, refs)
            added, removed = [], []
            counted: Counter[str] = Counter()
            for ref, evidence in cache.get(connection, refs).items():
                entity = rules.entities.get(evidence.entity)
                if entity is None or entity.model is None:
                    continue
                counted[evidence.entity] += 1
                keys = {block_digest(store.vault, text) for text in block_keys(entity.model, evidence)}
                known = before.get(ref, set())
                added += [(key, ref) for key in sorted(keys - known)]
                removed += [(key, ref) for key in sorted(known - keys)]
            matching_index.change_blocks(connection, added, removed)
            note_indexed(connection, store.vault, counted)
            records.set_stage(connection, refs, TO_INDEX, TO_SCORE)
            done += len(refs)
