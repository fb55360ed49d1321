"""Which other profiles may be the same customer as this one: by the evidence that is kept, near misses among it.

Room: flows. Reads the store, changes nothing.
"""

from __future__ import annotations

from typing import Any

from flows.hub import Hub
from flows.profile_page import title_of
from flows.profile_view import Show
from golden_record.store import matching_index, profiles, reviews
from golden_record.store import normalised_records as records


def near_profiles(hub: Hub, profile_id: str, show: Show, *, limit: int = 20) -> list[dict[str, Any]] | None:
    """Return the profiles with evidence for being the same customer, the strongest first; None: no such profile.

    `bits` is the strongest link between two of their records; `apart` says whether a steward keeps them apart, `review`
    names the open question about the two.
    """
    with hub.store.read() as connection:
        living = profiles.resolve_redirects(connection, [profile_id]).get(profile_id)
        if living is None:
            return None
        mine = set(records.refs_of_profiles(connection, [living]))
        links = [one for one in matching_index.links_of(connection, mine) if not {one.a, one.b} <= mine]
        words = [one for one in matching_index.steward_links_of(connection, mine) if one.kind == "cannot"]
        ends = (
            {ref for one in links for ref in (one.a, one.b)} | {ref for one in words for ref in (one.a, one.b)}
        ) - mine
        bound = records.profiles_of(connection, ends)
        bits: dict[str, float] = {}
        for link in links:
            other = bound.get(link.b if link.a in mine else link.a)
            if other is not None and other != living:
                bits[other] = max(link.weight, bits.get(other, link.weight))
        apart = {bound[ref] for word in words for ref in (word.a, word.b) if ref in bound} - {living}
        ordered = sorted({*bits, *apart}, key=lambda one: (-bits.get(one, float("-inf")), one))[:limit]
        known = profiles.load(connection, hub.store.vault, ordered)
        asked = _asked(hub, connection, mine, bound)
        return [
            {
                "profile_id": one,
                "entity": known[one].entity,
                "title": title_of(known[one].fields, known[one].entity, show),
                "bits": round(bits[one], 3) if one in bits else None,
                "apart": one in apart,
                "review": asked.get(one),
            }
            for one in ordered
            if one in known
        ]


def _asked(hub: Hub, connection: Any, mine: set[bytes], bound: dict[bytes, str]) -> dict[str, str]:  # noqa: ANN401
    """Return other profile -> the open question whether it is the same customer."""
    ids = [one for one, kind in reviews.open_about(connection, mine).items() if kind == "duplicate"]
    found: dict[str, str] = {}
    for review in reviews.of_ids(connection, hub.store.vault, ids):
        for ref in review.refs:
            if ref not in mine and ref in bound:
                found[bound[ref]] = review.review_id
    return found
