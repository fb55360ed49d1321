"""Why two records, or the records of two profiles, are one customer or are not: the JSON of `match explain`.

Room: flows. Reads the store, changes nothing; carries fields, levels, bits and record ids, never values.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice, product
from typing import Any

import sqlalchemy as sa

from flows.hub import Hub
from flows.profile_view import record_json
from golden_record.errors import NotDecidable
from golden_record.matching.clusters import Candidate, Link
from golden_record.resolution.examine import Examiner, FoundBy, Standing
from golden_record.store import matching_index, profiles
from golden_record.store import normalised_records as records
from golden_record.store.matching_index import HUB, StewardLink
from golden_record.store.normalised_records import NormalisedRow
from golden_record.store.source_records import ref_of

MOST_PAIRS = 2_000
"""Pairs of two profiles' records that are scored to find the one that says most; a profile has rarely ten records."""

_RECORD_PARTS = 3

Rows = Mapping[bytes, NormalisedRow]


def explain_pair(hub: Hub, a: str, b: str, entity: str | None = None) -> dict[str, Any]:
    """Explain the pair of records of *a* and *b* that says most for one customer.

    Args:
        hub: the project's.
        a: a profile's id (one merged away means the records that it had), or a record as `system/stream/id`.
        b: likewise.
        entity: needed only where both sides have records of several entities and the first is not meant.

    Raises:
        NotDecidable: there is no such record or profile, or the two are never compared (other entities, the same one).
    """
    with hub.store.read() as connection:
        ours, theirs = records_called(hub, connection, a), records_called(hub, connection, b)
        entity = _common_entity(hub, (a, ours), (b, theirs), entity)
        examiner = Examiner(hub.store, hub.rules, entity)
        pairs = list(islice(_pairs(_of(ours, entity), _of(theirs, entity)), MOST_PAIRS))
        if not pairs:
            raise NotDecidable(f"{a} and {b} are the same record", "Name two records, or two profiles")
        one, other = _strongest(connection, examiner, pairs, {**ours, **theirs})
        return pair_json(hub, connection, examiner, one, other) | {"compared_pairs": len(pairs)}


def pair_json(hub: Hub, connection: sa.Connection, examiner: Examiner, a: bytes, b: bytes) -> dict[str, Any]:
    """Return the explanation of two records of the examiner's entity."""
    rows = records.load(connection, hub.store.vault, (a, b))
    evidence = examiner.evidence(connection, (a, b))
    explained = examiner.explain(evidence[a], evidence[b])
    found_by = examiner.found_by(connection, evidence[a], evidence[b])
    standing = examiner.standing(connection, a, b)
    direct = matching_index.links_of(connection, [a])
    kept = [Link(rows[a].key, rows[b].key, link.weight) for link in direct if {link.a, link.b} == {a, b}]
    return {
        **explained.to_json(),
        "entity": examiner.entity,
        "records": {"a": record_json(rows[a].key), "b": record_json(rows[b].key)},
        "profiles": [rows[a].profile_id, rows[b].profile_id],
        "together": standing.together,
        "because": because(examiner, explained.score.decision, found_by, standing),
        "thresholds": {"auto": examiner.model.thresholds.auto, "review": examiner.model.thresholds.review},
        "found_by": list(found_by.rules),
        "too_full": list(found_by.too_full),
        "links": _links_json(hub, connection, kept, standing),
    }


def because(examiner: Examiner, decision: str, found_by: FoundBy, standing: Standing) -> str:
    """Say in one sentence why the two share a profile, or why not."""
    if standing.waits:
        return "a change of one of them is not resolved yet: run `crmhub sync`"
    if standing.together:
        return _why_together(decision, standing.path)
    cannot = next((word for word in standing.words if word.kind == "cannot"), None)
    if cannot is not None:
        return f"apart by a steward's word ({cannot.author})"
    if not found_by.rules:
        why = f"the bucket of {' and of '.join(found_by.too_full)} is too full" if found_by.too_full else "none fits"
        return f"apart: no blocking rule brings the two records together ({why}), so they were never compared"
    return _why_apart(examiner, decision, standing.refused)


def _why_apart(examiner: Examiner, decision: str, refused: Candidate | None) -> str:
    if refused is not None and refused.reason != "band":
        return _why_refused(refused)
    if decision == "auto":
        return "apart, though the weight would join them: run `crmhub sync`, the model or a record has changed"
    if decision == "review" or refused is not None:
        return "apart until a steward decides: the weight lies between the two thresholds"
    return f"apart: the weight is below {examiner.model.thresholds.review:g} bits"


def _why_together(decision: str, path: Sequence[Link]) -> str:
    if any(link.weight == math.inf for link in path):
        return "one customer by a steward's or a system's word"
    if len(path) <= 1:
        return "one customer by their own evidence" if decision == "auto" else "one customer by an earlier decision"
    weakest = min(link.weight for link in path)
    return f"one customer by way of {len(path) - 1} other records; their weakest link has {weakest:.1f} bits"


def _why_refused(refused: Candidate) -> str:
    if refused.reason == "too_large":
        return "apart: together their profile would grow beyond the model's `max_cluster`"
    if refused.reason == "cannot":
        return "apart: a steward keeps two of their profiles' records apart"
    if refused.reason == "together":
        return "apart: the records of one profile, taken together, differ too much from those of the other"
    if refused.opposed is None:
        return "apart: two members speak against each other"
    names = " and ".join(_name(key) for key in refused.opposed)
    return f"apart: {names} speak strongly against each other, and would share the profile"


def _name(key: str) -> str:
    return key.rpartition("#")[0]


def _links_json(
    hub: Hub, connection: sa.Connection, direct: Sequence[Link], standing: Standing
) -> list[dict[str, Any]]:
    path = [link for link in standing.path if math.isfinite(link.weight)]
    ends = {frozenset((link.a, link.b)) for link in direct}
    links = [*direct, *(link for link in path if frozenset((link.a, link.b)) not in ends)]
    found: list[dict[str, Any]] = [
        {"kind": "model", "a": record_json(link.a), "b": record_json(link.b), "weight": round(link.weight, 3)}
        for link in links
    ]
    rows = records.load(connection, hub.store.vault, {ref for word in standing.words for ref in (word.a, word.b)})
    return found + [_word_json(word, rows) for word in standing.words if word.a in rows and word.b in rows]


def _word_json(word: StewardLink, rows: Rows) -> dict[str, Any]:
    author = "the hub, which made the record" if word.author == HUB else word.author
    ends = {"a": record_json(rows[word.a].key), "b": record_json(rows[word.b].key)}
    return {"kind": word.kind, **ends, "weight": None, "author": author}


# ------------------------------------------------------------------------------------------- who is meant


def records_called(hub: Hub, connection: sa.Connection, name: str) -> Rows:
    """Return the normalised records of a profile's id, or of a record `system/stream/id`.

    Raises:
        NotDecidable: there are none.
    """
    parts = name.split("/", _RECORD_PARTS - 1)
    if len(parts) == _RECORD_PARTS:
        source = ref_of(hub.store.vault, parts[0], parts[1], parts[2])
        if found := records.of_sources(connection, hub.store.vault, [source]):
            return found
        raise NotDecidable(f"there is no record {name}", "`crmhub profiles show` lists records as system/stream/id")
    if once := _once_of(hub, connection, name.upper()):
        return once
    raise NotDecidable(f"there is no profile {name}", "Find it with `crmhub profiles search`")


def _once_of(hub: Hub, connection: sa.Connection, profile_id: str) -> Rows:
    """Return the records of a living profile, or those that a merged-away one brought along."""
    living = profiles.resolve_redirects(connection, [profile_id]).get(profile_id)
    if living is None:
        return {}
    found = records.of_profiles(connection, hub.store.vault, [living])
    brought = {ref: row for ref, row in found.items() if row.former_profile_id == profile_id}
    return brought if living != profile_id and brought else found


def _of(rows: Rows, entity: str) -> list[bytes]:
    return sorted((ref for ref, row in rows.items() if row.entity == entity), key=lambda ref: rows[ref].key)


def _common_entity(hub: Hub, one: tuple[str, Rows], other: tuple[str, Rows], wanted: str | None) -> str:
    kinds = [{row.entity for row in rows.values()} for _name, rows in (one, other)]
    common = [entity for entity in hub.rules.entities if entity in kinds[0] & kinds[1]]
    if wanted is not None:
        common = [entity for entity in common if entity == wanted]
    if common:
        return common[0]
    if wanted is not None:
        raise NotDecidable(f"{one[0]} and {other[0]} are not both of the entity `{wanted}`", "Leave --entity out")
    texts = [
        f"{name} is a {' and a '.join(sorted(kind))}" for (name, _rows), kind in zip((one, other), kinds, strict=True)
    ]
    raise NotDecidable(f"{texts[0]} and {texts[1]}: they are never compared", "Name two records of one entity")


def _pairs(ours: Iterable[bytes], theirs: Iterable[bytes]) -> Iterable[tuple[bytes, bytes]]:
    seen: set[frozenset[bytes]] = set()
    for a, b in product(ours, theirs):
        both = frozenset((a, b))
        if a != b and both not in seen:
            seen.add(both)
            yield a, b


def _strongest(
    connection: sa.Connection, examiner: Examiner, pairs: Sequence[tuple[bytes, bytes]], rows: Rows
) -> tuple[bytes, bytes]:
    evidence = examiner.evidence(connection, {ref for pair in pairs for ref in pair})

    def rank(pair: tuple[bytes, bytes]) -> tuple[float, str, str]:
        score = examiner.score(evidence[pair[0]], evidence[pair[1]])
        return -score.uncapped, rows[pair[0]].key, rows[pair[1]].key

    return min(pairs, key=rank)
