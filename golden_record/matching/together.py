"""What two groups of records say of each other, each group taken as one customer.

Room: golden_record, the pure half. Pair by pair the records of two namesakes at one employer may each lack what tells
them apart: one shows the mobile, another the mailbox. Taken together each side shows all that it has, and other mobiles
or other mailboxes speak up (docs/decisions/0047).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from golden_record.matching.evidence import Evidence, Values
from golden_record.matching.model import Comparison, Condition, Level, Model


def as_one(records: Iterable[Evidence]) -> Evidence:
    """Return what records say together: every value of each, once; the key is the smallest. At least one."""
    ordered = sorted(records, key=lambda record: record.key)
    features: dict[str, dict[tuple[tuple[str, str], ...], Mapping[str, str]]] = {}
    for record in ordered:
        for name, values in record.features.items():
            known = features.setdefault(name, {})
            for value in values:
                known.setdefault(tuple(sorted(value.items())), value)
    every: dict[str, Values] = {name: tuple(known[one] for one in sorted(known)) for name, known in features.items()}
    return Evidence(ordered[0].key, ordered[0].entity, every)


def for_groups(model: Model) -> Model:
    """Return the model that weighs groups: where it asks for equal values, one that both sides have is enough.

    A customer who was typed in under two employers is still at the one that both groups name.
    """
    comparisons = tuple(_any(comparison) for comparison in model.comparisons)
    return model.model_copy(update={"comparisons": comparisons})


def _any(comparison: Comparison) -> Comparison:
    return comparison.model_copy(update={"levels": tuple(_any_level(level) for level in comparison.levels)})


def _any_level(level: Level) -> Level:
    also = tuple(condition.model_copy(update=_when(condition)) for condition in level.also)
    return level.model_copy(update={"also": also, **_when(level)})


def _when(condition: Condition) -> dict[str, str]:
    return {"when": "any_equal"} if condition.when == "equal" else {}
