"""Read YAML text into plain data, with the line of everything in it.

Room: mapping; pure. Scalars are read as YAML 1.2 does (`yes` and `no` are texts), but for three things that
bite in this trade: a time stays the text that it was, a number with a leading zero (01088886666) is a text, and
so is one too long for a float or a JSON number. Duplicate keys, tags, merge keys and YAML bombs are refused.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from mapping.mistakes import DataPath, Mistake, path_text

MAX_TEXT = 1_000_000
"""Characters of one file; a mapping of 500 fields has some 50,000."""
MAX_NODES = 50_000
"""Nodes of one file once aliases are written out: what keeps a YAML bomb from going off."""
MAX_DEPTH = 40
MAX_OPEN = 200
"""Brackets open at once in the text: the scanner's time grows with their square, so this is looked at first."""
KEPT_FILES = 256
"""Files whose reading is remembered: a project has some thirty, and a process opens the same ones again and again."""
LONGEST_INTEGER = 15
"""Digits that every JSON reader keeps exactly."""

_CORE = "tag:yaml.org,2002:"
_BRACKETS = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|(?<!\S)#[^\n]*|[][{}]""", re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]+")


@dataclass
class Document:
    """A file's data, the line (from 1) of each path in it, and what is wrong with it as YAML."""

    file: str
    data: Any = None
    lines: dict[DataPath, int] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def line_of(self, path: DataPath) -> int:
        """Return the line of *path*, or of the nearest thing above it that is there."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def mistake(self, path: DataPath, message: str, cure: str) -> Mistake:
        """Make a mistake at *path*."""
        return Mistake(self.file, self.line_of(path), path_text(path), message, cure)


def read_document(text: str, file: str) -> Document:
    """Read *text*; never raises. *file* is the name that mistakes carry. The document is the caller's own to change."""
    read = _read(text, file)
    return Document(file, _copied(read.data), dict(read.lines), list(read.mistakes))


def _copied(data: Any) -> Any:  # noqa: ANN401 (YAML data is anything)
    if isinstance(data, dict):
        return {key: _copied(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_copied(item) for item in data]
    return data


@lru_cache(maxsize=KEPT_FILES)
def _read(text: str, file: str) -> Document:
    """Read *text* once: composing takes some hundred times as long as copying what came of it."""
    document = Document(file)
    if len(text) > MAX_TEXT:
        document.mistakes.append(
            Mistake(
                file, 1, "", f"the file is longer than {MAX_TEXT} characters", "Split it, or remove what is unused."
            )
        )
        return document
    if (line := _too_deep(text)) is not None:
        message = f"more than {MAX_OPEN} brackets are open here"
        document.mistakes.append(Mistake(file, line, "", message, "Close them: a mapping needs a handful."))
        return document
    try:
        node = YAML(pure=True).compose(text)
    except MarkedYAMLError as wrong:
        document.mistakes.append(_unreadable(file, wrong))
        return document
    except (YAMLError, RecursionError, ValueError) as wrong:
        document.mistakes.append(
            Mistake(file, 1, "", f"this is no YAML ({type(wrong).__name__})", "Check the file's encoding and brackets.")
        )
        return document
    if node is not None:
        _Builder(document).build(node)
    return document


def _too_deep(text: str) -> int | None:
    """Return the line at which more brackets are open than anybody writes; None where there is none."""
    depth = 0
    for found in _BRACKETS.finditer(text):
        if found[0] in ("[", "{"):
            depth += 1
        elif found[0] in ("]", "}"):
            depth = max(0, depth - 1)
        if depth > MAX_OPEN:
            return text.count("\n", 0, found.start()) + 1
    return None


def _unreadable(file: str, wrong: MarkedYAMLError) -> Mistake:
    mark = wrong.problem_mark or wrong.context_mark
    line = mark.line + 1 if mark is not None else 1
    said = (wrong.problem or wrong.context or "this is no YAML").splitlines()[0]
    return Mistake(file, line, "", f"not readable as YAML: {said}", "Check indents, colons, quotes and brackets here.")


class _TooMuchError(Exception):
    """The document is a bomb, or contains itself."""


class _Builder:
    """Walks the node graph; aliases are written out, within a bound."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._count = 0

    def build(self, node: Node) -> None:
        try:
            self._document.data = self._value(node, ())
        except _TooMuchError:
            self._document.data = None
            self._note(
                (), "the file grows beyond all bounds when its aliases are written out", "Remove the `*` aliases."
            )

    def _note(self, path: DataPath, message: str, cure: str) -> None:
        self._document.mistakes.append(self._document.mistake(path, message, cure))

    def _value(self, node: Node, path: DataPath) -> Any:  # noqa: ANN401 (YAML data is anything)
        self._count += 1
        if self._count > MAX_NODES or len(path) > MAX_DEPTH:
            raise _TooMuchError
        self._document.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self._value(item, (*path, place)) for place, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: MappingNode, path: DataPath) -> dict[Any, Any]:
        data: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, path)
            if key is None:
                continue
            here = (*path, key if isinstance(key, int) and not isinstance(key, bool) else str(key))
            if key in data:
                self._note((*path, str(key)), f"the key `{key}` stands here twice", "Keep one of them.")
                self._document.mistakes[-1] = self._at(self._document.mistakes[-1], key_node)
                continue
            self._document.lines[here] = key_node.start_mark.line + 1
            data[key] = self._value(value_node, here)
        return data

    def _key(self, node: Node, path: DataPath) -> str | int | bool | None:
        if not isinstance(node, ScalarNode):
            self._note(path, "a key must be a word", "Quote it, or write a plain name.")
            return None
        if node.tag == f"{_CORE}merge":
            self._note(path, "merge keys (`<<`) are not supported", "Write the keys out.")
            self._document.mistakes[-1] = self._at(self._document.mistakes[-1], node)
            return None
        key = self._scalar(node, path)
        return key if isinstance(key, str | int | bool) else _SURROGATE.sub("\ufffd", str(node.value))

    def _whole(self, text: str, node: Node, path: DataPath) -> str:
        """Join the two halves of characters that are written as JSON does; a half alone is no character."""
        joined = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if joined.count("\ufffd") > text.count("\ufffd"):
            self._note(path, "half a character (a lone surrogate) stands here", "Write the character itself.")
            self._document.mistakes[-1] = self._at(self._document.mistakes[-1], node)
        return joined

    def _at(self, mistake: Mistake, node: Node) -> Mistake:
        return Mistake(mistake.file, node.start_mark.line + 1, mistake.path, mistake.message, mistake.cure)

    def _scalar(self, node: Node, path: DataPath) -> bool | int | float | str | None:
        tag, text = str(node.tag), str(node.value)
        if _SURROGATE.search(text):
            text = self._whole(text, node, path)
        kind = tag.removeprefix(_CORE)
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        if kind == "int":
            return _integer(text)
        if kind == "float":
            return _float(text)
        if kind in ("str", "timestamp", "value"):
            return text
        self._note(path, f"the tag `{tag}` is not supported", "Remove it: the hub reads plain YAML only.")
        return None


def _integer(text: str) -> int | str:
    plain = text.replace("_", "")
    if _LEADING_ZERO.fullmatch(text) or len(plain) > LONGEST_INTEGER:
        return text
    try:
        return int(plain, 0)
    except ValueError:
        return text


def _float(text: str) -> float | str:
    try:
        number = float(text.replace("_", ""))
    except ValueError:
        return text
    return number if math.isfinite(number) else text
