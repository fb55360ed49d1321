"""Write docs/field-types.md anew: what each field type promises, and what it makes of what people write.

The inputs and what must come of them stand in tests/mapping/field_types/rows; the page shows what really comes of
them, and a test holds the two together. Run as `make docs`.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from mapping.field_types.contract import FieldContext, FieldType
from mapping.field_types.registry import field_type, names
from mapping.field_types.rewriting import WRITTEN_TYPES, rewriting
from mapping.values import FieldValue

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "field-types.md"
ROWS = ROOT / "tests" / "mapping" / "field_types" / "rows"

HEAD = """# Field types

<!-- written from the types and their tables of inputs: make docs -->

A field type says what a kind of value is: how it is normalised, checked, compared, looked up, masked and shown.
`profile.yaml` names one for every field. What it makes of a value has three layers: *raw* (as it came), *value*
(shown and pushed), and features that serve matching only. A value that cannot be normalised is kept as it is, with
the reason; it is never pushed and never evidence. *No evidence* means: good to show and to push, and says nothing
about who somebody is.

What normalising changed is told as well: `unseen` (invisible characters dropped), `width` (full-width forms),
`blanks`, `case`, `punctuation`, `prefix` (something put before it, as +86), `content` (a note or label dropped, an
extension lifted). Only `unseen`, `width` and `content` count as corrections in [quality.md](quality.md); the others
are notation.
"""


@dataclass(frozen=True)
class Case:
    """One input and what must come of it: one dictionary of expectations per value."""

    type: str
    raw: Any
    context: FieldContext
    expected: tuple[Mapping[str, Any], ...]
    same_key: str = ""
    other_key: str = ""

    def values(self) -> tuple[FieldValue, ...]:
        """Return what the field type makes of the input."""
        return field_type(self.type).normalise(self.raw, self.context)


@dataclass(frozen=True)
class Row:
    """One row of a table: a remark and its cases."""

    note: str
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class Table:
    """One file of rows."""

    name: str
    title: Mapping[str, str]
    rows: tuple[Row, ...] = field(default_factory=tuple)


def tables() -> list[Table]:
    """Return every table, in order of name."""
    return [_table(file) for file in sorted(ROWS.glob("*.yaml"))]


def _table(file: Path) -> Table:
    written = YAML(typ="safe").load(file)
    rows = []
    for row in written["rows"]:
        defaults = {"type": row.get("type", written.get("type")), "options": row.get("options", {})}
        rows.append(Row(row["note"], tuple(_case({**defaults, **case}) for case in row["cases"])))
    return Table(file.stem, written["title"], tuple(rows))


def _case(said: dict[str, Any]) -> Case:
    context = FieldContext(said.pop("region", "CN"), options=said.pop("options"))
    kind, raw = said.pop("type"), said.pop("raw")
    ties = {name: said.pop(name) for name in ("same_key", "other_key") if name in said}
    expected = tuple(said.pop("all")) if "all" in said else (said,)
    return Case(kind, raw, context, expected, **ties)


def page() -> str:
    """Return the whole page."""
    found = tables()
    parts = [HEAD, *_summary(found)]
    parts += [f"## {name}\n\n{_promise(field_type(name))}\n" for name in names()]
    for table in found:
        parts.append(f"## {table.title['en']} · {table.title['zh']}\n")
        parts += [_row(row) for row in table.rows]
    return "\n".join(parts)


def _summary(found: list[Table]) -> Iterator[str]:
    yield "The tables at the end of this page are run as tests; every row comes out as asked.\n"
    yield "| table | rows | inputs |\n| --- | --- | --- |"
    for table in found:
        yield f"| {table.title['en']} | {len(table.rows)} | {sum(len(row.cases) for row in table.rows)} |"
    rows = sum(len(table.rows) for table in found)
    yield f"| together | {rows} | {sum(len(row.cases) for table in found for row in table.rows)} |\n"


def _promise(kind: FieldType) -> str:
    """Return the text that stands beside the type in the code."""
    own = inspect.getdoc(type(kind)) if type(kind).__name__ != "SimpleType" else _beside(kind)
    return re.sub(r"(?<!\n)\n(?!\n)", " ", own or "")


def _beside(kind: FieldType) -> str:
    """Return the text under the assignment that makes a type: Python keeps none for values."""
    for file in (ROOT / "mapping" / "field_types").glob("*.py"):
        body = ast.parse(file.read_text(encoding="utf-8")).body
        for node, after in pairwise(body):
            if not isinstance(node, ast.AnnAssign) or not isinstance(node.value, ast.Call):
                continue
            first = node.value.args[0] if node.value.args else None
            if isinstance(first, ast.Constant) and first.value == kind.name and isinstance(after, ast.Expr):
                return inspect.cleandoc(str(ast.literal_eval(after.value)))
    return ""


def _row(row: Row) -> str:
    lines = [f"**{row.note[:1].upper()}{row.note[1:]}.**\n", "| written | becomes | and |", "| --- | --- | --- |"]
    lines += [f"| {_cell(case.raw)} | {_becomes(case)} | {_and(case)} |" for case in row.cases]
    return "\n".join(lines) + "\n"


def _becomes(case: Case) -> str:
    return "<br>".join(_value(value) for value in case.values()) or "nothing"


def _value(value: FieldValue) -> str:
    return _cell(value.value) if value.valid else f"invalid: {', '.join(value.issues)}"


def _and(case: Case) -> str:
    kind = field_type(case.type)
    said = []
    if case.context.region != "CN":
        said.append(f"read in {case.context.region}")
    said += [f"option `{name}: {_plain(option)}`" for name, option in case.context.options.items()]
    for value in case.values():
        if value.valid and value.issues:
            said.append(", ".join(value.issues))
        if value.valid and not value.evidence and kind.name not in {"text", "boolean", "money", "datetime"}:
            said.append("no evidence")
        if kind.name in WRITTEN_TYPES and (changes := rewriting(value)):
            said.append(f"changed: {', '.join(changes)}")
    for expected, value in zip(case.expected, case.values(), strict=False):
        said += [f"{name} {_cell(value.parts[name])}" for name, text in expected.get("parts", {}).items() if text]
        features = kind.features(value)
        said += [f"{name} {_cell(features[name])}" for name, text in expected.get("features", {}).items() if text]
        said += [f"sounds {_cell(', '.join(expected['sounds']))}"] if "sounds" in expected else []
        said += [f"masked {_cell(kind.mask(value))}"] if "mask" in expected else []
        said += [f"shown {_cell(kind.show(value))}"] if "show" in expected else []
        said += [f"looked up by {_cell(', '.join(kind.blocking_keys(value)))}"] if "blocks" in expected else []
    said += [f"meets {_cell(case.same_key)}"] if case.same_key else []
    said += [f"does not meet {_cell(case.other_key)}"] if case.other_key else []
    return "; ".join(said).replace("|", "\\|")


def _cell(value: Any) -> str:  # noqa: ANN401 (any JSON value)
    """Return a value for a table, unseen characters named."""
    if isinstance(value, Mapping):
        return "<br>".join(f"{name} `{_plain(inner)}`" for name, inner in value.items())
    return f"`{_plain(value)}`"


def _plain(value: Any) -> str:  # noqa: ANN401 (any JSON value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    shown = "".join(char if char.isprintable() or char == "\u3000" else f"\\u{ord(char):04x}" for char in text)
    return shown.replace("|", "\\|").replace("`", "'")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
