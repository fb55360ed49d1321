"""What a question about two customers rests on: what people gave in the records of both, field by field.

Room: golden_record, the pure half. Kept as keyed digests with the question and frozen with a steward's answer: the
answer stands until one of the two records that are compared says something else. A new model, new frequencies and a
new weight are no news about a customer (docs/decisions/0039-grounds.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from golden_record.history import replay
from golden_record.matching.borrow import OWN
from golden_record.matching.clusters import Candidate
from golden_record.matching.evidence import Evidence
from golden_record.matching.model import Model
from golden_record.rules import EntityRules
from golden_record.store.normalised_records import NormalisedRow
from golden_record.store.review_grounds import Ground, Kept, Said
from golden_record.vault import Vault, dump

DIGEST = 8
_BORROWED = "<"


def compared(model: Model | None) -> frozenset[str]:
    """Return the names in `Said` that a comparison under *model* rests on."""
    if model is None:
        return frozenset()
    names = {name for comparison in model.comparisons for name in comparison.fields()}
    loans = [loan for loan in model.borrows if loan.into in names]
    names |= {loan.field for loan in loans if loan.relation == OWN}
    return frozenset(names | {_BORROWED + loan.into for loan in loans if loan.relation != OWN})


def said_by(vault: Vault, row: NormalisedRow, evidence: Evidence | None, rules: EntityRules) -> Said:
    """Return what people gave in one record.

    All its fields are in it, whether the model in force compares them or not: a later model may.

    Args:
        vault: makes the digests; equal values of two records have different ones.
        row: the record.
        evidence: the same record as matching sees it, with what it borrows; None where nothing is known of that.
        rules: of its entity.
    """
    said: dict[str, str] = {}
    for name, history in row.body.histories.items():
        policy = rules.policies.get(name)
        if policy is None or not history:
            continue
        supports = replay(history, many=policy.many, keep_cleared=policy.cleared != "clear").supports
        if supports:
            said[name] = _digest(vault, row, name, sorted(supports))
    for loan in rules.model.borrows if rules.model is not None and evidence is not None else ():
        if loan.relation != OWN:
            lent = evidence.features.get(loan.into, ()) if evidence is not None and loan.into not in said else ()
            texts = sorted(dump(dict(value)).decode("utf-8", "replace") for value in lent)
            name = _BORROWED + loan.into
            said[name] = _digest(vault, row, name, texts) if texts else ""
    return said


def _digest(vault: Vault, row: NormalisedRow, name: str, texts: Iterable[str]) -> str:
    return vault.digest("said", row.key, name, *texts, size=DIGEST).hex()


def unchanged(kept: Said, now: Said, names: frozenset[str]) -> bool:
    """Whether a record still says what it said, in these fields; what was not kept cannot have changed."""
    return all(kept.get(name) == now.get(name) for name in names if name in kept or not name.startswith(_BORROWED))


def settles(kept: Kept, question: Sequence[Ground], names: frozenset[str]) -> bool:
    """Whether a question that was *kept* asked about the same two customers, on the same grounds.

    The two records that are compared now need not be those that were compared then, since another model may find
    another pair to be the heaviest; but each was on its side then, says what it said, and is still one customer with
    the record that was compared for its side.
    """
    sides: dict[int, set[bytes]] = {0: set(), 1: set()}
    for one in question:
        sides[one.side].add(one.ref)
    seen: set[int] = set()
    for one in question:
        if not one.stands:
            continue
        then = kept.grounds.get(one.ref)
        if then is None or not unchanged(then.said, one.said, names):
            return False
        spoke = {other.ref for other in kept.grounds.values() if other.stands and other.side == then.side}
        if not spoke or not spoke <= sides[one.side]:
            return False
        seen.add(then.side)
    return len(seen) == len(sides)


class Grounds:
    """Makes the grounds of questions about clusters; what a record said is worked out once."""

    def __init__(
        self,
        vault: Vault,
        rows: Mapping[bytes, NormalisedRow],
        clusters: Sequence[Sequence[str]],
        rules: EntityRules,
    ) -> None:
        self._vault, self._rules = vault, rules
        self._by_key = {row.key: row for row in rows.values()}
        self._cluster = {key: cluster for cluster in clusters for key in cluster}
        self._said: dict[str, Said] = {}

    def refs(self, pairs: Iterable[Candidate]) -> set[bytes]:
        """Return the records whose evidence is needed for these pairs."""
        keys = {key for pair in pairs for end in (pair.a, pair.b) for key in self._cluster[end]}
        return {self._by_key[key].ref for key in keys}

    def of(self, pair: Candidate, evidences: Mapping[bytes, Evidence]) -> tuple[Ground, ...]:
        """Return the grounds of the question whether the clusters of *pair* are one customer."""
        found = []
        for side, end in enumerate(sorted((pair.a, pair.b))):
            for key in self._cluster[end]:
                row = self._by_key[key]
                if key not in self._said:
                    self._said[key] = said_by(self._vault, row, evidences.get(row.ref), self._rules)
                found.append(Ground(row.ref, side, key == end, self._said[key]))
        return tuple(found)
