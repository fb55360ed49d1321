"""The matching models as people see them: weights in bits, thresholds with what they would move, versions and acts.

Room: flows. Reads the store, changes nothing.
"""

from __future__ import annotations

from typing import Any

from flows.hub import Hub
from flows.models_in_force import models_in_force
from flows.train_model import versions_json
from golden_record.errors import NotDecidable
from golden_record.matching.compiled import level_bits
from golden_record.matching.model import Comparison, Model
from golden_record.store import link_weights
from golden_record.store import normalised_records as records


def matching_json(hub: Hub) -> dict[str, Any]:
    """Return each entity's model in force, with the versions and the acts that put them there.

    Returns:
        `{"models": {entity: {"version", "thresholds", "prior_bits", "records", "needs", "blocking", "comparisons":
        [{"name", "levels": [{"name", "bits", "m", "u", "decisive", "conflict"}]}]}}, "versions"}`, these as
        `match versions` prints them.
    """
    with hub.store.read() as connection:
        standing = models_in_force(connection, hub.project.models)
        counted = {entity: records.count(connection, entity) for entity in standing}
    versions = versions_json(hub)
    return {
        "models": {
            entity: _model(one.model, counted[entity]) | {"version": versions["in_force"][entity]["version"]}
            for entity, one in standing.items()
        },
        "versions": versions,
    }


def _model(model: Model, total: int) -> dict[str, Any]:
    thresholds = model.thresholds
    return {
        "thresholds": {"auto": thresholds.auto, "review": thresholds.review, "apart": thresholds.apart},
        "prior_bits": round(model.prior_bits(total), 3),
        "records": total,
        "needs": model.needs,
        "blocking": [{"fields": list(rule.fields), "max": rule.max} for rule in model.blocking],
        "comparisons": [_comparison(one) for one in model.comparisons],
    }


def _comparison(one: Comparison) -> dict[str, Any]:
    return {
        "name": one.title,
        "frequency": one.frequency,
        "levels": [
            {
                "name": level.title(one.field),
                "bits": round(level_bits(m, u), 3),
                "m": m,
                "u": u,
                "decisive": level.decisive,
                "conflict": level.conflict,
            }
            for level, (m, u) in zip(one.levels, one.weights, strict=True)
        ],
    }


def thresholds_json(hub: Hub, entity: str) -> dict[str, Any]:
    """Return how many scored pairs lie where, and what another automatic threshold would move.

    Returns:
        `{"entity", "auto", "review", "pairs": [{"bits", "pairs"}], "joined", "asked", "moved": [{"auto", "pairs"}]}`.
        `moved`: with that threshold so many pairs more (fewer: below 0) would be joined without asking; other rules of
        the model (attributes that must agree, contradictions) may still hold one back.

    Raises:
        NotDecidable: no model matches the entity.
    """
    with hub.store.read() as connection:
        standing = models_in_force(connection, hub.project.models).get(entity)
        if standing is None:
            raise NotDecidable(f"no model matches `{entity}`", "See config/matching.yaml")
        counted = link_weights.by_weight(connection, entity)
    auto, review = standing.model.thresholds.auto, standing.model.thresholds.review

    def from_on(bits: float) -> int:
        return sum(pairs for at, pairs in counted.items() if at >= bits)

    joined = from_on(auto)
    tried = [auto + step for step in (-4, -2, -1, 1, 2, 4) if auto + step >= review]
    return {
        "entity": entity,
        "auto": auto,
        "review": review,
        "pairs": [{"bits": at, "pairs": pairs} for at, pairs in counted.items()],
        "joined": joined,
        "asked": from_on(review) - joined,
        "moved": [{"auto": one, "pairs": from_on(one) - joined} for one in tried],
    }
