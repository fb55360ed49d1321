"""A steward's acts: decide a review, set values, merge, split, unmerge. Each is one transaction.

Room: golden_record, shell. An act keeps words (must-link, cannot-link, decree) and marks the records that it touches;
resolving them follows (`golden_record.resolution`), so that the words survive every re-run. The newest word counts:
one that it contradicts is taken back, and stays in the history.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise, product

import sqlalchemy as sa
from ulid import ULID

from golden_record.elements import Element
from golden_record.errors import NotDecidable
from golden_record.store import decrees, matching_index, profiles, reviews, source_records
from golden_record.store import normalised_records as records
from golden_record.store.engine import Store
from golden_record.store.matching_index import HUB
from golden_record.store.normalised_records import CLEAN, TO_SETTLE, NormalisedRow
from golden_record.store.profiles import Event
from golden_record.store.reviews import OPEN, Review
from golden_record.survive import Decree
from golden_record.vault import Vault

PAIR = 2
"""A question about a duplicate names the two records that stand for their clusters."""


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts, why, when, and in which run."""

    author: str
    reason: str
    at: datetime
    run_id: str


@dataclass(frozen=True, slots=True)
class Said:
    """A steward's word on one field: *elements* (none: empty); a *pin* stands until *until* (ms; None: for good)."""

    elements: tuple[Element, ...]
    pin: bool = False
    until: int | None = None


# ------------------------------------------------------------------------------------------------ reviews


def decide_pair(store: Store, review_id: str, act: Act, *, same: bool) -> list[str]:
    """Decide a possible duplicate; return the profiles that it was about.

    *same* joins them by a must-link and takes back what kept them apart; otherwise a cannot-link keeps them apart for
    good.

    Raises:
        NotDecidable: there is no such review, it is of another kind, or somebody has decided it already.
    """
    with store.write() as connection:
        review = _open_review(connection, store.vault, review_id, {"duplicate"})
        if len(review.refs) != PAIR:
            raise NotDecidable(
                f"review {review_id} no longer has two records", "Run `crmhub sync`; the question is asked anew"
            )
        one, other = review.refs
        bound = records.profiles_of(connection, review.refs)
        ids = sorted(set(bound.values()))
        _close(connection, store.vault, review, act, "decided", "match" if same else "no_match")
        if same:
            members = records.of_profiles(connection, store.vault, ids).values()
            sides = [{row.ref for row in members if row.profile_id == bound.get(ref)} | {ref} for ref in (one, other)]
            _take_back(connection, sides[0], sides[1] - sides[0], {"cannot"}, act)
        _say(connection, store.vault, [(one, other)], "must" if same else "cannot", act)
        _touch(connection, (one, other))
        _note(connection, store.vault, ids, act, "joined" if same else "kept_apart", {"review": review_id})
    return ids


def decide_value(store: Store, review_id: str, act: Act, said: Said) -> str:
    """Decide a question about a value; return the profile.

    Raises:
        NotDecidable: as above, or its records lie in several profiles by now.
    """
    with store.write() as connection:
        review = _open_review(connection, store.vault, review_id, {"value"})
        ids = set(records.profiles_of(connection, review.refs).values())
        if len(ids) != 1 or review.field is None:
            raise NotDecidable(
                f"the records of review {review_id} are not in one profile any more",
                "Run `crmhub sync`; the question is asked anew where it still stands",
            )
        profile_id = ids.pop()
        _close(connection, store.vault, review, act, "decided", "pin" if said.pin else "value")
        _decree(connection, store.vault, profile_id, {review.field: said}, act)
    return profile_id


def dismiss(store: Store, review_id: str, act: Act) -> list[str]:
    """Close a review without a decision; it is opened again only on other grounds. Return its profiles.

    A field in dispute stays as each system has it, until somebody edits it.

    Raises:
        NotDecidable: there is no such review, or somebody has closed it already.
    """
    with store.write() as connection:
        review = _open_review(connection, store.vault, review_id, None)
        _close(connection, store.vault, review, act, "dismissed", "dismiss")
        return sorted(set(records.profiles_of(connection, review.refs).values()))


def _open_review(connection: sa.Connection, vault: Vault, review_id: str, kinds: set[str] | None) -> Review:
    review = reviews.get(connection, vault, review_id)
    if review is None:
        raise NotDecidable(f"there is no review {review_id}", "See `crmhub review list`")
    if review.status != OPEN:
        raise _closed_already(review)
    if kinds is not None and review.kind not in kinds:
        fitting = {"duplicate": "--match, --no-match or --dismiss", "value": "--pick, --value or --dismiss"}
        raise NotDecidable(
            f"review {review_id} is of the kind `{review.kind}`",
            f"Decide it with {fitting.get(review.kind, '--dismiss')}",
        )
    return review


def _close(  # noqa: PLR0913 (the facts of a decision)
    connection: sa.Connection, vault: Vault, review: Review, act: Act, status: str, decision: str
) -> None:
    facts = {"status": status, "decision": decision, "author": act.author, "reason": act.reason, "now": act.at}
    if not reviews.end(connection, vault, review.review_id, **facts):  # type: ignore[arg-type]  # named above
        raise _closed_already(reviews.get(connection, vault, review.review_id) or review)


def _closed_already(review: Review) -> NotDecidable:
    if review.status == "obsolete" or review.author is None or review.ended_at is None:
        return NotDecidable(f"review {review.review_id} no longer stands", "See `crmhub review list`")
    when = f"{review.ended_at:%Y-%m-%d %H:%M:%S} UTC"
    return NotDecidable(
        f"review {review.review_id} was closed by {review.author} at {when} with `{review.decision}`",
        "Look at it with `crmhub review show`; nothing of yours was kept",
    )


# ------------------------------------------------------------------------------------------------- values


def set_values(store: Store, profile_id: str, said: Mapping[str, Said], act: Act) -> None:
    """Keep a steward's word on fields of a living profile."""
    with store.write() as connection:
        _decree(connection, store.vault, profile_id, said, act)


def _decree(connection: sa.Connection, vault: Vault, profile_id: str, said: Mapping[str, Said], act: Act) -> None:
    at = int(act.at.timestamp() * 1000)
    for name, word in said.items():
        decree = Decree(str(ULID()), word.elements, at, word.pin, word.until)
        facts = {"profile_id": profile_id, "field": name, "author": act.author, "reason": act.reason}
        decrees.add(connection, vault, decree, **facts, now=act.at)
    _touch(connection, records.of_profiles(connection, vault, [profile_id]))
    _note(connection, vault, [profile_id], act, "set", {"fields": sorted(said)})


# ---------------------------------------------------------------------------------------- merge and split


def merge(store: Store, one: str, other: str, act: Act) -> None:
    """Join two living profiles by a must-link, and take back the cannot-links between them.

    Raises:
        NotDecidable: they are the same, of different entities, or one has no record.
    """
    with store.write() as connection:
        rows = records.of_profiles(connection, store.vault, [one, other]).values()
        left, right = ([row for row in rows if row.profile_id == side] for side in (one, other))
        if one == other:
            raise NotDecidable(f"both are profile {one} already", "There is nothing to merge")
        if not left or not right:
            raise NotDecidable("a profile without records cannot be merged", "See `crmhub profiles show`")
        if left[0].entity != right[0].entity:
            raise NotDecidable(
                f"a {left[0].entity} and a {right[0].entity} cannot be one customer", "Merge profiles of one entity"
            )
        _take_back(connection, {row.ref for row in left}, {row.ref for row in right}, {"cannot"}, act)
        pair = (_speaker(left).ref, _speaker(right).ref)
        _say(connection, store.vault, [pair], "must", act)
        _touch(connection, pair)
        _note(connection, store.vault, [one, other], act, "joined", {"profiles": [one, other]})


def split(store: Store, profile_id: str, leaving: Iterable[bytes], act: Act) -> list[str]:
    """Take *leaving* (refs of normalised records) out of a profile as one customer of their own; return their names.

    Cannot-links keep the two groups apart, must-links across are taken back, and a record that the hub once made for
    one of the groups is tied to that group anew.

    Raises:
        NotDecidable: a record is not of this profile, or none would be left on one side.
    """
    with store.write() as connection:
        return _split(connection, store.vault, profile_id, set(leaving), act)


def unmerge(store: Store, former: str, act: Act) -> tuple[str, list[str]]:
    """Take out of a profile the records that once were profile *former*, which gets its id back.

    Returns:
        The profile that they leave, and the names of the records.

    Raises:
        NotDecidable: *former* was not merged into another profile, or none of its records are known any more.
    """
    with store.write() as connection:
        living = profiles.resolve_redirects(connection, [former]).get(former)
        if living is None:
            raise NotDecidable(f"there is no profile {former}", "See `crmhub profiles show` for `redirected_from`")
        if living == former:
            raise NotDecidable(
                f"profile {former} is not merged into another one",
                "Give the id that was merged away (`redirected_from`), or use `crmhub split`",
            )
        through = {former, *profiles.redirected_from(connection, former)}
        rows = records.of_profiles(connection, store.vault, [living])
        leaving = {ref for ref, row in rows.items() if row.former_profile_id in through}
        if not leaving:
            raise NotDecidable(f"no record of {former} is known any more", "Use `crmhub split` and name the records")
        return living, _split(connection, store.vault, living, leaving, act)


def _split(connection: sa.Connection, vault: Vault, profile_id: str, leaving: set[bytes], act: Act) -> list[str]:
    rows = records.of_profiles(connection, vault, [profile_id])
    strangers = leaving - rows.keys()
    if strangers:
        raise NotDecidable(
            f"{len(strangers)} of the records are not in profile {profile_id}", "See `crmhub profiles show` for them"
        )
    staying = rows.keys() - leaving
    if not leaving or not staying:
        raise NotDecidable("a split needs records on both sides", "Name some records of the profile, but not all")
    ties = _take_back(connection, leaving, staying, {"must"}, act)
    _say(connection, vault, product(sorted(leaving), sorted(staying)), "cannot", act)
    _say(connection, vault, pairwise(sorted(leaving)), "must", act)
    _tie_anew(connection, vault, rows, (leaving, set(staying)), ties, act)
    _touch(connection, rows)
    names = sorted(rows[ref].key for ref in leaving)
    _note(connection, vault, [profile_id], act, "split", {"records": names})
    return names


def _tie_anew(  # noqa: PLR0913 (one step of a split)
    connection: sa.Connection,
    vault: Vault,
    rows: Mapping[bytes, NormalisedRow],
    sides: Sequence[set[bytes]],
    cut: Iterable[matching_index.StewardLink],
    act: Act,
) -> None:
    """Tie each record that the hub made, whose tie was cut, to another record of its side: nothing else holds it."""
    ends = {ref for link in cut if link.author == HUB for ref in (link.a, link.b)}
    shadows = source_records.shadows(connection, vault, {rows[ref].source_ref for ref in ends})
    made = {ref for ref in ends if shadows[rows[ref].source_ref].binding_id}
    for side in sides:
        for ref in sorted(made & side):
            anchor = min(side - made, default=min(side - {ref}, default=None))
            if anchor is not None:
                facts = {"author": HUB, "reason": act.reason, "now": act.at}
                matching_index.say(connection, vault, [(ref, anchor)], "must", **facts)  # type: ignore[arg-type]


def _take_back(
    connection: sa.Connection, left: set[bytes], right: set[bytes], kinds: set[str], act: Act
) -> list[matching_index.StewardLink]:
    """End the words of these *kinds* between two groups; return them."""
    crossing = [
        word
        for word in matching_index.steward_links_of(connection, left)
        if word.kind in kinds and ((word.a in left and word.b in right) or (word.a in right and word.b in left))
    ]
    matching_index.take_back(connection, [word.link_id for word in crossing], act.at)
    return crossing


def _speaker(rows: Sequence[NormalisedRow]) -> NormalisedRow:
    """Return the record that stands for its profile: a living one, the smallest by name."""
    return min(rows, key=lambda row: (row.state != "live", row.key))


def _say(connection: sa.Connection, vault: Vault, pairs: Iterable[tuple[bytes, bytes]], kind: str, act: Act) -> None:
    matching_index.say(connection, vault, pairs, kind, author=act.author, reason=act.reason, now=act.at)


def _touch(connection: sa.Connection, refs: Iterable[bytes]) -> None:
    """Have these records settled again; those that wait for an earlier step get there by themselves."""
    records.set_stage(connection, refs, CLEAN, TO_SETTLE)


def _note(  # noqa: PLR0913 (the facts of an event)
    connection: sa.Connection, vault: Vault, ids: Iterable[str], act: Act, kind: str, detail: Mapping[str, object]
) -> None:
    said = {"author": act.author, "reason": act.reason, **detail}
    events = [Event(str(ULID()), one, act.at, kind, act.run_id, said) for one in ids]
    profiles.note(connection, vault, events)
