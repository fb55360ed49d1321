"""Which files belong to a stream, and may they be read?"""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from connectors.contract import Skipped
from connectors.files.settings import FileStream, Settings


@dataclass(frozen=True, slots=True)
class Found:
    """A file of a stream; *name* is its path as people know it: from the project on, or whole.

    *delivered* is when the file was last changed, ISO 8601 in UTC.
    """

    name: str
    path: Path
    delivered: str


def find(stream: FileStream, settings: Settings) -> tuple[list[Found], list[Skipped]]:
    """Return the stream's files in the order of their names, numbers by value (`week_9` before `week_10`).

    The later name is the newer delivery. What lies outside the project and the allowed folders, also behind a link, is
    not read but named. Files that editors and Excel keep beside an open one (`~$…`, `.…`) are none of the stream's.
    """
    project = settings.folder
    roots = [project, *(folder.resolve() for folder in settings.allow)]
    found: list[Found] = []
    refused: list[Skipped] = []
    for written in sorted(set(_matches(stream.path, project)), key=_natural):
        path = (project / written).resolve()
        if path.name.startswith(("~$", ".")) or not path.is_file():
            continue
        if any(path.is_relative_to(root) for root in roots):
            at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            found.append(Found(written, path, at.isoformat()))
        else:
            refused.append(_outside(written))
    if not found and not refused and _leaves(stream.path, project, roots):
        refused.append(_outside(stream.path))
    return found, refused


def _matches(pattern: str, project: Path) -> Iterator[str]:
    if (project / pattern).is_file():  # a name may hold `[` as it is
        yield pattern
        return
    yield from glob.iglob(pattern, root_dir=project, recursive=True)  # noqa: PTH207 (takes whole paths, too)


def _leaves(pattern: str, project: Path, roots: list[Path]) -> bool:
    """Say whether even the fixed part of *pattern* is outside every folder that may be read."""
    fixed = re.split(r"[*?\[]", pattern, maxsplit=1)[0]
    at = (project / fixed).resolve()
    return not any(at.is_relative_to(root) or root.is_relative_to(at) for root in roots)


def _outside(name: str) -> Skipped:
    cure = "Put it into the project, or name its folder under `allow` in the system's config."
    return Skipped(name, "outside", "the file lies outside the project", cure)


def _natural(name: str) -> list[tuple[int, int, str]]:
    """Compare runs of digits by their value; equal values (`01`, `1`) by their text."""
    parts = re.findall(r"\d+|\D+", name)
    return [(0, int(part), part) if part.isdecimal() and part.isascii() else (1, 0, part) for part in parts]
