"""The reference part of `docs/mapping.md`, made from the models themselves, so that it cannot go stale.

Room: mapping; pure. `docs/write_reference.py` writes it, a test compares.
"""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel

from mapping.formats import FORMATS
from mapping.language import Became, Emit, Example, FieldMapping, Lookup, Piece, RelationMapping, StreamMapping
from mapping.profile_fields import Entity, ProfileField

BEGIN = "<!-- the reference below is generated: python docs/write_reference.py -->"

CHAPTERS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("A mapping file", StreamMapping),
    ("An entity, under `emits`", Emit),
    ("A field, under `fields`", FieldMapping),
    ("`piece` of a field", Piece),
    ("A relation, under `relations`", RelationMapping),
    ("What became of a record, under `became`", Became),
    ("`push` of a relation", Lookup),
    ("An example, under `examples`", Example),
    ("`config/profile.yaml`: an entity", Entity),
    ("`config/profile.yaml`: a field", ProfileField),
)


def reference() -> str:
    """Return the reference as Markdown: a table per block of the language, and the wire formats."""
    chapters = [f"### {title}\n\n{_table(model)}" for title, model in CHAPTERS]
    formats = "\n".join(f"- `{name}`: {wire.meaning}" for name, wire in FORMATS.items())
    return "\n\n".join([BEGIN, "## Reference", *chapters, f"### Formats\n\n{formats}"]) + "\n"


def with_reference(page: str) -> str:
    """Return *page* with its generated part made anew; what stands above the mark stays."""
    return page.split(BEGIN, maxsplit=1)[0].rstrip() + "\n\n" + reference()


def _table(model: type[BaseModel]) -> str:
    rows = ["| key | needed | meaning |", "| --- | --- | --- |"]
    for name, field in model.model_fields.items():
        key = field.alias or name
        needed = "yes" if field.is_required() else _default(field.get_default(call_default_factory=True))
        rows.append(f"| `{key}` | {needed} | {_one_line(field.description or '')} |")
    return "\n".join(rows)


def _default(value: Any) -> str:  # noqa: ANN401 (whatever a model has as default)
    if value is None or value in ("", (), [], {}):
        return ""
    if isinstance(value, tuple):
        value = ", ".join(getattr(item, "name", str(item)) for item in value)
    return f"default `{str(value).lower() if isinstance(value, bool) else value}`"


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|").strip()
