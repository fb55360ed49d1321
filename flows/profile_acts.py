"""A steward's edit of a profile from its page, and what an act would come to.

Room: flows. Merging and splitting are in `flows.stewards`; here stands what a page needs beside: an edit of what has
changed since it was shown is refused, and each act can be tried before it is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flows.effect import effect_of
from flows.hub import Hub
from flows.profile_edits import Edit, said
from flows.profile_view import Show
from flows.stewards import Outcome, acted, living
from golden_record import stewardship
from golden_record.errors import NotDecidable
from golden_record.stewardship import Act
from golden_record.store import normalised_records as records
from golden_record.store import profiles
from golden_record.store.engine import Store
from golden_record.store.one_transaction import one_transaction


def edit(  # noqa: PLR0913 (the facts of an edit)
    hub: Hub, profile_id: str, change: Edit, *, author: str, reason: str, stamp: str | None = None
) -> Outcome:
    """Set, empty or pin fields. *stamp* is that of the page: where the profile has changed since, nothing is kept.

    Raises:
        WrongValue, NotDecidable: nothing was kept.
    """
    profile = living(hub, profile_id)
    words = said(hub, profile.entity, change)

    def do(act: Act) -> Sequence[str]:
        with one_transaction(hub.store) as store:
            unchanged(store, profile.profile_id, stamp)
            stewardship.set_values(store, profile.profile_id, words, act)
        return [profile.profile_id]

    return acted(hub, "edit", do, author=author, reason=reason)


def unchanged(store: Store, profile_id: str, stamp: str | None) -> None:
    """Refuse where a profile is no longer as the page showed it.

    Raises:
        NotDecidable: it has changed.
    """
    if stamp is None:
        return
    with store.read() as connection:
        found = profiles.load(connection, store.vault, [profile_id]).get(profile_id)
    if found is None or found.merged_into is not None or str(found.version) != stamp:
        raise NotDecidable(
            f"profile {profile_id} has changed since you opened it",
            "Look at it again; nothing of yours was kept",
            why="changed_since",
        )


def effect_of_edit(hub: Hub, profile_id: str, change: Edit, *, author: str, show: Show) -> dict[str, Any]:
    """Return what an edit would come to."""
    profile = living(hub, profile_id)
    words = said(hub, profile.entity, change)

    def do(store: Store, act: Act) -> Sequence[str]:
        stewardship.set_values(store, profile.profile_id, words, act)
        return [profile.profile_id]

    return effect_of(hub, do, [profile.profile_id], author=author, show=show)


def effect_of_merge(hub: Hub, one: str, other: str, *, author: str, show: Show) -> dict[str, Any]:
    """Return what joining two profiles would come to."""
    a, b = living(hub, one).profile_id, living(hub, other).profile_id

    def do(store: Store, act: Act) -> Sequence[str]:
        stewardship.merge(store, a, b, act)
        return [a, b]

    return effect_of(hub, do, [a, b], author=author, show=show)


def effect_of_split(hub: Hub, profile_id: str, names: Sequence[str], *, author: str, show: Show) -> dict[str, Any]:
    """Return what taking records (`system/stream/id`) out of a profile would come to."""
    profile = living(hub, profile_id)
    leaving = refs_named(hub, profile.profile_id, names)

    def do(store: Store, act: Act) -> Sequence[str]:
        stewardship.split(store, profile.profile_id, leaving, act)
        return [profile.profile_id]

    return effect_of(hub, do, [profile.profile_id], author=author, show=show)


def refs_named(hub: Hub, profile_id: str, names: Sequence[str]) -> set[bytes]:
    """Return the refs of a profile's records of these names.

    Raises:
        NotDecidable: one is none of its records.
    """
    with hub.store.read() as connection:
        rows = records.of_profiles(connection, hub.store.vault, [profile_id]).values()
    known = {f"{row.system}/{row.stream}/{row.record_id}": row.ref for row in rows}
    strangers = [name for name in names if name not in known]
    if strangers:
        raise NotDecidable(
            f"{len(strangers)} of the records are not in profile {profile_id}",
            "See `crmhub profiles show` for them",
            why="changed_since",
        )
    return {known[name] for name in names}
