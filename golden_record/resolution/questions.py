"""What is put before a steward: pairs in the band, and values that the rules must not settle.

A question is known by its subject and rests on its evidence: one that was decided is asked again only on other
evidence, and an open one whose ground has gone is closed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from ulid import ULID

from golden_record.matching.clusters import Candidate as PairCandidate
from golden_record.oscillation import oscillates
from golden_record.rules import EntityRules
from golden_record.store import reviews
from golden_record.store.normalised_records import NormalisedRow
from golden_record.store.reviews import OPEN, Review
from golden_record.survive import Candidate, Choice
from golden_record.vault import Vault

_VALUE_WAITS, _PAIR_WAITS, _PER_BIT, _LEAST = (
    timedelta(days=2),
    timedelta(days=14),
    timedelta(days=1),
    timedelta(days=1),
)
"""How long questions may wait until they are due: the queue's order weighs importance against age."""
OSCILLATES = "oscillates"
"""Why a value is asked about: what the hub writes in a record is turned back each time."""
_PAIR_STEP = 0.5
"""Bits by which a pair's weight must move before the same pair is asked about again."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question, before it is known whether it has been asked already."""

    kind: str
    entity: str
    subject: bytes
    evidence: bytes
    refs: tuple[bytes, ...]
    candidates: tuple[Mapping[str, Any], ...] = ()
    field: str | None = None
    weight: float | None = None
    note: str = ""


def duplicate_question(vault: Vault, pair: PairCandidate, rows: Mapping[bytes, NormalisedRow], entity: str) -> Question:
    """Ask whether two clusters are one customer."""
    refs = tuple(ref for ref, row in rows.items() if row.key in {pair.a, pair.b})
    evidence = vault.digest("evidence", f"{round(pair.weight / _PAIR_STEP)}", pair.reason)
    subject = vault.digest("duplicate", pair.a, pair.b)
    return Question("duplicate", entity, subject, evidence, refs, weight=round(pair.weight, 3), note=pair.reason)


def value_questions(  # noqa: PLR0913 (whose values, and by which rules)
    vault: Vault,
    profile_id: str,
    rules: EntityRules,
    entity: str,
    choices: Mapping[str, Choice],
    members: Sequence[NormalisedRow],
) -> list[Question]:
    """Ask which value holds, for every field of a profile that the rules leave open."""
    refs = {row.key: row.ref for row in members}
    found = []
    for name, choice in choices.items():
        for why, candidates in (
            ("concurrent", choice.disputed),
            ("not_owner", choice.suggested),
            ("cleared", choice.cleared_by),
            ("widened", choice.widened),
        ):
            if candidates:
                many = name in rules.policies and rules.policies[name].many
                found.append(_value_question(vault, profile_id, entity, name, why, choice, candidates, refs, many=many))
        turned = [row for row in members if row.state == "live" and _turns_back(row, name, choice)]
        if turned and not choice.disputed:
            found.append(_oscillation(vault, profile_id, entity, name, choice, turned))
    return found


def _value_question(  # noqa: PLR0913 (the facts of a question)
    vault: Vault,
    profile_id: str,
    entity: str,
    name: str,
    why: str,
    choice: Choice,
    candidates: Sequence[Candidate],
    refs: Mapping[str, bytes],
    *,
    many: bool,
) -> Question:
    standing = [
        {"value": element.value, "source": source.key, "element": element.to_json()}
        for element, source in zip(choice.elements, choice.sources, strict=True)
    ]
    rivals = [
        {
            "value": one.element.value if one.element else None,
            "source": one.key,
            "element": one.element.to_json() if one.element else None,
        }
        for one in candidates
    ]
    if many:
        # Each answer is a whole set: what stands, or what stands and the suggested value beside it.
        kept, values = [element.to_json() for element in choice.elements], [one["value"] for one in standing]
        standing = [{**one, "value": values, "elements": kept} for one in standing[:1]]
        rivals = [{**one, "value": [*values, one["value"]], "elements": [*kept, one["element"]]} for one in rivals]
    listed = rivals if why == "concurrent" else [*standing, *rivals]
    numbered = tuple({"n": place + 1, **one} for place, one in enumerate(listed))
    grounds = sorted(f"{one.key}={one.value_key}@{one.seen}" for one in candidates)
    return Question(
        "value",
        entity,
        vault.digest("value", profile_id, name, why),
        vault.digest("grounds", *grounds),
        tuple(sorted({refs[one.key] for one in candidates if one.key in refs})),
        numbered,
        name,
        note=why,
    )


def _turns_back(row: NormalisedRow, name: str, choice: Choice) -> bool:
    return oscillates(row.body.histories.get(name, ()), choice.elements, choice.sources)


def _oscillation(  # noqa: PLR0913 (the facts of a question)
    vault: Vault, profile_id: str, entity: str, name: str, choice: Choice, rows: Sequence[NormalisedRow]
) -> Question:
    """Ask whose value holds where a record turns back each time what the hub writes; until then it is left alone."""
    answers = [(choice.elements, choice.sources[0].key)] if choice.elements else []
    grounds = []
    for row in rows:
        last = row.body.histories[name][-1]
        shown = tuple(element for _slot, element in last.shown)
        answers.append((shown, row.key))
        grounds.append(f"{row.key}={sorted(element.key for element in shown)}@{last.seen}")
    listed = tuple(
        {
            "n": place + 1,
            "value": [one.value for one in elements] if len(elements) > 1 else elements[0].value if elements else None,
            "source": source,
            "element": elements[0].to_json() if elements else None,
            **({"elements": [one.to_json() for one in elements]} if len(elements) > 1 else {}),
        }
        for place, (elements, source) in enumerate(answers)
    )
    return Question(
        "value",
        entity,
        vault.digest("value", profile_id, name, OSCILLATES),
        vault.digest("grounds", *sorted(grounds)),
        tuple(sorted(row.ref for row in rows)),
        listed,
        name,
        note=OSCILLATES,
    )


def ask(  # noqa: PLR0913 (one step of settling)
    connection: sa.Connection,
    vault: Vault,
    questions: Sequence[Question],
    refs: Collection[bytes],
    run_id: str,
    now: datetime,
) -> int:
    """Open what is new, close what no longer stands about *refs*; return how many were opened.

    A question whose ground had gone and is there again is the same item as before, with its age and what was said.
    """
    asked = reviews.by_subject(connection, [one.subject for one in questions])
    new: list[Review] = []
    again: list[str] = []
    gone = {review_id for review_id, kind in reviews.open_about(connection, refs).items() if kind in _SETTLED_HERE}
    for one in questions:
        earlier = asked.get(one.subject, [])
        standing = [review_id for review_id, status, evidence in earlier if status == OPEN and evidence == one.evidence]
        gone.difference_update(standing)
        decided = any(
            status in {"decided", "dismissed"} and evidence == one.evidence for _, status, evidence in earlier
        )
        if standing or decided:
            continue
        lapsed = [
            review_id for review_id, status, evidence in earlier if (status, evidence) == ("obsolete", one.evidence)
        ]
        if lapsed:
            again.append(lapsed[-1])
        else:
            new.append(_review(one, run_id, now))
    reviews.obsolete(connection, gone, now)
    reviews.reopen(connection, again)
    reviews.add(connection, vault, new)
    return len(new) + len(again)


def dismissed(connection: sa.Connection, questions: Sequence[Question]) -> set[bytes]:
    """Return the subjects of those questions that a steward has dismissed on just these grounds."""
    asked = reviews.by_subject(connection, [one.subject for one in questions])
    return {
        one.subject
        for one in questions
        if any(status == "dismissed" and evidence == one.evidence for _, status, evidence in asked.get(one.subject, ()))
    }


_SETTLED_HERE = {"duplicate", "value", "returned"}


def _review(one: Question, run_id: str, now: datetime) -> Review:
    return Review(
        str(ULID()),
        one.kind,
        OPEN,
        one.subject,
        one.evidence,
        one.entity,
        one.refs,
        one.candidates,
        one.field,
        one.weight,
        now,
        run_id=run_id,
        note=one.note,
        due_at=now + _slack(one),
    )


def _slack(one: Question) -> timedelta:
    """How long a question may wait: a value freezes a field; a pair waits the less, the more speaks for it."""
    if one.kind != "duplicate" or one.weight is None:
        return _VALUE_WAITS
    return max(_PAIR_WAITS - max(one.weight, 0.0) * _PER_BIT, _LEAST)
