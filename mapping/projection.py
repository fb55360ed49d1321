"""Keep of a record only what a mapping touches, in the record's own shape.

Room: mapping; pure. Data minimisation: what is not mapped is not stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mapping.system_path import WHOLE_RECORD, SystemPath

Projection = Callable[[Mapping[str, Any]], dict[str, Any]]

Tree = dict[str, "Tree | None"]
"""Name -> what is kept below it; None keeps everything."""


def projection(paths: Iterable[SystemPath], roots: Iterable[str]) -> Projection:
    """Return the function that keeps the plain *paths* exactly, and of expressions and *roots* whole top-level values.

    Keys that the record does not carry stay absent; null stays null; a value of another shape than the path expects
    is kept as it is, so that reading the result gives what reading the record gave.
    """
    tree: Tree = {}
    whole = False
    for path in paths:
        if path.steps is not None:
            _plant(tree, path.steps)
        else:
            whole = whole or WHOLE_RECORD in path.roots
            tree.update(dict.fromkeys(path.roots))
    names = set(roots)
    tree.update(dict.fromkeys(names))
    if whole or WHOLE_RECORD in names:
        return dict
    return lambda record: _cut(record, tree)


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
