"""What a steward decides about one question, as data: carried out, or only tried to see what it would come to.

Room: flows. A decision is one transaction: where a part of it does not fit, nothing is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from flows.deletion_answers import decide_deletion
from flows.hub import Hub
from flows.profile_edits import Edit, WrongValue, said
from flows.stewards import Outcome, acted, picked
from golden_record import stewardship
from golden_record.elements import Element
from golden_record.errors import NotDecidable
from golden_record.stewardship import Act, Said
from golden_record.store import normalised_records as records
from golden_record.store import profiles, reviews
from golden_record.store.engine import Store
from golden_record.store.one_transaction import one_transaction
from golden_record.store.reviews import Review
from golden_record.store.source_records import ref_of
from golden_record.vault import dump

Kind = Literal["match", "no_match", "pick", "value", "restore", "accept", "archive", "propagate", "dismiss"]
STAMP_BYTES = 12


@dataclass(frozen=True, slots=True)
class FieldWord:
    """A steward's word on one field: what this *record* (system, stream, id) shows, or typed *values*; else empty."""

    record: tuple[str, str, str] | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer to a question.

    *number*: the candidate that is picked. *words*: field -> word; for `value` the field in question, for `match` what
    the joined profile shall show. *pin* holds for all of them, until *until* (None: for good).
    """

    kind: Kind
    number: int | None = None
    words: Mapping[str, FieldWord] = field(default_factory=dict)
    pin: bool = False
    until: datetime | None = None


def decide(  # noqa: PLR0913 (the facts of a decision)
    hub: Hub, review_id: str, decision: Decision, *, author: str, reason: str, stamp: str | None = None
) -> Outcome:
    """Decide a question.

    *stamp* is that of the page on which it was decided: where what it showed has changed since, nothing is kept.

    Raises:
        NotDecidable: there is no such open question, somebody has it in hand or has decided it, it is asked about
            other records by now, or the decision does not fit it.
        WrongValue: a typed value is none of its field.
    """

    def do(act: Act) -> Sequence[str]:
        with one_transaction(hub.store) as store:
            review = asked(store, review_id)
            if stamp is not None:
                with store.read() as connection:
                    now = stamp_of(hub, connection, review)
                if review.status == reviews.OPEN and now != stamp:
                    raise changed_since(review_id)
            return carry_out(hub, store, review, decision, act)

    return acted(hub, "review", do, author=author, reason=reason)


def carry_out(hub: Hub, store: Store, review: Review, decision: Decision, act: Act) -> list[str]:
    """Do what a decision says on *store*; return the profiles that it is about."""
    name = review.review_id
    if decision.kind == "dismiss":
        return stewardship.dismiss(store, name, act)
    if decision.kind == "restore" and review.kind != "deleted":
        return stewardship.decide_return(store, name, act)
    if decision.kind in {"accept", "archive", "propagate", "restore"}:
        return decide_deletion(hub, store, review, decision.kind, act)
    if decision.kind in {"match", "no_match"}:
        words = words_of(hub, store, review.entity, decision)
        about = stewardship.decide_pair(store, name, act, same=decision.kind == "match")
        if words and decision.kind == "match" and about:
            stewardship.set_values(store, about[0], words, act)
        return about
    return [stewardship.decide_value(store, name, act, _word_on(hub, store, review, decision))]


def asked(store: Store, review_id: str) -> Review:
    """Return a question.

    Raises:
        NotDecidable: there is none of this id.
    """
    with store.read() as connection:
        found = reviews.get(connection, store.vault, review_id)
    if found is None:
        raise NotDecidable(f"there is no review {review_id}", "See `crmhub review list`", why="no_such_review")
    return found


def words_of(hub: Hub, store: Store, entity: str, decision: Decision) -> dict[str, Said]:
    """Return a decision's words on fields, those of records as these show them.

    Raises:
        NotDecidable: a record is not known, or shows nothing in the field.
        WrongValue: a typed value is none of its field.
    """
    found: dict[str, Said] = {}
    until = None if decision.until is None else int(decision.until.timestamp() * 1000)
    typed = {name: word.values for name, word in decision.words.items() if word.record is None}
    if typed:
        found |= said(hub, entity, Edit(typed, decision.pin, decision.until))
    for name, word in decision.words.items():
        if word.record is not None:
            found[name] = Said(_shown_in(hub, store, entity, name, word.record), decision.pin, until)
    return found


def _shown_in(hub: Hub, store: Store, entity: str, name: str, record: tuple[str, str, str]) -> tuple[Element, ...]:
    with store.read() as connection:
        rows = records.of_sources(connection, store.vault, [ref_of(store.vault, *record)])
    history = next((row.body.histories.get(name, ()) for row in rows.values() if row.entity == entity), ())
    if not history or not history[-1].shown:
        where = "/".join(record)
        raise NotDecidable(f"{where} shows nothing in `{name}`", "Pick another record, or type the value", why="empty")
    shape = hub.project.profile.field(entity, name)
    elements = tuple(dict.fromkeys(element for _slot, element in history[-1].shown))
    return elements if shape is not None and shape.many else elements[:1]


def _word_on(hub: Hub, store: Store, review: Review, decision: Decision) -> Said:
    until = None if decision.until is None else int(decision.until.timestamp() * 1000)
    if decision.kind == "pick":
        if decision.number is None:
            raise WrongValue("a pick needs the number of a candidate.")
        return replace(picked(review, decision.number), pin=decision.pin, until=until)
    if review.field is None:
        raise NotDecidable(
            f"review {review.review_id} is not about a value", "Use --match, --no-match or --dismiss", why="other_kind"
        )
    words = words_of(hub, store, review.entity, decision)
    return words.get(review.field, Said((), decision.pin, until))


# ------------------------------------------------------------------------------------------------- stamps


def stamp_of(hub: Hub, connection: sa.Connection, review: Review) -> str:
    """Return what a page rests on: the question, its grounds, and the profiles it is about as they stand."""
    ids = set(records.profiles_of(connection, review.refs).values())
    found = profiles.load(connection, hub.store.vault, ids)
    grounds = [review.review_id, review.evidence.hex(), sorted((one, found[one].version) for one in found)]
    return hub.store.vault.digest_bytes(b"stamp\0" + dump(grounds), STAMP_BYTES).hex()


def changed_since(review_id: str) -> NotDecidable:
    """Return the refusal of a decision on what is no longer as it was shown."""
    return NotDecidable(
        f"what review {review_id} is about has changed since you opened it",
        "Look at it again; nothing of yours was kept",
        why="changed_since",
    )
