"""The kept run of the suite, docs/connectors.json: what became of each clause, and of which code that was the run.

A connector's *code* is a digest of its folder, of what all connectors share, and of the suite: what Python would run of
it, without comments, docstrings and layout. Where it has changed since the run, the run says nothing any more, and
`make contract` runs that connector's clauses anew.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
KEPT = ROOT / "docs/connectors.json"
FOLDERS = ("connectors", "tests/connectors")
"""Where connectors live: ours, and those that are made for tests alone."""
SHARED = ("connectors/*.py", "connectors/sandboxes/*.py", "tests/connectors/contract_suite/[!k]*.py")

Cells = dict[str, dict[str, list[int]]]
"""Clause -> connector -> cases that passed, cases in all."""


def kept() -> tuple[Cells, dict[str, str]]:
    """Return the cells of the kept run, and the code that each connector had."""
    found = json.loads(KEPT.read_text(encoding="utf-8"))
    return found["cells"], found["code"]


def keep(cells: Mapping[str, Mapping[str, list[int]]], whole: Iterable[str]) -> None:
    """Put *cells* into the kept run; *whole*: the connectors of which every clause was run."""
    every, code = kept()
    for clause, by_name in cells.items():
        every.setdefault(clause, {}).update(by_name)
    code |= {name: code_of(name) for name in whole}
    lines = [f'  {json.dumps(name)}: "{digest}"' for name, digest in sorted(code.items())]
    rows = [f"  {json.dumps(clause)}: {json.dumps(dict(sorted(by.items())))}" for clause, by in sorted(every.items())]
    text = '{{\n "code": {{\n{}\n }},\n "cells": {{\n{}\n }}\n}}\n'
    KEPT.write_text(text.format(",\n".join(lines), ",\n".join(rows)), encoding="utf-8")


def changed(names: Iterable[str]) -> list[str]:
    """Return those connectors whose code is no longer what the kept run was of."""
    code = kept()[1]
    return [name for name in names if code.get(name) != code_of(name)]


@cache
def code_of(name: str) -> str:
    """Return the digest of a connector's code."""
    found = hashlib.sha256()
    for path in _files(name):
        found.update(f"{path.relative_to(ROOT)}\0{_run(path)}\0".encode())
    return found.hexdigest()[:20]


def _files(name: str) -> Iterator[Path]:
    own = [
        path for folder in FOLDERS if (ROOT / folder / name).is_dir() for path in (ROOT / folder / name).rglob("*.py")
    ]
    tests = ROOT / "tests/connectors" / name
    mine = [path for path in own if name not in _OURS or not path.is_relative_to(tests)]
    yield from sorted({*mine, *(path for pattern in SHARED for path in ROOT.glob(pattern))})


_OURS = frozenset(path.parent.name for path in (ROOT / "connectors").glob("*/source.py"))


@cache
def _run(path: Path) -> str:
    """Return what Python runs of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body: list[Any] = getattr(node, "body", []) if not isinstance(node, ast.Lambda | ast.IfExp) else []
        node_body = [one for one in body if not _is_text(one)]
        if body and len(node_body) != len(body):
            node.body = node_body  # type: ignore[attr-defined]  # every node that has a body of statements
    return ast.dump(tree)


def _is_text(node: ast.AST) -> bool:
    """Say whether a statement is but a text: a docstring, of whatever."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
