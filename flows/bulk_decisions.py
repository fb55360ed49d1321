"""Decide many reviews by one rule: look at a sample first, then decide them all in one run that is undone as one.

Room: flows. Nothing is overruled in bulk: a review that contradicts an earlier word of a steward, that somebody has in
hand or has decided meanwhile is left open and named.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from flows.hub import Hub
from flows.profile_view import Show
from flows.stewards import Outcome, acted, picked, review_shown, suggested
from golden_record import stewardship
from golden_record.errors import NotDecidable
from golden_record.stewardship import Act
from golden_record.store import normalised_records as records
from golden_record.store import reviews
from golden_record.store.reviews import OPEN, Review

Decision = Literal["match", "no_match", "dismiss", "suggested"]
SAMPLE = 5
"""Reviews shown before all are decided."""
CEILING = 500
"""Reviews decided by one rule unless the steward says otherwise: a rule that fits more than meant must not run on."""
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Rule:
    """Which open reviews are meant: all that fit every part that is given.

    *why*: the review's reason (band, against, together, too_large; concurrent, not_owner, cleared). *at_least* and
    *below*: bits for a match. *system*: one of its records is there. Reviews that are put off or in others' hands are
    left out.
    """

    kind: str | None = None
    entity: str | None = None
    why: str | None = None
    field: str | None = None
    at_least: float | None = None
    below: float | None = None
    system: str | None = None
    opened_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What a rule decided: *ids* of reviews that are closed now, and those *left* open with the reason."""

    ids: tuple[str, ...]
    left: tuple[dict[str, str], ...]
    outcome: Outcome

    def to_json(self) -> dict[str, Any]:
        """Return what scripts read; `crmhub undo RUN_ID` takes all of it back."""
        return {**self.outcome.to_json(), "decided": list(self.ids), "left": list(self.left)}


def fitting(hub: Hub, rule: Rule, author: str) -> list[Review]:
    """Return the open reviews that the rule fits, oldest first; nothing is changed."""
    now = hub.now()
    return [one for one in _open(hub) if _fits(hub, one, rule) and _free(one, author, now)]


def sample(hub: Hub, rule: Rule, author: str, show: Show, count: int = SAMPLE) -> dict[str, Any]:
    """Return how many reviews the rule fits and some of them: the same ones each time, from all over the queue."""
    found = fitting(hub, rule, author)
    some = sorted(found, key=lambda one: hashlib.sha256(one.review_id.encode()).digest())[:count]
    shown = [review_shown(hub, one.review_id, show) for one in some]
    return {"fitting": len(found), "sample": [one for one in shown if one is not None]}


def decide_all(  # noqa: PLR0913 (the facts of a decision)
    hub: Hub, rule: Rule, decision: Decision, *, author: str, reason: str, ceiling: int = CEILING
) -> Decided:
    """Decide every review that the rule fits, each an act of its own, all in one run.

    Raises:
        NotDecidable: none fits, or more than *ceiling*; nothing was decided.
    """
    found = fitting(hub, rule, author)
    if not found:
        raise NotDecidable("no open review fits", "Look at `crmhub review list`, and say less")
    if len(found) > ceiling:
        raise NotDecidable(
            f"{len(found)} reviews fit, more than the ceiling of {ceiling}", "Narrow the rule, or raise --ceiling"
        )
    done: list[str] = []
    left: list[dict[str, str]] = []

    def do(act: Act) -> Sequence[str]:
        about: list[str] = []
        for one in found:
            try:
                about += _decide(hub, one, decision, act)
                done.append(one.review_id)
            except NotDecidable as why:
                left.append({"id": one.review_id, "why": why.what, "cure": why.cure})
        return about

    outcome = acted(hub, "review", do, author=author, reason=reason)
    return Decided(tuple(done), tuple(left), outcome)


def _decide(hub: Hub, review: Review, decision: Decision, act: Act) -> list[str]:
    number: int | None = None
    said: str = decision
    if decision == "suggested":
        hint = suggested(review)
        if hint is None:
            raise NotDecidable(f"nothing is suggested for review {review.review_id}", "Decide it by itself")
        said, number = hint["decision"], hint.get("n")
    if said == "dismiss":
        return stewardship.dismiss(hub.store, review.review_id, act)
    if number is not None:
        return [stewardship.decide_value(hub.store, review.review_id, act, picked(review, number))]
    return stewardship.decide_pair(hub.store, review.review_id, act, same=said == "match", overrule=False)


def _open(hub: Hub) -> Iterator[Review]:
    after: str | None = None
    while True:
        with hub.store.read() as connection:
            page = reviews.page(connection, hub.store.vault, OPEN, after, _PAGE)
        if not page:
            return
        yield from page
        after = page[-1].review_id


def _fits(hub: Hub, one: Review, rule: Rule) -> bool:
    wanted = ((rule.kind, one.kind), (rule.entity, one.entity), (rule.why, one.note), (rule.field, one.field))
    if any(want is not None and want != has for want, has in wanted):
        return False
    if rule.at_least is not None and (one.weight is None or one.weight < rule.at_least):
        return False
    if rule.below is not None and (one.weight is None or one.weight >= rule.below):
        return False
    if rule.opened_before is not None and (one.opened_at is None or one.opened_at >= rule.opened_before):
        return False
    return rule.system is None or rule.system in _systems(hub, one)


def _systems(hub: Hub, one: Review) -> set[str]:
    with hub.store.read() as connection:
        return {key.partition("/")[0] for key in records.keys_of(connection, one.refs).values()}


def _free(one: Review, author: str, now: datetime) -> bool:
    held = one.held_by not in {None, author} and one.held_until is not None and one.held_until > now
    return not held and not (one.deferred_until is not None and one.deferred_until > now)
