"""Find a profile by what people have at hand: an id, a record's id, a phone, a mail, a name.

Room: flows. Ids and whole values are found by their keyed hashes, whatever the size of the base. What no key leads to
(a name alone, a part of a value) is looked for by opening every profile: some 30,000 a second.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from flows.hub import Hub
from flows.profile_view import Show, profiles_json
from golden_record.matching.blocking import block_keys
from golden_record.matching.evidence import Evidence
from golden_record.resolution.index import block_digest
from golden_record.store import matching_index, profiles
from golden_record.store import normalised_records as records
from golden_record.store.profiles import Profile
from golden_record.store.source_records import chunks, ref_of
from golden_record.store.tables import normalised_records
from mapping.field_types.contract import FieldContext

PAGE = 500
"""Profiles opened at a time."""
_PROFILE_ID = re.compile(r"^[0-9A-HJKMNP-TV-Z]{26}$", re.IGNORECASE)


def search(hub: Hub, text: str, *, after: str | None, limit: int, show: Show) -> dict[str, Any]:
    """Return the profiles that *text* leads to: `{"items", "next"}`, in order of id."""
    with hub.store.read() as connection:
        ids = {one for one in _keyed(hub, connection, text.strip()) if after is None or one > after}
        if ids or _found_before(hub, connection, text, after):
            known = profiles.load(connection, hub.store.vault, sorted(ids)[: limit + 1])
            found = [known[one] for one in sorted(known)]
        else:
            found = list(_scanned(hub, connection, text.strip(), after, limit + 1))
        items = profiles_json(hub, connection, found[:limit], show)
    return {"items": items, "next": found[limit - 1].profile_id if len(found) > limit else None}


def _found_before(hub: Hub, connection: sa.Connection, text: str, after: str | None) -> bool:
    """Whether an earlier page was answered by keys: then the next ones are too."""
    return after is not None and bool(_keyed(hub, connection, text.strip()))


def _keyed(hub: Hub, connection: sa.Connection, text: str) -> set[str]:
    """Return the living profiles that the text's keys lead to."""
    found: set[str] = set()
    if _PROFILE_ID.match(text):
        found |= set(profiles.resolve_redirects(connection, [text.upper()]).values())
    bound = records.profiles_of(connection, {*_records_named(hub, connection, text), *_blocks(hub, connection, text)})
    return found | set(bound.values())


def _records_named(hub: Hub, connection: sa.Connection, text: str) -> list[bytes]:
    """Return the records with this id, written bare or as `system/stream/id`."""
    names = [(system.name, stream) for system in hub.systems.values() for stream in system.config.streams]
    parts = text.split("/", 2)
    ids = [(system, stream, text) for system, stream in names]
    if len(parts) == 3:  # noqa: PLR2004 (system, stream, id)
        ids.append((parts[0], parts[1], parts[2]))
    sources = [ref_of(hub.store.vault, *one) for one in ids]
    found: list[bytes] = []
    for part in chunks(sources):
        where = normalised_records.c.source_ref.in_(part)
        found += map(bytes, connection.scalars(sa.select(normalised_records.c.ref).where(where)))
    return found


def _blocks(hub: Hub, connection: sa.Connection, text: str) -> list[bytes]:
    """Return the records under the block keys that the text has by itself, as a phone or a mail."""
    keys = {block_digest(hub.store.vault, key) for key in _block_texts(hub, text)}
    return [ref for held in matching_index.holders(connection, keys).values() for ref in held]


def _block_texts(hub: Hub, text: str) -> Iterator[str]:
    for entity, rules in hub.rules.entities.items():
        if rules.model is None:
            continue
        for name in sorted({rule.fields[0] for rule in rules.model.blocking if len(rule.fields) == 1}):
            kind = rules.types.get(name)
            if kind is None:
                continue
            for region in sorted({system.config.region for system in hub.systems.values()}):
                values = [value for value in kind.normalise(text, FieldContext(region)) if value.valid]
                keys = tuple(key for value in values for key in kind.blocking_keys(value))
                if keys:
                    yield from block_keys(rules.model, Evidence("", entity, {}, {name: keys}))


def _scanned(hub: Hub, connection: sa.Connection, text: str, after: str | None, limit: int) -> Iterator[Profile]:
    """Yield the profiles that show the text in some value, up to *limit*."""
    wanted, found = text.casefold(), 0
    while page := profiles.page(connection, hub.store.vault, after, PAGE, None):
        for profile in page:
            if any(wanted in one for one in _texts(profile)):
                yield profile
                found += 1
                if found >= limit:
                    return
        after = page[-1].profile_id


def _texts(profile: Profile) -> Iterator[str]:
    for elements in profile.fields.values():
        for element in elements:
            for value in (element.value, *element.parts.values()):
                yield from _words(value)


def _words(value: Any) -> Sequence[str]:  # noqa: ANN401 (any JSON value)
    if isinstance(value, dict):
        return [word for inner in value.values() for word in _words(inner)]
    if isinstance(value, list):
        return [word for inner in value for word in _words(inner)]
    return [] if value is None else [str(value).casefold()]
