"""Keep of a record only what a mapping touches, in the record's own shape.

Room: mapping; pure. Data minimisation: what is not mapped is not stored. What an earlier version of a mapping kept
tells which records must be read again when another path comes to be mapped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mapping.system_path import WHOLE_RECORD, SystemPath

Tree = dict[str, "Tree | None"]
"""Name -> what is kept below it; None keeps everything."""


@dataclass(frozen=True)
class Projection:
    """Which part of a record is kept. *whole*: all of it, whatever *tree* says."""

    tree: Tree
    whole: bool = False

    def __call__(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return that part of *record*.

        Keys that the record does not carry stay absent; null stays null; a value of another shape than the path
        expects is kept as it is, so that reading the result gives what reading the record gave.
        """
        return dict(record) if self.whole else _cut(record, self.tree)

    def missing_from(self, kept: Projection) -> tuple[str, ...]:
        """Return the paths that this one keeps and *kept* does not, in the order in which they were written."""
        if kept.whole:
            return ()
        return (WHOLE_RECORD,) if self.whole else tuple(_missing(self.tree, kept.tree, ""))

    def to_json(self) -> Any:  # noqa: ANN401 (JSON goes out)
        """Return the stored form."""
        return WHOLE_RECORD if self.whole else self.tree

    @classmethod
    def from_json(cls, kept: Any) -> Projection:  # noqa: ANN401 (JSON comes in)
        """Read the stored form."""
        return cls({}, whole=True) if kept == WHOLE_RECORD else cls(dict(kept))


def projection(paths: Iterable[SystemPath], roots: Iterable[str]) -> Projection:
    """Return what keeps the plain *paths* exactly, and of expressions and *roots* whole top-level values."""
    tree: Tree = {}
    whole = False
    for path in paths:
        if path.steps is not None:
            _plant(tree, path.steps)
        else:
            whole = whole or WHOLE_RECORD in path.roots
            tree.update(dict.fromkeys(sorted(path.roots)))
    names = sorted(set(roots))
    tree.update(dict.fromkeys(names))
    return Projection(tree, whole=whole or WHOLE_RECORD in names)


def _plant(tree: Tree, steps: tuple[str, ...]) -> None:
    for step in steps[:-1]:
        inner = tree.setdefault(step, {})
        if inner is None:
            return
        tree = inner
    tree[steps[-1]] = None


def _cut(record: Mapping[str, Any], tree: Tree) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, inner in tree.items():
        if name not in record:
            continue
        value = record[name]
        kept[name] = _cut(value, inner) if inner is not None and isinstance(value, Mapping) else value
    return kept


def _missing(wanted: Tree, kept: Tree, above: str) -> Iterator[str]:
    for name, inner in wanted.items():
        path = f"{above}.{name}" if above else name
        if name not in kept:
            yield path
            continue
        there = kept[name]
        if there is None:
            continue
        if inner is None:
            yield path
        else:
            yield from _missing(inner, there, path)
