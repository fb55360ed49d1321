"""Carry out a steward's act: keep it, resolve what it touches, note it in `runs`. And show the queue.

Room: flows. What follows for the systems is planned and pushed by the next sync (or `crmhub push`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from ulid import ULID

from flows.deletion_answers import decide_deletion
from flows.hub import Hub
from flows.pressing import presses_json
from flows.profile_view import Show, instant, record_json, records_json
from flows.sync import resolve_changed
from flows.tally import Tally
from golden_record import review_queue, stewardship, undo
from golden_record.elements import Element
from golden_record.errors import NotDecidable
from golden_record.stewardship import Act, Answer, Said
from golden_record.store import acts, matching_index, profiles, reviews, runs
from golden_record.store import normalised_records as records
from golden_record.store.acts import KeptAct, Which
from golden_record.store.profiles import Profile
from golden_record.store.reviews import Review
from golden_record.store.source_records import ref_of


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act came to: its run, the profiles as they are called now, reviews that it opened, ids to undo it by.

    *overruled*: earlier words of stewards that the act took back, with who had said them and why. *errors*: words that
    contradict each other since, and what else the run has to name.
    """

    run_id: str
    profiles: tuple[str, ...]
    opened: int = 0
    created: bool = False
    acts: tuple[str, ...] = ()
    overruled: tuple[dict[str, Any], ...] = ()
    errors: tuple[dict[str, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return what scripts read."""
        return {
            "run_id": self.run_id,
            "profiles": list(self.profiles),
            "reviews": {"opened": self.opened},
            "acts": list(self.acts),
            "overruled": list(self.overruled),
            "errors": list(self.errors),
        }


def acted(hub: Hub, kind: str, do: Callable[[Act], Sequence[str]], *, author: str, reason: str) -> Outcome:
    """Do a steward's act and resolve what it touched; *do* returns the profiles that it was about.

    Raises:
        NotDecidable: the act does not fit what is there now; nothing was kept.
    """
    tally = Tally(str(ULID()))
    with hub.store.write() as connection:
        runs.start(connection, tally.run_id, kind, hub.now())
    status = "failed"
    try:
        about = do(Act(author, reason, hub.now(), tally.run_id))
        resolve_changed(hub, tally)
        status = "ok"
    finally:
        with hub.store.write() as connection:
            tally.profiles["total"] = profiles.count(connection)
            tally.reviews["open"] = reviews.count_open(connection)
            runs.end(connection, tally.run_id, status, tally.to_json() | {"status": status}, hub.now())
    with hub.store.read() as connection:
        now = profiles.resolve_redirects(connection, about)
        kept = acts.named(connection, hub.store.vault, tally.run_id)
        overruled = _overruled(hub, connection, kept)
    return Outcome(
        tally.run_id,
        tuple(sorted(set(now.values()))),
        tally.reviews["opened"],
        acts=tuple(one.act_id for one in kept),
        overruled=overruled,
        errors=tuple(one.to_json() for one in tally.troubles),
    )


def _overruled(hub: Hub, connection: sa.Connection, kept: Sequence[KeptAct]) -> tuple[dict[str, Any], ...]:
    """Return the words of people that these acts took back; ties that the hub itself had made are nobody's word."""
    ended = [link_id for one in kept for link_id in one.effects.took_back]
    said = [
        one
        for one in matching_index.words(connection, hub.store.vault, ended)
        if one.link.author != matching_index.HUB and one.undone_at is not None
    ]
    rows = records.load(connection, hub.store.vault, {ref for one in said for ref in (one.link.a, one.link.b)})
    return tuple(
        {
            "kind": one.link.kind,
            "a": record_json(rows[one.link.a].key),
            "b": record_json(rows[one.link.b].key),
            "author": one.link.author,
            "reason": one.reason,
            "at": instant(one.at),
        }
        for one in said
        if one.link.a in rows and one.link.b in rows
    )


# ------------------------------------------------------------------------------------------------ reviews


def decide_pair(hub: Hub, review_id: str, *, same: bool, author: str, reason: str) -> Outcome:
    """Decide a possible duplicate."""

    def do(act: Act) -> Sequence[str]:
        return stewardship.decide_pair(hub.store, review_id, act, same=same)

    return acted(hub, "review", do, author=author, reason=reason)


def decide_value(hub: Hub, review_id: str, word: Said, *, author: str, reason: str) -> Outcome:
    """Decide which value holds."""

    def do(act: Act) -> Sequence[str]:
        return [stewardship.decide_value(hub.store, review_id, act, word)]

    return acted(hub, "review", do, author=author, reason=reason)


def decide_return(hub: Hub, review_id: str, *, author: str, reason: str) -> Outcome:
    """Decide that a customer is back whose record people had deleted: it may be made again."""

    def do(act: Act) -> Sequence[str]:
        return stewardship.decide_return(hub.store, review_id, act)

    return acted(hub, "review", do, author=author, reason=reason)


def decide_deleted(hub: Hub, review_id: str, answer: Answer, *, author: str, reason: str) -> Outcome:
    """Decide what follows from a deletion that is held."""

    def do(act: Act) -> Sequence[str]:
        with hub.store.read() as connection:
            review = reviews.get(connection, hub.store.vault, review_id)
        if review is None:
            raise NotDecidable(f"there is no review {review_id}", "See `crmhub review list`", why="no_such_review")
        return decide_deletion(hub, hub.store, review, answer, act)

    return acted(hub, "review", do, author=author, reason=reason)


def keep_customer(hub: Hub, profile_id: str, *, author: str, reason: str) -> Outcome:
    """Say that a customer stays one, whatever of its records people deleted."""

    def do(act: Act) -> Sequence[str]:
        stewardship.keep_customer(hub.store, profile_id, act)
        return [profile_id]

    return acted(hub, "keep", do, author=author, reason=reason)


def dismiss(hub: Hub, review_id: str, *, author: str, reason: str) -> Outcome:
    """Close a review without a decision."""

    def do(act: Act) -> Sequence[str]:
        return stewardship.dismiss(hub.store, review_id, act)

    return acted(hub, "review", do, author=author, reason=reason)


def picked(review: Review, number: int) -> Said:
    """Return the word that picking a candidate says.

    Raises:
        NotDecidable: there is no candidate of this number.
    """
    candidate = next((one for one in review.candidates if one["n"] == number), None)
    if candidate is None:
        count = len(review.candidates)
        cure = f"Pick 1 to {count}" if count else "Use --match, --no-match or --dismiss"
        raise NotDecidable(f"review {review.review_id} has no candidate {number}", cure)
    if "elements" in candidate:
        return Said(tuple(map(Element.from_json, candidate["elements"])))
    element = candidate["element"]
    return Said((Element.from_json(element),) if element is not None else ())


def review_of(hub: Hub, review_id: str) -> Review | None:
    """Return a review."""
    with hub.store.read() as connection:
        return reviews.get(connection, hub.store.vault, review_id)


def review_page(hub: Hub, *, status: str | None, after: str | None, limit: int, show: Show) -> dict[str, Any]:
    """Return a page: `{"items", "next"}`; of open ones the queue, the most pressing first, without those put off."""
    with hub.store.read() as connection:
        if status == reviews.OPEN:
            found = reviews.queue(connection, hub.store.vault, after, limit + 1, hub.now())
        else:
            found = reviews.page(connection, hub.store.vault, status, after, limit + 1)
        items = reviews_json(hub, connection, found[:limit], show)
    return {"items": items, "next": found[limit - 1].review_id if len(found) > limit else None}


def review_shown(hub: Hub, review_id: str, show: Show) -> dict[str, Any] | None:
    """Return one review."""
    with hub.store.read() as connection:
        review = reviews.get(connection, hub.store.vault, review_id)
        return review_json(hub, connection, review, show) if review else None


def review_json(hub: Hub, connection: sa.Connection, review: Review, show: Show) -> dict[str, Any]:
    """Return the shape of `review show`."""
    return reviews_json(hub, connection, [review], show)[0]


def reviews_json(hub: Hub, connection: sa.Connection, found: Sequence[Review], show: Show) -> list[dict[str, Any]]:
    """Return each review in the shape of `review show`."""
    rows = records.load(connection, hub.store.vault, {ref for review in found for ref in review.refs})
    said = acts.about_reviews(connection, hub.store.vault, [review.review_id for review in found])
    pressing = presses_json(hub, connection, found, rows, show)
    shown = []
    for review in found:
        mine = [rows[ref] for ref in review.refs if ref in rows]
        shown.append(
            {
                "id": review.review_id,
                "kind": review.kind,
                "entity": review.entity,
                "profiles": sorted({row.profile_id for row in mine if row.profile_id}),
                "records": records_json(mine),
                "field": review.field,
                "candidates": [_candidate_json(review, one, show) for one in review.candidates],
                "weight": review.weight,
                "why": review.note,
                "status": review.status,
                "opened_at": instant(review.opened_at),
                "decision": review.decision,
                "author": review.author,
                "ended_at": instant(review.ended_at),
                "due_at": instant(review.due_at),
                "presses": pressing.get(review.review_id, []),
                "deferred_until": instant(review.deferred_until),
                "held_by": review.held_by if review.held_until and review.held_until > hub.now() else None,
                "suggestion": suggested(review),
                "acts": [act_json(one) for one in said.get(review.review_id, ())],
            }
        )
    return shown


def suggested(review: Review) -> dict[str, Any] | None:
    """Return the decision that the evidence is nearest to, and why; None where it is near none. It decides nothing.

    A pair that nothing speaks against is nearer to a match; one that is opposed by its own members is none. Of values,
    what stands now: the owner's, the one not cleared, or of two concurrent ones the one that the field's rules prefer.
    """
    if review.kind == "duplicate":
        if review.note == "against":
            return {"decision": "no_match", "why": "two of their records speak strongly against each other"}
        return {"decision": "match", "why": "the evidence is for it, if not strong enough"} if review.weight else None
    if review.kind == "value" and review.candidates:
        whys = {
            "concurrent": "the field's rules prefer it",
            "not_owner": "its owner gave it",
            "widened": "a no stands until a yes is sure",
        }
        return {"decision": "pick", "n": 1, "why": whys.get(review.note, "it stands now")}
    return None


def act_json(one: KeptAct) -> dict[str, Any]:
    """Return a steward's act."""
    return {
        "id": one.act_id,
        "kind": one.kind,
        "author": one.author,
        "reason": one.reason,
        "at": instant(one.at),
        "run_id": one.run_id,
        "review_id": one.review_id,
        "undone_at": instant(one.undone_at),
        "undone_by": one.undone_by,
    }


def _candidate_json(review: Review, one: Mapping[str, Any], show: Show) -> dict[str, Any]:
    value = one["value"]
    if "elements" in one:  # a field of many values: each answer is a whole set
        value = [show(review.entity, review.field or "", each) for each in value]
    else:
        value = show(review.entity, review.field or "", value)
    return {"n": one["n"], "value": value, "source": record_json(one["source"])}


def take_review(hub: Hub, review_id: str | None, *, held_for: timedelta, author: str) -> str:
    """Take a review in hand (None: the most pressing free one); return its id."""
    act = Act(author, "", hub.now(), "")
    return review_queue.take(hub.store, review_id, act, held_for=held_for)


def give_back_review(hub: Hub, review_id: str, *, author: str) -> None:
    """Let others take a review."""
    review_queue.give_back(hub.store, review_id, Act(author, "", hub.now(), ""))


def defer_review(hub: Hub, review_id: str, until: datetime, *, author: str, reason: str) -> Outcome:
    """Put a review off."""

    def do(act: Act) -> Sequence[str]:
        review_queue.defer(hub.store, review_id, until, act)
        return []

    return acted(hub, "review", do, author=author, reason=reason)


def comment_review(hub: Hub, review_id: str, *, author: str, words: str) -> Outcome:
    """Say something about a review."""

    def do(act: Act) -> Sequence[str]:
        review_queue.comment(hub.store, review_id, act)
        return []

    return acted(hub, "review", do, author=author, reason=words)


# --------------------------------------------------------------------------------------------------- undo


@dataclass(frozen=True, slots=True)
class Undone:
    """What was undone, the newest act first, and what came of it."""

    acts: tuple[KeptAct, ...]
    outcome: Outcome

    def to_json(self) -> dict[str, Any]:
        """Return what scripts read."""
        return {**self.outcome.to_json(), "undone": [act_json(one) for one in self.acts]}


def undo_acts(hub: Hub, names: Sequence[str], *, author: str, reason: str) -> Undone:
    """Take acts back: each of *names* is an act's id, or a run's, whose acts are all taken back; the newest first.

    Raises:
        NotDecidable: a name is none of these, or all of it is undone already; nothing was changed.
    """
    return _undone(hub, standing_named(hub, names), author, reason)


def standing_named(hub: Hub, names: Sequence[str]) -> list[KeptAct]:
    """Return the acts of these ids, and those of runs of these ids, that still stand: the newest first.

    Raises:
        NotDecidable: a name is neither, or all of it was undone already.
    """
    found = {one.act_id: one for name in names for one in undo.standing_acts(hub.store, name.upper())}
    return sorted(found.values(), key=lambda one: one.act_id, reverse=True)


def acts_named(hub: Hub, name: str) -> list[KeptAct]:
    """Return the act of this id, or those acts of the run of this id that still stand.

    Raises:
        NotDecidable: there is none, or it was undone already.
    """
    return undo.standing_acts(hub.store, name)


def standing_acts(hub: Hub, which: Which) -> list[KeptAct]:
    """Return the acts that fit and still stand, the newest first: what `undo_which` would take back."""
    with hub.store.read() as connection:
        return acts.standing(connection, hub.store.vault, which)


def undo_which(hub: Hub, which: Which, *, author: str, reason: str) -> Undone:
    """Take back every act that fits: an author's since a time, all of a kind, all of a run; the newest first.

    Raises:
        NotDecidable: none fits; nothing was changed.
    """
    found = standing_acts(hub, which)
    if not found:
        raise NotDecidable("no act that still stands fits", "`crmhub undo --list` shows which acts stand")
    return _undone(hub, found, author, reason)


def _undone(hub: Hub, newest_first: Sequence[KeptAct], author: str, reason: str) -> Undone:
    def do(act: Act) -> Sequence[str]:
        return [profile_id for one in newest_first for profile_id in undo.undo(hub.store, one, act)]

    return Undone(tuple(newest_first), acted(hub, "undo", do, author=author, reason=reason))


# ---------------------------------------------------------------------------------------- merge and split


def merge(hub: Hub, one: str, other: str, *, author: str, reason: str) -> Outcome:
    """Join two profiles (ids, or records as `system/stream/id`)."""
    a, b = living(hub, one).profile_id, living(hub, other).profile_id

    def do(act: Act) -> Sequence[str]:
        stewardship.merge(hub.store, a, b, act)
        return [a, b]

    return acted(hub, "merge", do, author=author, reason=reason)


def keep_apart(hub: Hub, one: str, other: str, *, author: str, reason: str) -> Outcome:
    """Keep two profiles (ids, or records as `system/stream/id`) apart for good."""
    a, b = living(hub, one).profile_id, living(hub, other).profile_id

    def do(act: Act) -> Sequence[str]:
        stewardship.keep_apart(hub.store, a, b, act)
        return [a, b]

    return acted(hub, "apart", do, author=author, reason=reason)


def split(hub: Hub, profile_id: str, names: Sequence[str], *, author: str, reason: str) -> Outcome:
    """Take records (`system/stream/id`) out of a profile, as one customer of their own."""
    profile = living(hub, profile_id)
    with hub.store.read() as connection:
        rows = records.of_profiles(connection, hub.store.vault, [profile.profile_id]).values()
    by_name = {f"{row.system}/{row.stream}/{row.record_id}": row.ref for row in rows}
    strangers = [name for name in names if name not in by_name]
    if strangers:
        raise NotDecidable(
            f"{strangers[0]} is no record of profile {profile.profile_id}",
            "Write records as system/stream/id; `crmhub profiles show` lists them",
        )
    leaving = {by_name[name] for name in names}

    def do(act: Act) -> Sequence[str]:
        stewardship.split(hub.store, profile.profile_id, leaving, act)
        return [profile.profile_id]

    return _parted(hub, acted(hub, "split", do, author=author, reason=reason), leaving)


def unmerge(hub: Hub, former: str, *, author: str, reason: str) -> Outcome:
    """Give the records of a merged-away profile their own profile and its id back."""

    def do(act: Act) -> Sequence[str]:
        profile_id, _names = stewardship.unmerge(hub.store, former.upper(), act)
        return [profile_id, former.upper()]

    return acted(hub, "unmerge", do, author=author, reason=reason)


def _parted(hub: Hub, outcome: Outcome, leaving: set[bytes]) -> Outcome:
    with hub.store.read() as connection:
        theirs = set(records.profiles_of(connection, leaving).values())
    return replace(outcome, profiles=tuple(sorted({*outcome.profiles, *theirs})))


def living(hub: Hub, name: str) -> Profile:
    """Return the living profile of an id (redirects followed) or of a record `system/stream/id`.

    Raises:
        NotDecidable: there is none.
    """
    with hub.store.read() as connection:
        ids = profiles_named(hub, connection, name)
        found = profiles.load(connection, hub.store.vault, ids)
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        raise NotDecidable(f"{name} belongs to {len(found)} profiles", f"Name one of {', '.join(sorted(found))}")
    raise NotDecidable(f"there is no profile {name}", "Find it with `crmhub profiles search`")


def profiles_named(hub: Hub, connection: sa.Connection, name: str) -> set[str]:
    """Return the living profiles of an id (redirects followed) or of a record `system/stream/id`."""
    parts = name.split("/", 2)
    if len(parts) < 3:  # noqa: PLR2004 (system, stream, id)
        return set(profiles.resolve_redirects(connection, [name.upper()]).values())
    source = ref_of(hub.store.vault, parts[0], parts[1], parts[2])
    rows = records.of_sources(connection, hub.store.vault, [source])
    return {row.profile_id for row in rows.values() if row.profile_id}
