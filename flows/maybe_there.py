"""May a system have a customer already, under another profile? Then no record is made there.

Room: flows. Why: docs/decisions/0011-guarded-creates.md.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa

from golden_record.store import matching_index
from golden_record.store import normalised_records as records
from golden_record.store.normalised_records import NormalisedRow


def systems_in_doubt(
    connection: sa.Connection, rows: Mapping[bytes, NormalisedRow], systems_there: Collection[str]
) -> dict[str, set[str]]:
    """Return profile -> the systems where a record for it might be a second one for a customer.

    Another profile that may be the same customer (near enough by weight, and no steward has said otherwise) has a
    record there; or has none either, and its turn comes first (the smaller id).
    """
    near = _near(connection, rows)
    systems = records.systems_of_profiles(connection, {other for others in near.values() for other in others})
    every = set(systems_there)
    found: dict[str, set[str]] = {}
    for mine, others in near.items():
        for other in others:
            known = systems.get(other, set())
            found.setdefault(mine, set()).update(every if other < mine else known)
    return found


def _near(connection: sa.Connection, rows: Mapping[bytes, NormalisedRow]) -> dict[str, set[str]]:
    """Return profile -> the other profiles that may be the same customer."""
    links = matching_index.links_of(connection, rows)
    words = [one for one in matching_index.steward_links_of(connection, rows) if one.kind == "cannot"]
    ends = {ref for link in links for ref in (link.a, link.b)} | {ref for word in words for ref in (word.a, word.b)}
    profile_of = records.profiles_of(connection, ends)
    apart = {frozenset((profile_of.get(word.a, ""), profile_of.get(word.b, ""))) for word in words}
    found: dict[str, set[str]] = {}
    for link in links:
        a, b = profile_of.get(link.a, ""), profile_of.get(link.b, "")
        if a and b and a != b and frozenset((a, b)) not in apart:
            found.setdefault(a, set()).add(b)
            found.setdefault(b, set()).add(a)
    return found
