"""Where a value stands in a system's record: a plain name, or a JMESPath expression for the rest.

Room: mapping; pure. A *plain path* is a name or names joined by dots (`Last_Name`, `Account_Name.id`, `your-email`,
`手机号`), with `[]` at the end where the place holds a list (`tags[]`). It can be read and written, and it tells an
absent value from a null one. Everything else is JMESPath: it can only be read. A name that itself has a dot in it is
quoted as in JMESPath: `fields."1.3"`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, cast

import jmespath
from jmespath.exceptions import JMESPathError

from mapping.mistakes import CuredError
from mapping.values import Json

MAX_EXPRESSION: Final = 2_000
"""Characters of one expression."""
WHOLE_RECORD: Final = "@"
_OPERATORS: Final = re.compile(r"""[\[\]|&(){}*?@'"`!<>=,]""")


class Absent:
    """The mark of a value that the record did not carry."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()

Read = Callable[[Mapping[str, Any]], "Json | Absent"]


@dataclass(frozen=True)
class SystemPath:
    """One compiled path.

    *text* as written; *steps* the keys of a plain path, None for an expression; *many* a plain path to a list;
    *roots* the top-level names that reading touches (`@`: the whole record).
    """

    text: str
    steps: tuple[str, ...] | None
    many: bool
    roots: frozenset[str]
    read: Read

    @property
    def name(self) -> str:
        """The path as slots and changes name it: without the list mark."""
        return self.text.removesuffix("[]")


@cache
def system_path(text: str) -> SystemPath:
    """Compile *text*.

    Raises:
        CuredError: the text is empty, too long, or no JMESPath.
    """
    if not text.strip():
        raise CuredError("an empty path", "Name a field of the system.")
    many = text.endswith("[]")
    bare = text.removesuffix("[]")
    if not _OPERATORS.search(bare):
        return _plain(text, tuple(bare.split(".")), many=many)
    parsed = _parsed(text)
    steps = _field_steps(_parsed(bare).parsed) if many else _field_steps(parsed.parsed)
    if steps is not None:
        return _plain(text, steps, many=many)
    roots = frozenset(_roots(parsed.parsed))
    return SystemPath(text, None, many=False, roots=roots, read=_expression_reader(parsed, roots))


@cache
def condition(text: str) -> tuple[frozenset[str], Callable[[Mapping[str, Any]], bool]]:
    """Compile a JMESPath condition; return the names that it touches and the test.

    Truth is JMESPath's own (empty texts, lists and objects, false and null are false). A record that the
    expression cannot be applied to makes it false.

    Raises:
        CuredError: it is no JMESPath.
    """
    parsed = _parsed(text)

    def holds(record: Mapping[str, Any]) -> bool:
        try:
            found = parsed.search(record)
        except (JMESPathError, TypeError, ValueError, RecursionError):
            return False
        return found is not None and found is not False and found not in ("", [], {})

    return frozenset(_roots(parsed.parsed)), holds


def _parsed(text: str) -> Any:  # noqa: ANN401 (jmespath's own class, which it does not export)
    if len(text) > MAX_EXPRESSION:
        raise CuredError(f"an expression of more than {MAX_EXPRESSION} characters", "Shorten it.")
    try:
        return jmespath.compile(text)
    except (JMESPathError, RecursionError) as wrong:
        said = str(wrong).splitlines()[0] if str(wrong) else type(wrong).__name__
        raise CuredError(
            f"`{text}` is neither a plain name nor JMESPath ({said})",
            'Quote a name with special characters: "odd name".',
        ) from None


def _plain(text: str, steps: tuple[str, ...], *, many: bool) -> SystemPath:
    if not all(steps):
        raise CuredError(f"`{text}` has an empty step", "Write names joined by single dots.")
    read = _name_reader(steps[0]) if len(steps) == 1 else _nested_reader(steps)
    return SystemPath(text, steps, many=many, roots=frozenset(steps[:1]), read=read)


def _name_reader(name: str) -> Read:
    def read(record: Mapping[str, Any]) -> Json | Absent:
        return cast("Json | Absent", record.get(name, ABSENT))

    return read


def _nested_reader(steps: tuple[str, ...]) -> Read:
    def read(record: Mapping[str, Any]) -> Json | Absent:
        here: Any = record
        for step in steps:
            if here is None:
                return None
            if not isinstance(here, Mapping) or step not in here:
                return ABSENT
            here = here[step]
        return cast("Json", here)

    return read


def _expression_reader(parsed: Any, roots: frozenset[str]) -> Read:  # noqa: ANN401 (see _parsed)
    needed = roots - {WHOLE_RECORD}

    def read(record: Mapping[str, Any]) -> Json | Absent:
        if needed and not any(name in record for name in needed):
            return ABSENT
        try:
            found: Json = parsed.search(record)
        except (JMESPathError, TypeError, ValueError, RecursionError):
            return None
        return found

    return read


def _field_steps(node: Mapping[str, Any]) -> tuple[str, ...] | None:
    if node["type"] == "field":
        return (str(node["value"]),)
    if node["type"] != "subexpression":
        return None
    steps: list[str] = []
    for child in node["children"]:
        inner = _field_steps(child)
        if inner is None:
            return None
        steps += inner
    return tuple(steps)


_LEFT_ONLY: Final = frozenset(
    {"subexpression", "index_expression", "projection", "value_projection", "filter_projection", "pipe", "slice"}
)
"""Nodes whose first child sees the record and whose other children see what the first found."""


def _roots(node: Mapping[str, Any]) -> Iterator[str]:
    kind = node["type"]
    if kind == "field":
        yield str(node["value"])
    elif kind in ("current", "identity", "index"):
        yield WHOLE_RECORD
    elif kind not in ("literal", "expref"):
        children = node["children"][:1] if kind in _LEFT_ONLY else node["children"]
        for child in children:
            if isinstance(child, Mapping):
                yield from _roots(child)
