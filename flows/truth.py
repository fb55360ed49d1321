"""Measure profiles against a known truth: pairs of records that are in one profile and should be.

Room: flows. For the demo, tests and benchmarks; the truth comes from the sandboxes' control port.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import sqlalchemy as sa

from flows.hub import Hub
from golden_record.store.source_records import ref_of
from golden_record.store.tables import normalised_records, review_profiles, reviews


def measure(hub: Hub, records: Sequence[Mapping[str, Any]]) -> dict[str, float | int]:
    """Return precision, recall and F1 by pairs, and the recall if stewards settle what lies in the review band.

    *records*: system, stream, id, entity and true customer (records with none are left out).
    """
    customers = _customers(hub, records)
    profiles, asked = _profiles(hub)
    known = {key: customer for key, customer in customers.items() if key in profiles}
    true = _pairs(Counter(known.values()))
    found = _pairs(Counter(profiles[key] for key in known))
    both = _pairs(Counter((profiles[key], customer) for key, customer in known.items()))
    precision = both / found if found else 1.0
    recall = both / true if true else 1.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {
        "precision": round(precision, 5),
        "recall": round(recall, 5),
        "f1": round(f1, 5),
        "pairs": true,
        "review_pairs": len(asked),
        "recall_with_reviews": round((both + _gained(known, profiles, asked)) / true if true else 1.0, 5),
    }


def _gained(known: Mapping[bytes, str], profiles: Mapping[bytes, str], asked: Sequence[tuple[bytes, bytes]]) -> int:
    """Count the true pairs that joining the rightly asked profiles would add."""
    size: Counter[tuple[str, str]] = Counter((profiles[key], customer) for key, customer in known.items())
    joined = set()
    for a, b in asked:
        if a in known and b in known and known[a] == known[b] and profiles[a] != profiles[b]:
            joined.add((known[a], *sorted((profiles[a], profiles[b]))))
    return sum(size[one, customer] * size[other, customer] for customer, one, other in joined)


def _pairs(sizes: Counter[Any]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes.values())


def _customers(hub: Hub, records: Sequence[Mapping[str, Any]]) -> dict[bytes, str]:
    """Return normalised record -> true customer."""
    found: dict[bytes, str] = {}
    for record in records:
        mapping = hub.project.mappings.get((record["system"], record["stream"]))
        if mapping is None or record["customer"] is None:
            continue
        source = ref_of(hub.store.vault, record["system"], record["stream"], record["id"])
        for emit in mapping.emits:
            if emit.entity == record["entity"]:
                found[source + bytes([emit.place])] = f"{record['entity']}:{record['customer']}"
    return found


def _profiles(hub: Hub) -> tuple[dict[bytes, str], list[tuple[bytes, bytes]]]:
    table = normalised_records
    with hub.store.read() as connection:
        rows = connection.execute(sa.select(table.c.ref, table.c.profile_id).where(table.c.profile_id.is_not(None)))
        profiles = {bytes(row.ref): row.profile_id for row in rows}
        about = (
            sa.select(review_profiles.c.review_id, review_profiles.c.ref)
            .join(reviews, reviews.c.id == review_profiles.c.review_id)
            .where((reviews.c.status == "open") & (reviews.c.kind == "duplicate"))
        )
        by_review: dict[str, list[bytes]] = {}
        for row in connection.execute(about):
            by_review.setdefault(row.review_id, []).append(bytes(row.ref))
    return profiles, [pair for refs in by_review.values() for pair in combinations(sorted(refs), 2)]
