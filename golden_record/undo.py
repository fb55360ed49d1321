"""Take a steward's act back: its words end, those that it ended stand again, and ids go back where they were.

Room: golden_record, shell. One transaction; resolving what is touched follows. Acts may be undone in any order: a word
that a later act has contradicted is not revived. Undone in reverse order, they leave the store as it was
(docs/decisions/0014-undo.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import sqlalchemy as sa

from golden_record.deed import Act, Deed
from golden_record.errors import NotDecidable
from golden_record.store import act_notes, acts, decrees, matching_index, profiles, reviews, tombstones
from golden_record.store import normalised_records as records
from golden_record.store.acts import KeptAct
from golden_record.store.engine import Store


def standing_acts(store: Store, name: str) -> list[KeptAct]:
    """Return the act of this id, or those acts of the run of this id that still stand, the newest first.

    Raises:
        NotDecidable: there is none, or it was undone already.
    """
    with store.read() as connection:
        found = acts.named(connection, store.vault, name)
    if not found:
        cure = (
            "Acts are named by `crmhub profiles history` and `crmhub review show`, writes by `crmhub outbox list` and "
            "`crmhub audit show`, runs by `crmhub runs`"
        )
        raise NotDecidable(f"{name} is no act of a steward, no write, and no run in which either was done", cure)
    standing = [one for one in found if one.undone_at is None]
    if not standing:
        raise _undone_already(found[0])
    return standing


def undo(store: Store, kept: KeptAct, act: Act) -> list[str]:
    """Take an act back; return the profiles that it was about.

    Raises:
        NotDecidable: somebody else has undone it meanwhile.
    """
    with store.write() as connection:
        if not acts.end(connection, kept.act_id, act.author, act.at):
            found = acts.named(connection, store.vault, kept.act_id)
            raise _undone_already(found[0] if found else kept)
        deed = Deed(connection, store.vault, act)
        done = kept.effects
        touched = matching_index.ends_of(connection, done.said)
        matching_index.take_back(connection, done.said, act.at)
        for word in matching_index.revive(connection, done.took_back):
            touched |= {word.a, word.b}
        about = decrees.take_back(connection, done.decrees, act.at)
        living = profiles.resolve_redirects(connection, about).values()
        touched |= set(records.refs_of_profiles(connection, {*about, *living}))
        touched |= reviews.reopen(connection, done.closed)
        reviews.defer(connection, {one: _instant(until) for one, until in done.deferred.items()})
        tombstones.lay(connection, [(one[0], one[1], one[2]) for one in done.lifted])
        words = {bytes.fromhex(ref): word for ref, word in done.departed.items()}
        records.set_on_delete(connection, words)
        touched |= words.keys()
        touched |= _bound_again(connection, done.bound, done.led, act)
        deed.touch(touched)
        ids = {*about, *records.profiles_of(connection, touched).values()}
        deed.note("undone", sorted(ids), {"undone": kept.act_id, "kind": kept.kind})
        told = {"act": kept.act_id, "run_id": act.run_id}
        act_notes.note(connection, store.vault, "steward.undone", who=act.author, at=act.at, **told)
    return sorted(ids)


def _bound_again(
    connection: sa.Connection,
    before: Mapping[bytes, tuple[str | None, str | None]],
    led: Mapping[str, str],
    act: Act,
) -> set[bytes]:
    """Put records back under the profiles in which they stood; return those that moved.

    A profile that is left without a record leads to where it *led* before; one that the act has made, to where its
    records went.
    """
    now = records.bindings_of(connection, before)
    moved = {ref: ids for ref, ids in before.items() if ref in now and ids[0] is not None and now[ref] != ids}
    records.bind(connection, [(ref, *ids) for ref, ids in sorted(moved.items())])
    left: dict[str, str] = {}
    for ref, (home, _former) in sorted(moved.items()):
        there = now[ref][0]
        if there is not None and home is not None and there != home:
            left[there] = home
    left |= dict(led)
    still = set(records.profiles_of(connection, records.refs_of_profiles(connection, left)).values())
    for empty, heir in left.items():
        if empty not in still:
            profiles.redirect(connection, empty, heir, act.at)
    return set(moved)


def _instant(at: int | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at / 1000, UTC)


def _undone_already(kept: KeptAct) -> NotDecidable:
    when = f"{kept.undone_at:%Y-%m-%d %H:%M:%S} UTC" if kept.undone_at else "just now"
    return NotDecidable(f"{kept.act_id} was undone by {kept.undone_by} at {when}", "There is nothing left to undo")
