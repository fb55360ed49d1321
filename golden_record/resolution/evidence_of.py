"""What a record's people said about who it is.

Never what the hub pushed there, else a wrong merge would confirm itself.
Room: golden_record, the pure half (the cache beside it holds opened evidence for one run).
"""

from __future__ import annotations

import marshal
from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

import sqlalchemy as sa

from golden_record.history import replay
from golden_record.matching.borrow import OWN, borrow
from golden_record.matching.evidence import Evidence
from golden_record.matching.model import Borrow
from golden_record.rules import Rules
from golden_record.store import normalised_records as records
from golden_record.store import relations
from golden_record.store.normalised_records import NormalisedRow
from golden_record.vault import Vault

FREE_TEXT = "text"
"""The field type that is no evidence, unless the model names the field: then whoever wrote it says that it is."""
LONGEST_TEXT = 200
"""Characters above which a text is a note, and no evidence even then."""
CACHED = 300_000
"""Records kept at a time, packed: some 600 bytes each, where an opened one takes five times that."""


def evidence_of(row: NormalisedRow, rules: Rules) -> Evidence:
    """Return the evidence of one normalised record by itself."""
    features, blocks = {}, {}
    entity = rules.entities.get(row.entity)
    if entity is None:
        return Evidence(row.key, row.entity)
    for name in rules.evidence_fields(row.entity):
        policy, kind = entity.policies.get(name), entity.types.get(name)
        history = row.body.histories.get(name)
        if policy is None or kind is None or not history:
            continue
        given = [
            support.element.to_field_value()
            for support in replay(history, many=policy.many, keep_cleared=policy.cleared != "clear").supports.values()
        ]
        if kind.name == FREE_TEXT:
            given = [replace(value, evidence=True) for value in given if len(str(value.value)) <= LONGEST_TEXT]
        found = tuple(made for value in given if (made := kind.features(value)))
        if found:
            features[name] = found
        looked_up = found if kind.name == FREE_TEXT else ()
        keys = [key for value in given for key in kind.blocking_keys(value)] + [one["key"] for one in looked_up]
        if keys:
            blocks[name] = tuple(dict.fromkeys(keys))
    return Evidence(row.key, row.entity, features, blocks)


class EvidenceSource(Protocol):
    """Whence evidence comes."""

    def get(self, connection: sa.Connection, refs: Iterable[bytes]) -> dict[bytes, Evidence]:
        """Return the evidence of *refs*, borrowed evidence included."""


class EvidenceCache:
    """Evidence by ref, made once per run: a record's own, and with what it borrows from its neighbours.

    What a relation lends counts only where people stated the relation, for the same reason. Decrypting a record and
    making its features costs some thirty times what unpacking does.
    """

    def __init__(self, vault: Vault, rules: Rules, most: int = CACHED) -> None:
        self._vault, self._rules, self._most = vault, rules, most
        self._by_relation = {name for name, model in rules.models.items() if any(_to(loan) for loan in model.borrows)}
        self._by_nearness = {
            name for name, model in rules.models.items() if any(loan.relation is None for loan in model.borrows)
        }
        self._own: dict[bytes, bytes] = {}
        self._whole: dict[bytes, bytes] = {}

    def forget(self, refs: Iterable[bytes]) -> None:
        """Drop what is kept of records that have changed."""
        for ref in refs:
            self._own.pop(ref, None)
            self._whole.pop(ref, None)

    def get(self, connection: sa.Connection, refs: Iterable[bytes]) -> dict[bytes, Evidence]:
        """Return the evidence of *refs*, borrowed evidence included, opening those not at hand."""
        wanted = set(refs)
        found = {ref: unpacked(self._whole[ref]) for ref in wanted if ref in self._whole}
        missing = wanted - found.keys()
        if missing:
            if len(self._whole) >= self._most:
                self._whole.clear()
            found |= self._with_borrowed(connection, missing)
        return found

    def _with_borrowed(self, connection: sa.Connection, refs: set[bytes]) -> dict[bytes, Evidence]:
        own = self._own_evidence(connection, refs)
        lent = [ref for ref in refs if ref in own and own[ref].entity in self._by_relation]
        stated = relations.of(connection, lent, by_people=True) if lent else {}
        near_by = [ref for ref in refs if ref in own and own[ref].entity in self._by_nearness]
        beside = records.beside(connection, near_by) if near_by else {}
        near = {one for ties in stated.values() for one in ties.values()}
        near |= {one for others in beside.values() for one in others}
        own |= self._own_evidence(connection, near - refs) if near - refs else {}
        made = {}
        for ref in refs & own.keys():
            entity = self._rules.entities.get(own[ref].entity)
            model = entity.model if entity is not None else None
            refers_to = [(name, own[one]) for name, one in stated.get(ref, {}).items() if one in own]
            others = [own[one] for one in beside.get(ref, ()) if one in own]
            made[ref] = borrow(model, own[ref], refers_to, others) if model is not None else own[ref]
            self._whole[ref] = self._own[ref] if made[ref] == own[ref] else packed(made[ref])
        return made

    def _own_evidence(self, connection: sa.Connection, refs: set[bytes]) -> dict[bytes, Evidence]:
        if len(self._own) >= self._most:
            self._own.clear()
        found = {ref: unpacked(self._own[ref]) for ref in refs if ref in self._own}
        only = self._rules.evidence_fields
        for ref, row in records.load(connection, self._vault, refs - found.keys(), only).items():
            found[ref] = evidence_of(row, self._rules)
            self._own[ref] = packed(found[ref])
        return found


def _to(loan: Borrow) -> bool:
    """Whether a loan is taken from a record that this one points to."""
    return loan.relation not in {None, OWN}


def packed(evidence: Evidence) -> bytes:
    """Return *evidence* in the form that Python itself loads fastest; it never leaves this run of the program."""
    features = {name: tuple(map(dict, values)) for name, values in evidence.features.items()}
    return marshal.dumps((evidence.key, evidence.entity, features, dict(evidence.blocks)))


def unpacked(packed: bytes) -> Evidence:
    """Return the evidence that was packed."""
    return Evidence(*marshal.loads(packed))  # noqa: S302 (made above, by this run of the program)
