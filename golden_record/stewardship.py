"""A steward's acts: decide a review, set values, merge, keep apart, split, unmerge. Each is one transaction.

Room: golden_record, shell. An act keeps words (must-link, cannot-link, decree) and marks the records that it touches;
resolving them follows (`golden_record.resolution`), so that the words survive every re-run. The newest word counts:
one that it contradicts is taken back, and stays in the history. What an act did is kept with it (`golden_record.undo`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Literal

import sqlalchemy as sa
from ulid import ULID

from golden_record.deed import Act, Deed, open_review
from golden_record.departed import ARCHIVE, HOLD, PROPAGATE
from golden_record.elements import Element
from golden_record.errors import NotDecidable
from golden_record.resolution.returning import graves_of
from golden_record.store import matching_index, profiles, source_records
from golden_record.store import normalised_records as records
from golden_record.store.engine import Store
from golden_record.store.matching_index import HUB
from golden_record.store.normalised_records import NormalisedRow
from golden_record.survive import Decree
from golden_record.vault import Vault

__all__ = [
    "Act",
    "Said",
    "decide_deletion",
    "decide_pair",
    "decide_return",
    "decide_value",
    "dismiss",
    "keep_apart",
    "keep_customer",
    "merge",
    "set_values",
    "split",
    "unmerge",
]

PAIR = 2
"""A question about a duplicate names the two records that stand for their clusters."""


@dataclass(frozen=True, slots=True)
class Said:
    """A steward's word on one field: *elements* (none: empty); a *pin* stands until *until* (ms; None: for good)."""

    elements: tuple[Element, ...]
    pin: bool = False
    until: int | None = None


# ------------------------------------------------------------------------------------------------ reviews


def decide_pair(store: Store, review_id: str, act: Act, *, same: bool, overrule: bool = True) -> list[str]:
    """Decide a possible duplicate; return the profiles that it was about.

    *same* joins them by a must-link and takes back what kept them apart; otherwise a cannot-link keeps them apart for
    good. Not *overrule*: a join that would take a steward's word back is refused.

    Raises:
        NotDecidable: there is no such review, it is of another kind, somebody has decided it already or has it in hand.
    """
    with store.write() as connection:
        review = open_review(connection, store.vault, review_id, act, {"duplicate"})
        if len(review.refs) != PAIR:
            raise NotDecidable(
                f"review {review_id} no longer has two records", "Run `crmhub sync`; the question is asked anew"
            )
        deed = Deed(connection, store.vault, act)
        one, other = review.refs
        bound = records.profiles_of(connection, review.refs)
        ids = sorted(set(bound.values()))
        deed.close(review, "decided", "match" if same else "no_match")
        if same:
            members = records.refs_of_profiles(connection, ids)
            owner = records.profiles_of(connection, members)
            sides = [{ref for ref in members if owner.get(ref) == bound.get(end)} | {end} for end in (one, other)]
            against = [] if overrule else deed.crossing(sides[0], sides[1] - sides[0], "cannot")
            if against:
                raise NotDecidable(
                    f"{against[0].author} keeps the profiles of review {review_id} apart",
                    f"Look at `crmhub review show {review_id}`, and decide it by itself",
                )
            deed.remember_ids({*members, one, other})
            deed.take_back(sides[0], sides[1] - sides[0], "cannot")
            _hold(deed, sides[0], one)
            _hold(deed, sides[1] - sides[0], other)
        deed.say([(one, other)], "must" if same else "cannot")
        deed.touch((one, other))
        deed.keep("joined" if same else "kept_apart", ids, {"review": review_id}, review_id)
    return ids


def decide_value(store: Store, review_id: str, act: Act, said: Said) -> str:
    """Decide a question about a value; return the profile.

    Raises:
        NotDecidable: as above, or its records lie in several profiles by now.
    """
    with store.write() as connection:
        review = open_review(connection, store.vault, review_id, act, {"value"})
        ids = set(records.profiles_of(connection, review.refs).values())
        if len(ids) != 1 or review.field is None:
            raise NotDecidable(
                f"the records of review {review_id} are not in one profile any more",
                "Run `crmhub sync`; the question is asked anew where it still stands",
            )
        profile_id = ids.pop()
        deed = Deed(connection, store.vault, act)
        deed.close(review, "decided", "pin" if said.pin else "value")
        _decree(deed, profile_id, {review.field: said})
        deed.keep("set", [profile_id], {"fields": [review.field], "review": review_id}, review_id)
    return profile_id


def decide_return(store: Store, review_id: str, act: Act) -> list[str]:
    """Decide that a customer is back: its record may be made again where people deleted it. Return its profiles.

    One that was archived for that deletion is a customer like any other again.

    Raises:
        NotDecidable: there is no such review, it is of another kind, somebody has decided it already or has it in hand.
    """
    with store.write() as connection:
        review = open_review(connection, store.vault, review_id, act, {"returned"})
        rows = records.load(connection, store.vault, review.refs)
        deed = Deed(connection, store.vault, act)
        deed.close(review, "decided", "restore")
        deed.lift(graves_of(rows.values()))
        deed.answer_deletions(rows.values(), None)
        deed.touch(review.refs)
        ids = sorted({row.profile_id for row in rows.values() if row.profile_id})
        deed.keep("called_back", ids, {"review": review_id}, review_id)
        return ids


Answer = Literal["accept", "archive", "propagate", "restore"]
"""What a steward says of a deletion that is held."""
_KEPT_AS: Mapping[Answer, str] = {
    "accept": "let_go",
    "archive": "archived",
    "propagate": "propagated",
    "restore": "called_back",
}


_FOLLOWS: Mapping[Answer, str] = {"archive": ARCHIVE, "propagate": PROPAGATE}


def decide_deletion(store: Store, review_id: str, act: Act, answer: Answer) -> list[str]:
    """Decide what follows from a deletion that is held. Return its profiles.

    accept: nothing, as where streams say `unlink`. archive: the customer is over, and made nowhere any more. propagate:
    that, and its records in systems that take deletions are planned to be deleted. restore: the record may be made
    again there.

    Raises:
        NotDecidable: there is no such review, it is of another kind, somebody has decided it already or has it in hand.
    """
    with store.write() as connection:
        review = open_review(connection, store.vault, review_id, act, {"deleted"})
        rows = records.load(connection, store.vault, review.refs)
        gone = [row for row in rows.values() if row.state == "orphan" and row.on_delete == HOLD]
        deed = Deed(connection, store.vault, act)
        deed.close(review, "decided", answer)
        if answer == "restore":
            deed.lift(graves_of(gone))
        deed.answer_deletions(gone, _FOLLOWS.get(answer))
        deed.touch(review.refs)
        ids = sorted({row.profile_id for row in rows.values() if row.profile_id})
        deed.keep(_KEPT_AS[answer], ids, {"review": review_id}, review_id)
        return ids


def keep_customer(store: Store, profile_id: str, act: Act) -> None:
    """Say that a customer stays one, whatever was deleted: nothing follows from it, and nothing that was planned.

    Raises:
        NotDecidable: nothing follows from any deletion of its records.
    """
    with store.write() as connection:
        rows = records.of_profiles(connection, store.vault, [profile_id])
        gone = [row for row in rows.values() if row.state == "orphan" and row.on_delete is not None]
        if not gone:
            what = f"no deletion counts against profile {profile_id}"
            raise NotDecidable(what, "`crmhub profiles show` says `archived` where one does")
        deed = Deed(connection, store.vault, act)
        deed.answer_deletions(gone, None)
        deed.touch(rows)
        deed.keep("kept", [profile_id], {"records": sorted(row.key for row in gone)})


def dismiss(store: Store, review_id: str, act: Act) -> list[str]:
    """Close a review without a decision; it is opened again only on other grounds. Return its profiles.

    A field that was in dispute is no longer frozen: the field's rules decide. From a deletion that was held nothing
    follows.

    Raises:
        NotDecidable: there is no such review, somebody has closed it already, or has it in hand.
    """
    with store.write() as connection:
        review = open_review(connection, store.vault, review_id, act, None)
        deed = Deed(connection, store.vault, act)
        deed.close(review, "dismissed", "dismiss")
        if review.kind == "deleted":
            held = records.load(connection, store.vault, review.refs).values()
            deed.answer_deletions([row for row in held if row.on_delete == HOLD], None)
        deed.touch(review.refs)
        ids = sorted(set(records.profiles_of(connection, review.refs).values()))
        deed.keep("dismissed", ids, {"review": review_id}, review_id)
        return ids


# ------------------------------------------------------------------------------------------------- values


def set_values(store: Store, profile_id: str, said: Mapping[str, Said], act: Act) -> None:
    """Keep a steward's word on fields of a living profile."""
    with store.write() as connection:
        deed = Deed(connection, store.vault, act)
        _decree(deed, profile_id, said)
        deed.keep("set", [profile_id], {"fields": sorted(said)})


def _decree(deed: Deed, profile_id: str, said: Mapping[str, Said]) -> None:
    at = int(deed.act.at.timestamp() * 1000)
    for name, word in said.items():
        deed.decree(profile_id, name, Decree(str(ULID()), word.elements, at, word.pin, word.until))
    deed.touch(records.refs_of_profiles(deed.connection, [profile_id]))


# ---------------------------------------------------------------------------------------- merge and split


def merge(store: Store, one: str, other: str, act: Act) -> None:
    """Join two living profiles by a must-link, and take back the cannot-links between them.

    Raises:
        NotDecidable: they are the same, of different entities, or one has no record.
    """
    with store.write() as connection:
        if one == other:
            raise NotDecidable(f"both are profile {one} already", "There is nothing to merge")
        left, right = _two_sides(connection, store.vault, one, other)
        deed = Deed(connection, store.vault, act)
        deed.remember_ids(row.ref for row in (*left, *right))
        deed.take_back({row.ref for row in left}, {row.ref for row in right}, "cannot")
        pair = (_speaker(left).ref, _speaker(right).ref)
        for rows, speaker in zip((left, right), pair, strict=True):
            _hold(deed, {row.ref for row in rows}, speaker)
        deed.say([pair], "must")
        deed.touch(pair)
        deed.keep("joined", [one, other], {"profiles": [one, other]})


def keep_apart(store: Store, one: str, other: str, act: Act) -> None:
    """Keep two living profiles apart by cannot-links between all their records, whatever evidence comes.

    Raises:
        NotDecidable: they are the same, of different entities, one has no record, or they are kept apart already.
    """
    with store.write() as connection:
        if one == other:
            raise NotDecidable(f"both are profile {one}", "Take records out of it with `crmhub split`")
        left, right = ({row.ref for row in side} for side in _two_sides(connection, store.vault, one, other))
        deed = Deed(connection, store.vault, act)
        standing = {frozenset((word.a, word.b)) for word in deed.crossing(left, right, "cannot")}
        new = [pair for pair in product(sorted(left), sorted(right)) if frozenset(pair) not in standing]
        if not new:
            raise NotDecidable(f"{one} and {other} are kept apart already", "`crmhub match explain` names by whom")
        deed.take_back(left, right, "must")
        deed.say(new, "cannot")
        deed.touch(left | right)
        deed.keep("kept_apart", [one, other], {"profiles": [one, other]})


def _two_sides(
    connection: sa.Connection, vault: Vault, one: str, other: str
) -> tuple[list[NormalisedRow], list[NormalisedRow]]:
    rows = records.of_profiles(connection, vault, [one, other]).values()
    left, right = ([row for row in rows if row.profile_id == side] for side in (one, other))
    if not left or not right:
        raise NotDecidable("a profile without records is nobody's to decide on", "See `crmhub profiles show`")
    if left[0].entity != right[0].entity:
        raise NotDecidable(
            f"a {left[0].entity} and a {right[0].entity} cannot be one customer", "Name profiles of one entity"
        )
    return left, right


def split(store: Store, profile_id: str, leaving: Iterable[bytes], act: Act) -> list[str]:
    """Take *leaving* (refs of normalised records) out of a profile as one customer of their own; return their names.

    Cannot-links keep the two groups apart, must-links across are taken back, and a record that the hub once made for
    one of the groups is tied to that group anew.

    Raises:
        NotDecidable: a record is not of this profile, or none would be left on one side.
    """
    with store.write() as connection:
        return _split(Deed(connection, store.vault, act), profile_id, set(leaving))


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
        return living, _split(Deed(connection, store.vault, act), living, leaving)


def _split(deed: Deed, profile_id: str, leaving: set[bytes]) -> list[str]:
    rows = records.of_profiles(deed.connection, deed.vault, [profile_id])
    strangers = leaving - rows.keys()
    if strangers:
        raise NotDecidable(
            f"{len(strangers)} of the records are not in profile {profile_id}", "See `crmhub profiles show` for them"
        )
    staying = rows.keys() - leaving
    if not leaving or not staying:
        raise NotDecidable("a split needs records on both sides", "Name some records of the profile, but not all")
    deed.remember_ids(rows)
    words = [word for word in matching_index.steward_links_of(deed.connection, rows) if word.kind == "must"]
    held = [word for word in words if {word.a, word.b} <= rows.keys() and word.author != HUB]
    ties = deed.take_back(leaving, set(staying), "must")
    if any(word.author != HUB for word in ties):
        _hold_who_stays(deed, set(staying), held)
    deed.say(product(sorted(leaving), sorted(staying)), "cannot")
    deed.say(pairwise(sorted(leaving)), "must")
    _tie_anew(deed, rows, (leaving, set(staying)), ties)
    # The id stays with those who stay, however few they are: nobody who leaves speaks for it.
    records.bind(deed.connection, [(ref, None, rows[ref].former_profile_id) for ref in sorted(leaving)])
    deed.touch(rows)
    names = sorted(rows[ref].key for ref in leaving)
    deed.keep("split", [profile_id], {"records": names})
    return names


def _tie_anew(
    deed: Deed,
    rows: Mapping[bytes, NormalisedRow],
    sides: Sequence[set[bytes]],
    cut: Iterable[matching_index.StewardLink],
) -> None:
    """Tie each record that the hub made, whose tie was cut, to another record of its side: nothing else holds it."""
    ends = {ref for link in cut if link.author == HUB for ref in (link.a, link.b)}
    shadows = source_records.shadows(deed.connection, deed.vault, {rows[ref].source_ref for ref in ends})
    made = {ref for ref in ends if shadows[rows[ref].source_ref].binding_id}
    for side in sides:
        for ref in sorted(made & side):
            anchor = min(side - made, default=min(side - {ref}, default=None))
            if anchor is not None:
                deed.say_as_hub([(ref, anchor)])


def _hold(deed: Deed, side: set[bytes], speaker: bytes) -> None:
    """Let a side stay whole that is joined to another: its records are this customer, says whoever joins them.

    Else a record that speaks strongly against one of the other side would be cut off from its own.
    """
    deed.say(((speaker, ref) for ref in sorted(side - {speaker})), "must")


def _hold_who_stays(deed: Deed, staying: set[bytes], before: Iterable[matching_index.StewardLink]) -> None:
    """Tie records anew that a word held together by way of one that leaves: the split says nothing about them."""
    root = {ref: ref for word in before for ref in (word.a, word.b)}

    def top(ref: bytes) -> bytes:
        while root[ref] != ref:
            ref = root[ref]
        return ref

    for word in before:
        root[top(word.a)] = top(word.b)
    groups: dict[bytes, list[bytes]] = {}
    for ref in sorted(staying & root.keys()):
        groups.setdefault(top(ref), []).append(ref)
    for group in groups.values():
        deed.say(pairwise(group), "must")


def _speaker(rows: Sequence[NormalisedRow]) -> NormalisedRow:
    """Return the record that stands for its profile: a living one, the smallest by name."""
    return min(rows, key=lambda row: (row.state != "live", row.key))
