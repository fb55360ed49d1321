"""Has this file been read as it is now? Size, time of change and hash of one file, as the cursor keeps them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from connectors.contract import Skipped

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A file as it was read. *refused*: why nothing could be read from it; it is not tried again until it changes."""

    size: int
    mtime_ns: int
    sha256: str
    refused: Skipped | None = None

    @classmethod
    def of(cls, kept: object) -> Self | None:
        """Read what a cursor kept; None where that is unreadable: the file is read again, never passed over."""
        if not isinstance(kept, Mapping):
            return None
        try:
            refused = Skipped(**kept["refused"]) if kept.get("refused") else None
            return cls(int(kept["size"]), int(kept["mtime_ns"]), str(kept["sha256"]), refused)
        except (KeyError, TypeError, ValueError):
            return None

    def kept(self) -> dict[str, Any]:
        """Return the form that a cursor keeps."""
        said = asdict(self)
        return {name: value for name, value in said.items() if value is not None}


def same_stamp(path: Path, known: Fingerprint) -> bool:
    """Say whether size and time of change are those of *known*: then its content is taken for unchanged."""
    status = path.stat()
    return (status.st_size, status.st_mtime_ns) == (known.size, known.mtime_ns)


def fingerprint(path: Path) -> Fingerprint:
    """Read the file once and return its fingerprint; the stamp is the one from before the reading."""
    status = path.stat()
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return Fingerprint(status.st_size, status.st_mtime_ns, digest.hexdigest())


def unchanged(path: Path, known: Fingerprint) -> Fingerprint | None:
    """Return *known* with today's stamp where the content is still the same; else None."""
    if same_stamp(path, known):
        return known
    now = fingerprint(path)
    if now.sha256 != known.sha256:
        return None
    return replace(known, size=now.size, mtime_ns=now.mtime_ns)


def digest_of(text: str) -> str:
    """Return a short hash of settings, by which a cursor knows that it was made under other ones."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
