"""What taking stewards' acts back would come to: the acts themselves, and what each system would receive.

Room: flows. Tried in a transaction that is taken back, as `flows.effect` tries any act; no system is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ulid import ULID

from flows.effect import effect_of
from flows.hub import Hub
from flows.profile_view import Show
from flows.stewards import act_json, standing_named
from golden_record import undo
from golden_record.stewardship import Act
from golden_record.store import profiles
from golden_record.store.acts import KeptAct
from golden_record.store.engine import Store
from golden_record.store.one_transaction import rolled_back

MOST_TRIED = 40
"""Acts that are tried at once; a larger run is named, not tried: its effect would keep its reader waiting."""
MOST_NAMED = 100
_REASON = "to see what it would come to"


def effect_of_undo(hub: Hub, names: Sequence[str], *, author: str, show: Show) -> dict[str, Any]:
    """Return what taking back these acts (or all acts of these runs) would come to.

    `{"acts": the first ones, "total": how many, "effect": see flows.effect, or null where they are too many to try}`.

    Raises:
        NotDecidable: a name is no act and no run of acts, or all of it was taken back already.
    """
    found = standing_named(hub, names)
    effect = None
    if len(found) <= MOST_TRIED:

        def do(store: Store, act: Act) -> Sequence[str]:
            return [one for kept in found for one in undo.undo(store, kept, act)]

        effect = effect_of(hub, do, _about(hub, found, author), author=author, show=show)
    return {"acts": [act_json(one) for one in found[:MOST_NAMED]], "total": len(found), "effect": effect}


def _about(hub: Hub, found: Sequence[KeptAct], author: str) -> set[str]:
    """Return the living profiles that taking these back touches."""
    with rolled_back(hub.store) as store:
        act = Act(author, _REASON, hub.now(), str(ULID()))
        touched = {one for kept in found for one in undo.undo(store, kept, act)}
    with hub.store.read() as connection:
        return set(profiles.resolve_redirects(connection, touched).values())
