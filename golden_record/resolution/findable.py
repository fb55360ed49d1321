"""The last step: put changed profiles into the index by which people find them by name."""

from __future__ import annotations

from golden_record.rules import Rules
from golden_record.search_keys import search_keys
from golden_record.store import profiles, search_index
from golden_record.store.engine import CHUNK, Store


def make_findable(store: Store, rules: Rules) -> int:
    """Index every profile that waits for it; return how many.

    A profile that leads to another is taken out. Killed half-way, the next call goes on; a store from before the index
    is worked through by the first.
    """
    count = 0
    while True:
        with store.write() as connection:
            ids = search_index.waiting(connection, CHUNK)
            if not ids:
                return count
            before = search_index.keys_of(connection, ids)
            added: list[tuple[bytes, str]] = []
            removed: list[tuple[bytes, str]] = []
            for profile_id, profile in profiles.load(connection, store.vault, ids).items():
                entity = rules.entities.get(profile.entity)
                shown = profile.fields if entity is not None and profile.merged_into is None else {}
                texts = search_keys(entity.types, shown) if entity is not None else frozenset[str]()
                keys = {search_index.digest(store.vault, text) for text in texts}
                known = before.get(profile_id, set())
                added += [(key, profile_id) for key in sorted(keys - known)]
                removed += [(key, profile_id) for key in sorted(known - keys)]
            search_index.change(connection, sorted(added), removed)
            search_index.done(connection, ids)
            count += len(ids)
