"""Tell people's edits from the effects of an edited mapping, where a record comes with both.

Room: golden_record, the pure half. What was kept of the record is read under the mapping of now first; only what
is left of the difference is taken for people's doing, and what was never read before counts as first sight
(docs/decisions/0016-edited-mappings.md).
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from golden_record.store.source_records import Known, Shadow
from golden_record.vault import Vault, dump
from mapping.values import Emitted, MappingError, NormalisedRecord

Normalise = Callable[[Mapping[str, Any]], NormalisedRecord]


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier version of the mapping, as far as it is known, means for records that it read.

    *mapped_paths*: what it kept of a record. *lacks*: paths that it did not keep and the mapping of now
    reads or writes. *fresh*: (emit, field) of what it could not read for lack of them.
    """

    mapped_paths: Callable[[Mapping[str, Any]], dict[str, Any]]
    lacks: tuple[str, ...]
    fresh: frozenset[tuple[int, str]]


class Reader(Protocol):
    """A stream, as far as it reads records; see `landing.Stream`."""

    @property
    def version(self) -> str:
        """The version of the mapping of now."""

    @property
    def normalise(self) -> Normalise:
        """Read a record under it."""

    @property
    def earlier(self) -> Callable[[str], Earlier | None]:
        """Tell of an earlier version."""


def content_hash(vault: Vault, mapped: Mapping[str, Any]) -> bytes:
    """Return the keyed hash of what the mapping reads of a record."""
    return vault.digest_bytes(b"content\0" + dump(mapped))


@dataclass(frozen=True, slots=True)
class Rereading:
    """How a record's new reading differs from the one before for other reasons than people's edits.

    *stored*: what the mapping of now makes of what was kept. *same*: the record is as it was. *fresh*: (emit, field) of
    what was never read before; None where nobody knows.
    """

    stored: Mapping[int, Emitted] = field(default_factory=dict)
    same: bool = False
    fresh: frozenset[tuple[int, str]] | None = frozenset()

    def fresh_of(self, emit: int) -> Container[str]:
        """Return the fields of one entity that were never read before."""
        return _Everything() if self.fresh is None else {name for place, name in self.fresh if place == emit}


class _Everything:
    """Contains whatever one asks for."""

    def __contains__(self, _item: object) -> bool:
        return True


def rereading(
    vault: Vault, reader: Reader, known: Known | None, whole: Mapping[str, Any], before: Shadow | None
) -> Rereading | None:
    """Say what an edited mapping has to do with a record's difference; None where the mapping is the same.

    What was kept is read under the mapping of now first, so that only what is left is taken for people's doing.
    """
    if known is None or before is None or known.mapping_version == reader.version:
        return None
    try:
        stored = {emitted.emit: emitted for emitted in reader.normalise(before.payload).emits}
    except MappingError:
        stored = {}
    earlier = reader.earlier(known.mapping_version)
    if earlier is None:
        return Rereading(stored, _shows_still(before.payload, whole), None)
    same = content_hash(vault, earlier.mapped_paths(whole)) == known.content_hash
    return Rereading(stored, same, earlier.fresh)


def _shows_still(kept: Mapping[str, Any], whole: Mapping[str, Any]) -> bool:
    """Say whether a record shows all that was kept of it, as it was."""
    for name, value in kept.items():
        now = whole.get(name)
        if isinstance(value, Mapping) and isinstance(now, Mapping):
            if not _shows_still(value, now):
                return False
        elif now != value:
            return False
    return True
