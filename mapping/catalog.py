"""What a system says of its fields: the discovered JSON schema of a stream, as mappings use it.

Room: mapping; pure. The keys beside JSON Schema's own are those of `connectors/contract.py`: `x-choices`, `x-required`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_PLAIN: Final = re.compile(r"[\w #$%+~/-]+")
"""Names that a path carries as they are; see `mapping.system_path`."""

Catalog = Mapping[str, Any]
"""The JSON schema of a stream's records, as discovered."""


@dataclass(frozen=True, slots=True)
class CatalogField:
    """One field of a system. *steps* lead to it; *kinds*: its JSON types, without null (empty: not known)."""

    steps: tuple[str, ...]
    kinds: frozenset[str] = frozenset()
    form: str = ""
    label: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    required: bool = False
    read_only: bool = False
    longest: int | None = None

    @property
    def path(self) -> str:
        """Return the steps as a mapping writes them: joined by dots, a name that is no plain word in quotes."""
        return ".".join(step if _PLAIN.fullmatch(step) else json.dumps(step, ensure_ascii=False) for step in self.steps)

    @property
    def holds_only_lists(self) -> bool:
        """Whether a record shows a list here."""
        return self.kinds == {"array"}

    @property
    def holds_only_objects(self) -> bool:
        """Whether a record shows an object here."""
        return self.kinds == {"object"}


def is_known(catalog: Catalog) -> bool:
    """Whether the system says anything of its fields."""
    return bool(_properties(catalog))


def field_at(catalog: Catalog, steps: tuple[str, ...]) -> CatalogField | None:
    """Return the field at a plain path; None where the catalog says that there is none.

    Below an object whose inside is not described everything may be: then a field of which nothing is known.
    """
    schema: Any = catalog
    for step in steps:
        known = _properties(schema)
        if not known:
            return CatalogField(steps)
        if step not in known:
            return None
        schema = known[step]
    return _field(steps, schema)


def may_hold_more(catalog: Catalog, steps: tuple[str, ...]) -> bool:
    """Whether the object to which *steps* lead, inside a record, holds more than is described: the answers of a form.

    Of records themselves nearly every system says so, which tells nothing.
    """
    schema: Any = catalog
    for step in steps:
        schema = _properties(schema).get(step)
    return bool(steps) and isinstance(schema, Mapping) and schema.get("additionalProperties") is True


def fields_of(catalog: Catalog) -> Iterator[CatalogField]:
    """Iterate over every field, those inside described objects as well, in the catalog's order."""
    yield from _walk(catalog, ())


def _walk(schema: Any, above: tuple[str, ...]) -> Iterator[CatalogField]:  # noqa: ANN401 (JSON)
    for name, inner in _properties(schema).items():
        if _properties(inner):
            yield from _walk(inner, (*above, name))
        else:
            yield _field((*above, name), inner)


def _properties(schema: Any) -> Mapping[str, Any]:  # noqa: ANN401 (JSON)
    known = schema.get("properties") if isinstance(schema, Mapping) else None
    return known if isinstance(known, Mapping) else {}


def _field(steps: tuple[str, ...], schema: Any) -> CatalogField:  # noqa: ANN401 (JSON)
    said = schema if isinstance(schema, Mapping) else {}
    kinds = said.get("type") or ()
    choices, longest = said.get("x-choices"), said.get("maxLength")
    return CatalogField(
        steps,
        frozenset([kinds] if isinstance(kinds, str) else map(str, kinds)) - {"null"},
        str(said.get("format") or ""),
        str(said.get("title") or ""),
        {str(word): str(label) for word, label in choices.items()} if isinstance(choices, Mapping) else {},
        required=said.get("x-required") is True,
        read_only=said.get("readOnly") is True,
        longest=longest if isinstance(longest, int) and not isinstance(longest, bool) else None,
    )
