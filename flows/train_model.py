"""Train a matching model on the hub's own records, say what it would change, and put a version in force.

Room: flows. A trained version changes nothing by itself: `--apply` or `match use` puts it in force, and the next sync
weighs every pair anew. Carries record ids, levels, probabilities and bits, never values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ulid import ULID

from flows.hub import Hub
from flows.models_in_force import models_in_force, written_digest
from flows.profile_view import instant, record_json
from golden_record.bulk.compare import Difference, Moved, compare
from golden_record.bulk.score_pairs import score_pairs
from golden_record.bulk.train import Trained, train
from golden_record.bulk.workbench import workbench
from golden_record.errors import NotDecidable
from golden_record.matching.compiled import level_bits
from golden_record.matching.evidence import Evidence
from golden_record.matching.frequencies import count_frequencies
from golden_record.matching.model import Model
from golden_record.resolution.evidence_of import EvidenceCache
from golden_record.resolution.snapshot import every_evidence
from golden_record.store import leases, matching_index, trained_models
from golden_record.store import normalised_records as records
from golden_record.store.trained_models import Choice, TrainedModel

SAMPLES = 10
WRITTEN = "yaml"
"""How a command line names matching.yaml itself among the versions."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to train: *entity*; from stewards' *decisions* or without labels; *apply* puts it in force."""

    entity: str
    decisions: bool = False
    apply: bool = False


def train_model(hub: Hub, wanted: Wanted, *, author: str, samples: int = SAMPLES) -> dict[str, Any]:
    """Train and report; keep the version and put it in force where asked.

    Raises:
        NotDecidable: too few records, pairs or decisions to learn from, blocking rules that make too many pairs, or no
            model matches the entity.
    """
    model = _model(hub, wanted.entity)
    with leases.hold(hub.store, "resolve", wait=60):
        evidences = list(every_evidence(hub.store, wanted.entity, EvidenceCache(hub.store.vault, hub.rules)))
        labels = _decisions(hub, wanted.entity) if wanted.decisions else None
    trained, difference = _train(model, evidences, labels)
    with hub.store.read() as connection:
        bound = records.profiles_by_key(connection, wanted.entity)
    report: dict[str, Any] = {
        "entity": wanted.entity,
        "records": trained.records,
        "candidate_pairs": trained.pairs,
        "sampled_strangers": trained.strangers,
        "labels": trained.labels,
        "sessions": trained.sessions,
        "sessions_skipped": [{"rule": rule, "why": why} for rule, why in trained.skipped],
        "prior": {
            "old": model.prior,
            "old_base": model.prior_base,
            "new": trained.model.prior,
            "base": trained.records,
        },
        "levels": _levels_json(model, trained.model),
        "pairs": _difference_json(difference, bound, samples),
        "version": None,
        "applied": False,
    }
    if wanted.apply:
        report |= {"version": _keep(hub, wanted.entity, trained, author), "applied": True}
    return report


def _model(hub: Hub, entity: str) -> Model:
    one = hub.rules.entities.get(entity)
    if one is None or one.model is None:
        known = ", ".join(name for name, rules in hub.rules.entities.items() if rules.model is not None)
        raise NotDecidable(f"matching.yaml has no model for `{entity}`", f"It has models for {known or 'nothing'}")
    return one.model


def _train(
    model: Model, evidences: Sequence[Evidence], labels: Sequence[tuple[str, str]] | None
) -> tuple[Trained, Difference]:
    frequencies = count_frequencies(model, evidences)
    with workbench(model, frequencies, evidences) as bench:
        trained = train(bench, labels)
        keys, old = bench.keys, score_pairs(bench, model.thresholds.review)
    with workbench(trained.model, frequencies, evidences) as bench:
        new = score_pairs(bench, model.thresholds.review)
    return trained, compare(keys, old, new, (model.thresholds, trained.model.thresholds))


def _decisions(hub: Hub, entity: str) -> list[tuple[str, str]]:
    """Return the pairs of records that people have joined, as keys."""
    with hub.store.read() as connection:
        pairs = matching_index.joined_by_people(connection, entity)
        keys = records.keys_of(connection, {ref for pair in pairs for ref in pair})
    return [(keys[a], keys[b]) for a, b in pairs if a in keys and b in keys]


# ----------------------------------------------------------------------------------------------- versions


def _keep(hub: Hub, entity: str, trained: Trained, author: str) -> int:
    """Keep the trained model as the entity's next version, in force from now on."""
    written = written_digest(hub.project.models[entity])
    basis = {"records": trained.records, "candidate_pairs": trained.pairs, "labels": trained.labels}
    with hub.store.write() as connection:
        known = trained_models.versions(connection, entity)
        version = known[0].version + 1 if known else 1
        text = trained.model.model_dump_json(exclude_none=True)
        now = hub.now()
        trained_models.add(connection, TrainedModel(entity, version, text, written, basis, author, now))
        choice = Choice(str(ULID()), entity, version, written, author, "match train --apply", now)
        trained_models.choose(connection, choice)
    return version


def use_version(hub: Hub, entity: str, version: int | None, *, author: str, reason: str) -> None:
    """Put a version in force (None: matching.yaml itself); the next sync weighs every pair anew.

    Raises:
        NotDecidable: there is no such version.
    """
    written = written_digest(hub.project.models[entity]) if entity in hub.project.models else None
    with hub.store.write() as connection:
        known = {one.version for one in trained_models.versions(connection, entity)}
        if written is None or (version is not None and version not in known):
            listed = ", ".join(map(str, sorted(known))) or "none yet"
            raise NotDecidable(
                f"`{entity}` has no model version {version}", f"Versions: {listed}; `{WRITTEN}` is the file"
            )
        choice = Choice(str(ULID()), entity, version, written, author, reason, hub.now())
        trained_models.choose(connection, choice)


def versions_json(hub: Hub) -> dict[str, Any]:
    """Return every version of every entity's model, the newest first, and what is in force."""
    with hub.store.read() as connection:
        kept = trained_models.versions(connection)
        acts = trained_models.choices(connection)
        standing = models_in_force(connection, hub.project.models)
    return {
        "in_force": {
            entity: {"version": one.version or WRITTEN, "put_aside_by_an_edit": one.passed_over}
            for entity, one in standing.items()
        },
        "items": [
            {
                "entity": one.entity,
                "version": one.version,
                "in_force": standing[one.entity].version == one.version if one.entity in standing else False,
                "at": instant(one.at),
                "author": one.author,
                **one.report,
            }
            for one in kept
        ],
        "acts": [
            {
                "entity": act.entity,
                "version": act.version or WRITTEN,
                "at": instant(act.at),
                "author": act.author,
                "reason": act.reason,
            }
            for act in acts
        ],
        "next": None,
    }


# ------------------------------------------------------------------------------------------------- report


def _levels_json(old: Model, new: Model) -> list[dict[str, Any]]:
    found = []
    for before, after in zip(old.comparisons, new.comparisons, strict=True):
        for level, (m, u), (new_m, new_u) in zip(before.levels, before.weights, after.weights, strict=True):
            found.append(
                {
                    "field": before.title,
                    "level": level.title(before.field),
                    "m": {"old": round(m, 9), "new": round(new_m, 9)},
                    "u": {"old": round(u, 12), "new": round(new_u, 12)},
                    "bits": {"old": round(level_bits(m, u), 3), "new": round(level_bits(new_m, new_u), 3)},
                }
            )
    return found


def _difference_json(difference: Difference, bound: Mapping[str, str], samples: int) -> dict[str, Any]:
    def together(one: Moved) -> bool:
        return one.a in bound and bound.get(one.a) == bound.get(one.b)

    def shown(moved: Sequence[Moved]) -> list[dict[str, Any]]:
        return [
            {
                "a": record_json(one.a),
                "b": record_json(one.b),
                "old": None if one.old is None else round(one.old, 3),
                "new": None if one.new is None else round(one.new, 3),
                "together_now": together(one),
            }
            for one in moved[:samples]
        ]

    return {
        "joined": {"old": difference.joined[0], "new": difference.joined[1]},
        "review": {"old": difference.band[0], "new": difference.band[1]},
        "gained": len(difference.gained),
        "gained_between_profiles": sum(not together(one) for one in difference.gained),
        "lost": len(difference.lost),
        "lost_within_profiles": sum(together(one) for one in difference.lost),
        "samples": {"gained": shown(difference.gained), "lost": shown(difference.lost)},
    }
