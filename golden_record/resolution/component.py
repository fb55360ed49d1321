"""Everything that a change can touch: the records tied to the changed ones by links, stewards' words and profiles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa

from golden_record.store import matching_index, relations
from golden_record.store.matching_index import Link, StewardLink
from golden_record.store.source_records import among, chunks
from golden_record.store.tables import SOURCE_REF
from golden_record.store.tables import normalised_records as table
from golden_record.store.tables import source_records as sources
from mapping.values import BECAME


@dataclass
class Component:
    """One or more whole components. *redirects*: record merged away, or turned into another, -> the winner's record."""

    refs: set[bytes] = field(default_factory=set)
    links: list[Link] = field(default_factory=list)
    words: list[StewardLink] = field(default_factory=list)
    redirects: dict[bytes, bytes] = field(default_factory=dict)


def component_of(connection: sa.Connection, seeds: Iterable[bytes], least: float) -> Component:
    """Return the components that *seeds* lie in, following links of at least *least* bits."""
    links: dict[tuple[bytes, bytes], Link] = {}
    words: dict[str, StewardLink] = {}
    redirects: dict[bytes, bytes] = {}
    seen: set[bytes] = set()
    profiles: set[str] = set()
    frontier = set(seeds)
    while frontier:
        seen |= frontier
        found = set(_profile_members(connection, frontier, profiles))
        for link in matching_index.links_of(connection, frontier, least):
            links[link.a, link.b] = link
            found |= {link.a, link.b}
        for word in matching_index.steward_links_of(connection, frontier):
            words[word.link_id] = word
            if word.kind == "must":
                found |= {word.a, word.b}
        for loser, winner in _redirects(connection, frontier).items():
            redirects[loser] = winner
            found |= {loser, winner}
        frontier = _existing(connection, found - seen)
    return Component(seen, list(links.values()), list(words.values()), redirects)


def _profile_members(connection: sa.Connection, refs: Iterable[bytes], known: set[str]) -> list[bytes]:
    ids: set[str] = set()
    for part in chunks(refs):
        where = among(table.c.ref, part) & table.c.profile_id.is_not(None)
        ids |= set(connection.scalars(sa.select(table.c.profile_id).where(where).distinct()).all())
    members: list[bytes] = []
    for part in chunks(ids - known):
        members += map(bytes, connection.scalars(sa.select(table.c.ref).where(among(table.c.profile_id, part))).all())
    known |= ids
    return members


def _redirects(connection: sa.Connection, refs: Iterable[bytes]) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for part in chunks(refs):
        statement = (
            sa.select(table.c.ref, sources.c.merged_into)
            .join(sources, sources.c.ref == table.c.source_ref)
            .where(among(table.c.ref, part) & sources.c.merged_into.is_not(None))
        )
        for row in connection.execute(statement).all():
            found[bytes(row.ref)] = bytes(row.merged_into) + bytes(row.ref)[SOURCE_REF:]
    # A record may be known before the one that it was turned into: asked for from both ends.
    return found | relations.called(connection, BECAME, refs)


def _existing(connection: sa.Connection, refs: Iterable[bytes]) -> set[bytes]:
    found: set[bytes] = set()
    for part in chunks(refs):
        found |= set(map(bytes, connection.scalars(sa.select(table.c.ref).where(among(table.c.ref, part))).all()))
    return found
