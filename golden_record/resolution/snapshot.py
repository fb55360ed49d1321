"""Take the frequencies that weights rest on, when the base has outgrown those in force.

They change only with a model version: the model's YAML was edited, or the base has grown by GROWTH since. Every record
is scored again then, so that no pair keeps a weight of another version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import sqlalchemy as sa

from golden_record.matching.evidence import Evidence
from golden_record.matching.frequencies import (
    Frequencies,
    HashedCounts,
    count_frequencies,
    keys_of,
)
from golden_record.matching.model import Model
from golden_record.matching.scorer import Scorer
from golden_record.resolution.evidence_of import EvidenceCache
from golden_record.store import marks, matching_index
from golden_record.store import normalised_records as records
from golden_record.store.engine import Store
from golden_record.store.matching_index import ModelVersion
from golden_record.store.normalised_records import TO_INDEX, TO_SCORE
from golden_record.store.tables import BLOCK_KEY
from golden_record.store.tables import normalised_records as table
from golden_record.vault import Vault

GROWTH = 1.5
"""A base half as large again tells another frequency of names; re-scoring at this ratio costs three loads in all."""
_PAGE = 2000
_INDEXED = "indexed:"
"""The mark that counts what was indexed since the snapshot: the most by which the base can have grown."""


def renew_snapshot(store: Store, entity: str, model: Model, cache: EvidenceCache, *, now: datetime) -> bool:
    """Take a new snapshot where one is due; return whether every record of the entity must be scored again.

    The base is counted only when what was indexed since could have made it grow enough: counting a million records to
    resolve one would take longer than all the rest.
    """
    if not snapshot_due(store, entity, model):
        return False
    counted = count_frequencies(model, every_evidence(store, entity, cache))
    hashed = {
        (label, frequency_digest(store.vault, label, text)): count
        for (label, text), count in counted.counts.items()
        if count > 1
    }
    put_snapshot_in_force(store, entity, model, hashed, counted.total, now=now)
    with store.write() as connection:
        score_all(connection, entity)
    return True


def snapshot_due(store: Store, entity: str, model: Model, more: int = 0) -> bool:
    """Say whether frequencies must be taken anew: the model was edited, or the base has outgrown those in force.

    *more*: records that wait to be indexed, which nobody has counted yet.
    """
    digest = model_digest(model)
    with store.read() as connection:
        known = matching_index.model_in_force(connection, entity)
        base = known.total if known is not None and known.digest == digest else 0
        indexed = _indexed_since(connection, store.vault, entity)
        edited = known is not None and known.digest != digest
        if indexed is not None and not edited and not _outgrown(base, base + indexed + more):
            return False
        total = records.count(connection, entity)
    if _outgrown(base, total):
        return True
    with store.write() as connection:
        note_counted(connection, store.vault, entity, max(0, total - base))
    return False


def put_snapshot_in_force(  # noqa: PLR0913 (the facts of a snapshot)
    store: Store, entity: str, model: Model, hashed: Mapping[tuple[str, bytes], int], total: int, *, now: datetime
) -> None:
    """Let weights rest on these counts, taken on a base of *total* records, from now on."""
    with store.write() as connection:
        known = matching_index.model_in_force(connection, entity)
        version = ModelVersion((known.version if known else 0) + 1, entity, model_digest(model), total)
        matching_index.put_in_force(connection, version, hashed, now)
        note_counted(connection, store.vault, entity, 0)


def index_under(store: Store, entity: str, model: Model) -> None:
    """Let every record of an entity be indexed again where its model was edited: its blocking rules may be others."""
    with store.read() as connection:
        known = matching_index.model_in_force(connection, entity)
    if known is not None and known.digest != model_digest(model):
        with store.write() as connection:
            connection.execute(table.update().where(table.c.entity == entity).values(dirty=TO_INDEX))


def score_all(connection: sa.Connection, entity: str) -> None:
    """Let every record of an entity be scored again; one that waits to be indexed goes on waiting for that."""
    where = (table.c.entity == entity) & (table.c.dirty != TO_INDEX)
    connection.execute(table.update().where(where).values(dirty=TO_SCORE))


def model_digest(model: Model) -> str:
    """Return what tells one model from an edited one."""
    return hashlib.sha256(model.model_dump_json().encode()).hexdigest()


def _outgrown(base: int, total: int) -> bool:
    return total > 0 and total >= base * GROWTH


def note_indexed(connection: sa.Connection, vault: Vault, counted: Mapping[str, int]) -> None:
    """Note that so many records of each entity were indexed: by at most as many has the base grown."""
    for entity, more in counted.items():
        before = _indexed_since(connection, vault, entity)
        if before is not None:
            note_counted(connection, vault, entity, before + more)


def note_counted(connection: sa.Connection, vault: Vault, entity: str, grown: int) -> None:
    """Note that the base was counted, and has grown by *grown* records since the snapshot."""
    marks.save(connection, vault, {_INDEXED + entity: str(grown)})


def _indexed_since(connection: sa.Connection, vault: Vault, entity: str) -> int | None:
    """Return how many records were indexed since the snapshot was taken or found to stand; None: nobody counted."""
    found = marks.load(connection, vault, [_INDEXED + entity]).get(_INDEXED + entity)
    return None if found is None else int(found)


def frequencies_in_force(store: Store, entity: str, *, whole: bool = False) -> Frequencies:
    """Return the snapshot in force, its texts known by keyed hash only.

    Args:
        store: where it is kept.
        entity: whose it is.
        whole: load all of it, for many pairs; else each text is looked up when it is asked for, which for one record
            against a large base is a matter of a few.
    """
    with store.read() as connection:
        known = matching_index.model_in_force(connection, entity)
        counts = matching_index.load_frequencies(connection, entity) if whole else CountsInStore(store, entity)
    hashed = HashedCounts(counts, lambda label, text: frequency_digest(store.vault, label, text))
    return Frequencies(known.total if known else 0, hashed)


class CountsInStore(Mapping[tuple[str, bytes], int]):
    """The counts of one entity, each read when it is asked for, and remembered."""

    def __init__(self, store: Store, entity: str) -> None:
        self._store, self._entity = store, entity
        self._known: dict[tuple[str, bytes], int | None] = {}

    def at_hand(self, connection: sa.Connection, keys: Iterable[tuple[str, bytes]]) -> None:
        """Read several at once, which costs what reading one does."""
        missing = [key for key in keys if key not in self._known]
        if missing:
            found = matching_index.frequencies_of(connection, self._entity, missing)
            self._known |= {key: found.get(key) for key in missing}

    def __getitem__(self, key: tuple[str, bytes]) -> int:
        if key not in self._known:
            with self._store.read() as connection:
                self._known[key] = matching_index.frequencies_of(connection, self._entity, [key]).get(key)
        found = self._known[key]
        if found is None:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        with self._store.read() as connection:
            return iter(matching_index.load_frequencies(connection, self._entity))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def frequencies_at_hand(connection: sa.Connection, scorer: Scorer, evidences: Iterable[Evidence]) -> None:
    """Read what the weights of these records can rest on in one go, where it would be read text by text."""
    counts = scorer.frequencies.counts
    if isinstance(counts, HashedCounts) and isinstance(counts.hashed, CountsInStore):
        texts = {key for evidence in evidences for key in keys_of(scorer.counted, evidence)}
        counts.hashed.at_hand(connection, [counts.key_of(label, text) for label, text in texts])


def frequency_digest(vault: Vault, label: str, text: str) -> bytes:
    """Return the keyed hash under which a counted text is kept."""
    return vault.digest("frequency", label, text, size=BLOCK_KEY)


def every_evidence(store: Store, entity: str, cache: EvidenceCache) -> Iterator[Evidence]:
    """Yield the evidence of all records of an entity, page by page, in the order of their refs."""
    for _ref, evidence in every_record(store, entity, cache):
        yield evidence


def every_record(store: Store, entity: str, cache: EvidenceCache) -> Iterator[tuple[bytes, Evidence]]:
    """Yield ref and evidence of all records of an entity, page by page, in the order of their refs."""
    after = b""
    while True:
        with store.read() as connection:
            where = (table.c.entity == entity) & (table.c.ref > after)
            page = sa.select(table.c.ref).where(where).order_by(table.c.ref).limit(_PAGE)
            refs = [bytes(ref) for ref in connection.scalars(page)]
            found = cache.get(connection, refs)
        if not refs:
            return
        yield from ((ref, found[ref]) for ref in refs)
        after = refs[-1]
