"""Evidence that a record borrows from its neighbours: a contact's company is known by the account it refers to.

Room: golden_record, the pure half. What is borrowed is evidence only: never a value of the profile, never pushed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from golden_record.matching.evidence import NO_VALUES, Evidence, Values
from golden_record.matching.model import Borrow, Model

OWN = "own"
"""The relation of a record to itself: evidence that stands in another of its fields."""


def borrow(
    model: Model,
    evidence: Evidence,
    refers_to: Iterable[tuple[str, Evidence]] = (),
    beside: Iterable[Evidence] = (),
) -> Evidence:
    """Return *evidence* with what the model lets it borrow.

    Args:
        model: of this entity; says in `borrows` what is taken from whom.
        evidence: the record's own; a field that it fills itself is only added to from its own others.
        refers_to: (relation, the record that it points to), own evidence only, so that nothing is borrowed twice.
        beside: the other entities that the same source record emits.

    Values that are equal come once; order is that of *model*, then of the neighbours' keys.
    """
    neighbours = sorted(refers_to, key=lambda one: (one[0], one[1].key))
    near = sorted(beside, key=lambda one: one.key)
    taken: dict[str, Values] = {}
    for rule in model.borrows:
        own = rule.relation == OWN
        said = evidence.features.get(rule.into, NO_VALUES)
        if said and not own:
            continue
        values = taken.get(rule.into, said)
        for lender in _lenders(rule, evidence, neighbours, near):
            values = _with(values, lender, rule)
        if values:
            taken[rule.into] = values
    return replace(evidence, features={**evidence.features, **taken}) if taken else evidence


def _lenders(
    rule: Borrow, evidence: Evidence, neighbours: list[tuple[str, Evidence]], near: list[Evidence]
) -> list[Evidence]:
    if rule.relation == OWN:
        found = [evidence]
    elif rule.relation is None:
        found = near
    else:
        found = [other for name, other in neighbours if name == rule.relation]
    return [lender for lender in found if lender.entity == rule.entity]


def _with(values: Values, lender: Evidence, rule: Borrow) -> Values:
    found = list(values)
    for value in lender.features.get(rule.field, NO_VALUES):
        if any(value.get(name) != text for name, text in rule.only.items()):
            continue
        names = rule.features or {name: name for name in value}
        lent = {ours: text for theirs, ours in names.items() if (text := value.get(theirs))}
        if lent and lent not in found:
            found.append(lent)
    return tuple(found)
