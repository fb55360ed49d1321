"""One act of a steward while it is done: each step is carried out and remembered, so that the whole can be undone.

Room: golden_record, shell. Used within one transaction; `keep` ends it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from ulid import ULID

from golden_record.errors import NotDecidable
from golden_record.store import acts, decrees, matching_index, profiles, reviews, tombstones
from golden_record.store import normalised_records as records
from golden_record.store.acts import Effects, KeptAct
from golden_record.store.normalised_records import CLEAN, IN_HAND, TO_INDEX, TO_SETTLE, NormalisedRow
from golden_record.store.profiles import Event
from golden_record.store.reviews import OPEN, Review
from golden_record.survive import Decree
from golden_record.vault import Vault

Pair = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts, why, when, and in which run."""

    author: str
    reason: str
    at: datetime
    run_id: str


@dataclass
class Deed:
    """An act on its way."""

    connection: sa.Connection
    vault: Vault
    act: Act
    act_id: str = field(default_factory=lambda: str(ULID()))
    effects: Effects = field(default_factory=Effects)

    def remember_ids(self, refs: Iterable[bytes]) -> None:
        """Remember under which profiles these records stand, before the act moves them."""
        found = records.bindings_of(self.connection, refs)
        self.effects.bound |= found
        former = {former for _profile, former in found.values() if former is not None}
        self.effects.led |= profiles.redirects_of(self.connection, former)

    def say(self, pairs: Iterable[Pair], kind: str) -> None:
        """Say `must` or `cannot` of pairs of records."""
        facts = {"author": self.act.author, "reason": self.act.reason, "now": self.act.at}
        self.effects.said += matching_index.say(self.connection, self.vault, pairs, kind, **facts)  # type: ignore[arg-type]  # named above

    def say_as_hub(self, pairs: Iterable[Pair]) -> None:
        """Tie records that the hub made."""
        facts = {"author": matching_index.HUB, "reason": self.act.reason, "now": self.act.at}
        self.effects.said += matching_index.say(self.connection, self.vault, pairs, "must", **facts)  # type: ignore[arg-type]  # named above

    def crossing(self, left: set[bytes], right: set[bytes], kind: str) -> list[matching_index.StewardLink]:
        """Return the standing words of this *kind* between two groups."""
        return [
            word
            for word in matching_index.steward_links_of(self.connection, left)
            if word.kind == kind and ((word.a in left and word.b in right) or (word.a in right and word.b in left))
        ]

    def take_back(self, left: set[bytes], right: set[bytes], kind: str) -> list[matching_index.StewardLink]:
        """End the words of this *kind* between two groups; return them."""
        crossing = self.crossing(left, right, kind)
        ids = [word.link_id for word in crossing]
        matching_index.take_back(self.connection, ids, self.act.at)
        self.effects.took_back += ids
        return crossing

    def decree(self, profile_id: str, name: str, word: Decree) -> None:
        """Keep a word on a value."""
        facts = {"profile_id": profile_id, "field": name, "author": self.act.author, "reason": self.act.reason}
        decrees.add(self.connection, self.vault, word, **facts, now=self.act.at)
        self.effects.decrees.append(word.key)

    def lift(self, graves: Iterable[tuple[str, str, str]]) -> None:
        """Let deleted records be made again: (profile, system, stream)."""
        found = list(graves)
        tombstones.lift(self.connection, found, self.act.at)
        self.effects.lifted += [list(grave) for grave in found]

    def answer_deletions(self, rows: Iterable[NormalisedRow], word: str | None) -> None:
        """Say what follows from the deletion of these records (None: nothing)."""
        before = {row.ref: row.on_delete for row in rows if row.on_delete not in {None, word}}
        records.set_on_delete(self.connection, dict.fromkeys(before, word))
        self.effects.departed |= {ref.hex(): said for ref, said in before.items()}

    def close(self, review: Review, status: str, decision: str) -> None:
        """Close a review.

        Raises:
            NotDecidable: somebody else has closed it meanwhile.
        """
        facts = {"author": self.act.author, "reason": self.act.reason, "now": self.act.at}
        done = reviews.end(
            self.connection,
            self.vault,
            review.review_id,
            status=status,
            decision=decision,
            **facts,  # type: ignore[arg-type]  # named above
        )
        if not done:
            raise closed_already(reviews.get(self.connection, self.vault, review.review_id) or review)
        self.effects.closed.append(review.review_id)

    def touch(self, refs: Iterable[bytes]) -> None:
        """Have these records settled again; those that wait for an earlier step get there by themselves.

        What a first load has in hand it took before this act: it gives the record up to whoever resolves after it.
        """
        about = list(refs)
        records.set_stage(self.connection, about, CLEAN, TO_SETTLE)
        records.set_stage(self.connection, about, IN_HAND, TO_INDEX)

    def keep(self, kind: str, ids: Iterable[str], detail: Mapping[str, object], review_id: str | None = None) -> None:
        """Keep the act, and note it in the histories of the profiles *ids*."""
        act = self.act
        kept = KeptAct(self.act_id, kind, act.author, act.reason, act.at, act.run_id, review_id, self.effects)
        acts.add(self.connection, self.vault, kept)
        self.note(kind, ids, {"act": self.act_id, **detail})

    def note(self, kind: str, ids: Iterable[str], detail: Mapping[str, object]) -> None:
        """Note what is done in the histories of profiles."""
        act = self.act
        said = {"author": act.author, "reason": act.reason, **detail}
        events = [Event(str(ULID()), one, act.at, kind, act.run_id, said) for one in ids]
        profiles.note(self.connection, self.vault, events)


def open_review(connection: sa.Connection, vault: Vault, review_id: str, act: Act, kinds: set[str] | None) -> Review:
    """Return an open review of one of *kinds* (None: any) that nobody else has in hand.

    Raises:
        NotDecidable: there is none, it is closed, of another kind, or in somebody's hands.
    """
    review = reviews.get(connection, vault, review_id)
    if review is None:
        raise NotDecidable(f"there is no review {review_id}", "See `crmhub review list`", why="no_such_review")
    if review.status != OPEN:
        raise closed_already(review)
    if review.held_by not in {None, act.author} and review.held_until and review.held_until > act.at:
        raise NotDecidable(
            f"{review.held_by} works on review {review_id} until {review.held_until:%Y-%m-%d %H:%M} UTC",
            "Take another one with `crmhub review take`, or wait until then",
            why="in_hand",
            by=review.held_by or "",
            until=review.held_until.isoformat(),
        )
    if kinds is not None and review.kind not in kinds:
        fitting = {"duplicate": "--match, --no-match or --dismiss", "value": "--pick, --value or --dismiss"}
        fitting["returned"] = "--restore or --dismiss"
        fitting["deleted"] = "--accept, --archive, --propagate, --restore or --dismiss"
        raise NotDecidable(
            f"review {review_id} is of the kind `{review.kind}`",
            f"Decide it with {fitting.get(review.kind, '--dismiss')}",
            why="other_kind",
        )
    return review


def closed_already(review: Review) -> NotDecidable:
    """Return the refusal of a decision on a review that is closed."""
    if review.status == "obsolete" or review.author is None or review.ended_at is None:
        return NotDecidable(f"review {review.review_id} no longer stands", "See `crmhub review list`", why="obsolete")
    when = f"{review.ended_at:%Y-%m-%d %H:%M:%S} UTC"
    return NotDecidable(
        f"review {review.review_id} was closed by {review.author} at {when} with `{review.decision}`",
        "Look at it with `crmhub review show`; nothing of yours was kept",
        why="closed",
        by=review.author,
        at=review.ended_at.isoformat(),
        decision=review.decision or "",
    )
