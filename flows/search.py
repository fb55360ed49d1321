"""Find a profile by what people have at hand: an id, a record's id, a phone, a mail, a name.

Room: flows. Ids, whole values and names as they begin (in characters, in pinyin, by initials) are found by their keyed
hashes, whatever the size of the base. What no key leads to (a part of another value) is looked for by opening profiles,
some 30,000 a second and only so many for one page; the next page goes on.
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
from golden_record.search_keys import asked_key, begins
from golden_record.store import matching_index, profiles, search_index
from golden_record.store import normalised_records as records
from golden_record.store.profiles import Profile
from golden_record.store.source_records import chunks, ref_of
from golden_record.store.tables import normalised_records
from mapping.field_types.contract import FieldContext
from mapping.field_types.search_words import NAMES, asked

PAGE = 500
"""Profiles opened at a time."""
MOST_OPENED = 20_000
"""Profiles opened for one page at most, where no key leads to what was asked."""
_PROFILE_ID = re.compile(r"^[0-9A-HJKMNP-TV-Z]{26}$", re.IGNORECASE)


def search(hub: Hub, text: str, *, after: str | None, limit: int, show: Show) -> dict[str, Any]:
    """Return the profiles that *text* leads to: `{"items", "next"}`, in order of id.

    A page may be short, or empty, and have a `next` all the same: the next one looks on from there.
    """
    wanted, begun = text.strip(), after or ""
    with hub.store.read() as connection:
        keyed = _keyed(hub, connection, wanted)
        named = _Named(hub, connection, asked(wanted))
        if keyed or named.any_at_all():
            ids = sorted({one for one in keyed if one > begun})[: limit + 1]
            known = profiles.load(connection, hub.store.vault, ids)
            known |= {one.profile_id: one for one in named.behind(begun, limit + 1)}
            found = [known[one] for one in sorted(known)]
            onward = found[limit - 1].profile_id if len(found) > limit else named.stopped_at
        else:
            found, onward = _scanned(hub, connection, wanted, after, limit)
        items = profiles_json(hub, connection, found[:limit], show)
    return {"items": items, "next": onward}


class _Named:
    """Profiles of which some name begins with a word. *stopped_at*: where the look ended before there were enough."""

    def __init__(self, hub: Hub, connection: sa.Connection, word: str) -> None:
        self._hub, self._connection, self._word = hub, connection, word
        self._key = search_index.digest(hub.store.vault, asked_key(word)) if word else b""
        self.stopped_at: str | None = None

    def any_at_all(self) -> bool:
        """Whether the key leads anywhere: then no profile has to be searched through."""
        return bool(self._word and search_index.holders(self._connection, self._key, "", 1))

    def behind(self, after: str, limit: int) -> list[Profile]:
        """Return the first *limit* of them behind *after*, in order of id."""
        found: list[Profile] = []
        opened = 0
        while self._word and (ids := search_index.holders(self._connection, self._key, after, max(limit, 50))):
            known = profiles.load(self._connection, self._hub.store.vault, ids)
            for profile_id in ids:
                if profile_id in known and self._begins(known[profile_id]):
                    found.append(known[profile_id])
                    if len(found) == limit:
                        return found
            after, opened = ids[-1], opened + len(ids)
            if opened >= MOST_OPENED:
                self.stopped_at = after
                return found
        return found

    def _begins(self, profile: Profile) -> bool:
        entity = self._hub.rules.entities.get(profile.entity)
        return profile.merged_into is None and entity is not None and begins(entity.types, profile.fields, self._word)


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
            if kind is None or kind.name in NAMES:
                continue
            for region in sorted({system.config.region for system in hub.systems.values()}):
                values = [value for value in kind.normalise(text, FieldContext(region)) if value.valid]
                keys = tuple(key for value in values for key in kind.blocking_keys(value))
                if keys:
                    yield from block_keys(rules.model, Evidence("", entity, {}, {name: keys}))


def _scanned(
    hub: Hub, connection: sa.Connection, text: str, after: str | None, limit: int
) -> tuple[list[Profile], str | None]:
    """Return profiles that show the text in some value, and where the next page goes on; None at the end."""
    wanted, found, opened = text.casefold(), list[Profile](), 0
    while page := profiles.page(connection, hub.store.vault, after, PAGE, None):
        for profile in page:
            if any(wanted in one for one in _texts(profile)):
                if len(found) == limit:
                    return found, found[-1].profile_id
                found.append(profile)
        after, opened = page[-1].profile_id, opened + len(page)
        if opened >= MOST_OPENED:
            return found, after
    return found, None


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
