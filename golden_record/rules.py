"""What resolving needs to know of a project: policies, field types, models, departments. Data, handed in by `flows`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from golden_record.computed import Computation
from golden_record.matching.model import Model
from golden_record.priority import Pressure
from golden_record.survive import Cleared, Policy
from mapping.field_types.contract import FieldType

Returns = Literal["review", "restore", "ignore"]


@dataclass(frozen=True)
class EntityRules:
    """One entity: its fields' policies and types, its matching model (None: never matched), plain and computed ones.

    *presses*: fields that tell how soon a question about a customer should be answered.
    """

    policies: Mapping[str, Policy]
    types: Mapping[str, FieldType]
    model: Model | None
    plain: frozenset[str] = frozenset()
    computed: Mapping[str, Computation] = field(default_factory=dict)
    presses: Mapping[str, Pressure] = field(default_factory=dict)


@dataclass(frozen=True)
class Rules:
    """A project's rules. *cleared*: (system, stream, emit, field) -> the policy that a mapping states for it.

    *returns*: (system, stream, entity) -> what is done when a customer whose record was deleted there is heard of
    again; absent where the system makes no records of that entity and its deletions archive nobody.
    """

    entities: Mapping[str, EntityRules]
    departments: Mapping[str, str]
    cleared: Mapping[tuple[str, str, int, str], Cleared] = field(default_factory=dict)
    returns: Mapping[tuple[str, str, str], Returns] = field(default_factory=dict)

    @property
    def models(self) -> dict[str, Model]:
        """The matching models in force, by entity."""
        return {name: one.model for name, one in self.entities.items() if one.model is not None}

    @property
    def summed_by(self) -> frozenset[str]:
        """The relations by which computed fields sum interactions up."""
        return frozenset(rule.by for one in self.entities.values() for rule in one.computed.values())

    def evidence_fields(self, entity: str) -> frozenset[str]:
        """Return the fields of an entity that some model reads: its own, or one that borrows from it."""
        return self._evidence_fields.get(entity, frozenset())

    @cached_property
    def _evidence_fields(self) -> dict[str, frozenset[str]]:
        """Gathered once: every record asks."""
        return {entity: self._read_of(entity) for entity in self.entities}

    def _read_of(self, entity: str) -> frozenset[str]:
        found: set[str] = set()
        for name, one in self.entities.items():
            if one.model is not None:
                found |= one.model.fields() if name == entity else set()
                found |= {loan.field for loan in one.model.borrows if loan.entity == entity}
                found |= {loan.into for loan in one.model.borrows if name == entity}
        return frozenset(found)
