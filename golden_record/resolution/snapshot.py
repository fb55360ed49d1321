"""Take the frequencies that weights rest on, when the base has outgrown those in force.

They change only with a model version: the model's YAML was edited, or the base has grown by GROWTH since. Every record
is scored again then, so that no pair keeps a weight of another version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa

from golden_record.matching.evidence import Evidence
from golden_record.matching.frequencies import Frequencies, HashedCounts, count_frequencies
from golden_record.matching.model import Model
from golden_record.resolution.evidence_of import EvidenceCache
from golden_record.store import matching_index
from golden_record.store import normalised_records as records
from golden_record.store.engine import Store
from golden_record.store.matching_index import ModelVersion
from golden_record.store.normalised_records import TO_SCORE
from golden_record.store.tables import BLOCK_KEY
from golden_record.store.tables import normalised_records as table
from golden_record.vault import Vault

GROWTH = 1.5
"""A base half as large again tells another frequency of names; re-scoring at this ratio costs three loads in all."""
_PAGE = 2000


def renew_snapshot(store: Store, entity: str, model: Model, cache: EvidenceCache, *, now: datetime) -> bool:
    """Take a new snapshot where one is due; return whether every record of the entity must be scored again."""
    digest = hashlib.sha256(model.model_dump_json().encode()).hexdigest()
    with store.read() as connection:
        total = records.count(connection, entity)
        known = matching_index.model_in_force(connection, entity)
    if total == 0 or (known is not None and known.digest == digest and total < known.total * GROWTH):
        return False
    counted = count_frequencies(model, _every(store, entity, cache))
    hashed = {
        (label, _digest(store.vault, label, text)): count
        for (label, text), count in counted.counts.items()
        if count > 1
    }
    version = ModelVersion((known.version if known else 0) + 1, entity, digest, counted.total)
    with store.write() as connection:
        matching_index.put_in_force(connection, version, hashed, now)
        connection.execute(table.update().where(table.c.entity == entity).values(dirty=TO_SCORE))
    return True


def frequencies_in_force(store: Store, entity: str) -> Frequencies:
    """Return the snapshot in force, its texts known by keyed hash only."""
    with store.read() as connection:
        known = matching_index.model_in_force(connection, entity)
        counts = matching_index.load_frequencies(connection, entity)
    hashed = HashedCounts(counts, lambda label, text: _digest(store.vault, label, text))
    return Frequencies(known.total if known else 0, hashed)


def _digest(vault: Vault, label: str, text: str) -> bytes:
    return vault.digest("frequency", label, text, size=BLOCK_KEY)


def _every(store: Store, entity: str, cache: EvidenceCache) -> Iterator[Evidence]:
    after = b""
    while True:
        with store.read() as connection:
            where = (table.c.entity == entity) & (table.c.ref > after)
            page = sa.select(table.c.ref).where(where).order_by(table.c.ref).limit(_PAGE)
            refs = [bytes(ref) for ref in connection.scalars(page)]
            found = cache.get(connection, refs)
        if not refs:
            return
        yield from (found[ref] for ref in refs)
        after = refs[-1]
