"""What is put before a steward: pairs in the band, and values that the rules must not settle.

A question is known by its subject and rests on its evidence: one that was decided is asked again only on other
evidence, and an open one whose ground has gone is closed. What a pair rests on is in `grounds`.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from ulid import ULID

from golden_record.matching.clusters import Candidate as PairCandidate
from golden_record.matching.evidence import Evidence
from golden_record.matching.model import Model
from golden_record.oscillation import oscillates
from golden_record.priority import Cause, Pressure, causes, waits
from golden_record.resolution.grounds import Grounds, compared, settles, unchanged
from golden_record.rules import EntityRules
from golden_record.store import review_grounds, reviews
from golden_record.store.normalised_records import NormalisedRow
from golden_record.store.review_grounds import Ground, Kept
from golden_record.store.reviews import OPEN, Review, Weight
from golden_record.survive import Candidate, Choice
from golden_record.vault import Vault, dump
from mapping.values import Json

OSCILLATES = "oscillates"
"""Why a value is asked about: what the hub writes in a record is turned back each time."""
_NOT_KEPT = bytes(16)
"""The evidence of a pair from before its grounds were kept: what stands when it is next looked at counts as them."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question, before it is known whether it has been asked already.

    *grounds* of a pair: what its records say; *compared*: the names in them that matter to the model in force.
    *former*: the subject under which the same question was known to an earlier version. *presses*: why it should be
    answered soon.
    """

    kind: str
    entity: str
    subject: bytes
    evidence: bytes
    refs: tuple[bytes, ...]
    candidates: tuple[Mapping[str, Any], ...] = ()
    field: str | None = None
    weight: float | None = None
    note: str = ""
    grounds: tuple[Ground, ...] = ()
    compared: frozenset[str] = frozenset()
    former: bytes | None = None
    presses: tuple[Cause, ...] = ()


Worth = Mapping[bytes, Mapping[str, Json]]
"""Record -> what its profile shows in the fields that tell how much a question about it presses."""


def worth_of(
    choices: Mapping[str, Choice], members: Sequence[NormalisedRow], pressures: Mapping[str, Pressure]
) -> dict[bytes, Mapping[str, Json]]:
    """Return what a customer is worth, by record of the customer."""
    shown = {name: choices[name].elements[0].value for name in pressures if name in choices and choices[name].elements}
    return {row.ref: shown for row in members} if shown else {}


def weighed(questions: Iterable[Question], worth: Worth, pressures: Mapping[str, Pressure]) -> list[Question]:
    """Return the questions with what makes each of them press."""
    return [
        replace(one, presses=causes(one.kind, one.weight, [worth[ref] for ref in one.refs if ref in worth], pressures))
        for one in questions
    ]


def duplicate_questions(  # noqa: PLR0913 (what questions rest on)
    vault: Vault,
    pairs: Sequence[PairCandidate],
    grounds: Grounds,
    evidences: Mapping[bytes, Evidence],
    entity: str,
    model: Model | None,
) -> list[Question]:
    """Ask of each of these pairs of clusters whether they are one customer."""
    names = compared(model)
    found = []
    for pair in pairs:
        mine = grounds.of(pair, evidences)
        ends = [one for one in mine if one.stands]
        said = dump([{name: one.said.get(name) for name in sorted(names)} for one in ends]).decode()
        found.append(
            Question(
                "duplicate",
                entity,
                vault.digest("duplicate", pair.a, pair.b),
                vault.digest("evidence", pair.reason, said),
                tuple(one.ref for one in ends),
                weight=round(pair.weight, 3),
                note=pair.reason,
                grounds=mine,
                compared=names,
            )
        )
    return found


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
        # Known by its records: the profile may go by another id by the time that it is asked again.
        vault.digest("value of", name, why, *sorted({one.key for one in candidates})),
        vault.digest("grounds", *grounds),
        tuple(sorted({refs[one.key] for one in candidates if one.key in refs})),
        numbered,
        name,
        note=why,
        former=vault.digest("value", profile_id, name, why),
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
    One that stands takes on the weight that its pair has by now.
    """
    asked = _Asked(connection, vault, questions)
    new: list[tuple[Question, Review]] = []
    again: dict[str, Question] = {}
    standing: dict[str, Question] = {}
    gone = {review_id for review_id, kind in reviews.open_about(connection, refs).items() if kind in _SETTLED_HERE}
    for one in questions:
        still = asked.of(one, {OPEN})
        standing |= dict.fromkeys(still, one)
        if still or asked.answered(one):
            continue
        lapsed = asked.of(one, {"obsolete"})
        if lapsed:
            again[lapsed[-1]] = one
        else:
            new.append((one, _review(one, run_id, now)))
    reviews.obsolete(connection, gone - standing.keys(), now)
    reviews.reopen(connection, again)
    reviews.add(connection, vault, [review for _question, review in new])
    asked.keep(standing | again, {review.review_id: one for one, review in new if one.grounds})
    return len(new) + len(again)


def dismissed(connection: sa.Connection, vault: Vault, questions: Sequence[Question]) -> set[bytes]:
    """Return the subjects of those questions on values that a steward has dismissed on just these grounds."""
    asked = _Asked(connection, vault, questions)
    return {one.subject for one in questions if asked.of(one, {"dismissed"})}


class _Asked:
    """What was asked before about the same: by subject and, for pairs, by the records of both customers."""

    def __init__(self, connection: sa.Connection, vault: Vault, questions: Sequence[Question]) -> None:
        self._connection, self._vault = connection, vault
        subjects = {one.subject for one in questions} | {one.former for one in questions if one.former is not None}
        self._by_subject = reviews.by_subject(connection, subjects)
        pairs = {ref for one in questions if one.grounds for ref in one.refs}
        self._kept = {one.review_id: one for one in review_grounds.about(connection, pairs)} if pairs else {}

    def of(self, question: Question, statuses: Container[str]) -> list[str]:
        """Return the items of one of these statuses that put this very question on these grounds, oldest first."""
        subjects = (question.subject, question.former) if question.former is not None else (question.subject,)
        return [
            review_id
            for subject in subjects
            for review_id, status, evidence in self._by_subject.get(subject, ())
            if status in statuses and self._same_grounds(question, review_id, evidence)
        ]

    def _same_grounds(self, question: Question, review_id: str, evidence: bytes) -> bool:
        if not question.grounds or evidence == question.evidence:
            return evidence == question.evidence
        kept = self._kept.get(review_id)
        return evidence == _NOT_KEPT if kept is None else _same_pair(kept, question)

    def answered(self, question: Question) -> bool:
        """Whether a steward has answered or dismissed it on these grounds, be it by way of other records of the two."""
        mine = self.of(question, _BY_STEWARD)
        self._adopt(mine, question)
        return bool(mine) or any(
            settles(kept, question.grounds, question.compared)
            for kept in self._kept.values()
            if question.grounds and kept.status in _BY_STEWARD
        )

    def _adopt(self, ids: Sequence[str], question: Question) -> None:
        """Keep what stands now as the grounds of answers from before grounds were kept."""
        bare = [one for one in ids if question.grounds and one not in self._kept]
        if bare:
            review_grounds.keep(self._connection, dict.fromkeys(bare, question.grounds))
            reviews.rest_on(self._connection, bare, question.evidence)

    def keep(self, standing: Mapping[str, Question], new: Mapping[str, Question]) -> None:
        """Keep the grounds and weights of pairs as they are now, and when each question should be answered."""
        pairs = {name: one for name, one in standing.items() if one.grounds}
        changed = {
            name: one.grounds
            for name, one in pairs.items()
            if name not in self._kept or {each.ref: each for each in one.grounds} != self._kept[name].grounds
        }
        review_grounds.keep(self._connection, changed | {name: one.grounds for name, one in new.items()})
        for name, was in reviews.weights(self._connection, standing).items():
            one = standing[name]
            weight, evidence = (one.weight, one.evidence) if one.grounds else (was.weight, was.evidence)
            now = Weight(evidence, weight, was.opened_at, was.opened_at + waits(one.kind, one.presses))
            if now != was:
                reviews.weigh(self._connection, self._vault, name, now, one.note if one.grounds else None)


def _same_pair(kept: Kept, question: Question) -> bool:
    return all(
        one.ref in kept.grounds and unchanged(kept.grounds[one.ref].said, one.said, question.compared)
        for one in question.grounds
        if one.stands
    )


_BY_STEWARD = frozenset({"decided", "dismissed"})
_SETTLED_HERE = {"duplicate", "value", "returned", "deleted"}


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
        due_at=now + waits(one.kind, one.presses),
    )
