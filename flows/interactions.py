"""What a customer did: the interactions that their records are referred to by, the newest first.

Room: flows. Reads the store, changes nothing. An interaction belongs to the record that it names, and so to that
record's profile, whatever is merged or split.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from flows.hub import Hub
from flows.profile_view import Show, profiles_json
from flows.web_links import link_to
from golden_record.store import normalised_records as records
from golden_record.store import profiles, relations

INTERACTION = "interaction"
MOST = 2_000
"""Interactions that are opened to be put in order; a customer has rarely more."""
_WHEN = "happened_on"


def interactions_page(hub: Hub, profile_id: str, *, start: int, limit: int, show: Show) -> dict[str, Any] | None:
    """Return a page: `{"items", "next", "total"}`; None: there is no such profile.

    The cursor is the number of items read so far. Each item has the shape of a profile, `when` and `link`.
    """
    with hub.store.read() as connection:
        living = profiles.resolve_redirects(connection, [profile_id]).get(profile_id)
        if living is None:
            return None
        refs = records.refs_of_profiles(connection, [living])
        ids = sorted(_interactions_of(connection, refs))
        known = profiles.load(connection, hub.store.vault, ids[:MOST])
        ordered = sorted(known.values(), key=lambda one: (_when(one.fields), one.profile_id), reverse=True)
        items = profiles_json(hub, connection, ordered[start : start + limit], show)
    for item, one in zip(items, ordered[start : start + limit], strict=True):
        source = next(iter(item["sources"]), None)
        item["when"] = _when(one.fields) or None
        item["link"] = link_to(hub, source["system"], source["stream"], source["id"]) if source else None
    end = start + limit
    return {"items": items, "next": str(end) if end < len(ordered) else None, "total": len(ids)}


def _interactions_of(connection: sa.Connection, refs: Iterable[bytes]) -> set[str]:
    """Return the profiles of the living interactions that refer to these records."""
    referring = {ref for ref, _relation, _target in relations.referring(connection, refs)}
    found = profiles_of_entity(connection, referring, INTERACTION)
    return set(found.values())


def profiles_of_entity(connection: sa.Connection, refs: Iterable[bytes], entity: str) -> dict[bytes, str]:
    """Return record -> its profile, for those that are of this entity and live."""
    bound = records.bound_of_sources(connection, {records.source_of(ref) for ref in refs})
    wanted = set(refs)
    return {one.ref: one.profile_id for one in bound if one.ref in wanted and one.entity == entity and one.profile_id}


def _when(fields: Any) -> str:  # noqa: ANN401 (field -> elements)
    elements = fields.get(_WHEN, ())
    return str(elements[0].value) if elements else ""
