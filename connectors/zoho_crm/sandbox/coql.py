"""Read a COQL query: select … from … where … [order by …] [limit n [offset m]].

Room: connectors/zoho_crm sandbox; pure. As Zoho asks, more than two conditions stand in brackets by pairs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from connectors.zoho_crm.sandbox.answers import Refused

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<number>-?\d+(?:\.\d+)?)(?![\w])|(?P<word>[A-Za-z_$][\w.$]*)"
    r"|(?P<sign><=|>=|!=|=|<|>|\(|\)|,))"
)
CONDITIONS = 25
IN_LIST = 50
COLUMNS = 50


@dataclass(frozen=True)
class Test:
    """One condition: field, operator, value (a list for `in` and `between`)."""

    field: str
    operator: str
    value: Any


@dataclass(frozen=True)
class Both:
    """Two conditions joined by `and` or `or`."""

    joint: str
    left: Condition
    right: Condition


Condition = Test | Both


@dataclass(frozen=True)
class Query:
    """A query, read; *order* holds (field, descending)."""

    columns: tuple[str, ...]
    module: str
    where: Condition
    order: tuple[tuple[str, bool], ...]
    limit: int
    offset: int


def parse(text: str) -> Query:
    """Read *text*; a mistake is Refused with SYNTAX_ERROR."""
    return _Reader(text).query()


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens, self._at, self._count = list(_tokens(text)), 0, 0

    def query(self) -> Query:
        self._word("select")
        columns = [self._name()]
        while self._take(","):
            columns.append(self._name())
        if len(columns) > COLUMNS:
            raise Refused(400, "LIMIT_EXCEEDED", "too many columns", limit=COLUMNS)
        if len(set(columns)) < len(columns):
            raise Refused(400, "DUPLICATE_DATA", "duplicate column in select")
        self._word("from")
        module = self._name()
        self._word("where")
        where = self._condition()
        order = self._order()
        limit = self._count_after("limit", 200)
        offset = self._count_after("offset", 0)
        if self._at < len(self._tokens):
            raise self._error()
        return Query(tuple(columns), module, where, order, limit, offset)

    def _condition(self) -> Condition:
        left = self._term()
        joint = self._any("and", "or")
        return Both(joint, left, self._term()) if joint else left

    def _term(self) -> Condition:
        if self._take("("):
            inner = self._condition()
            self._sign(")")
            return inner
        self._count += 1
        if self._count > CONDITIONS:
            raise Refused(400, "LIMIT_EXCEEDED", "too many conditions", limit=CONDITIONS)
        return self._test()

    def _test(self) -> Test:
        field = self._name()
        if self._any("is"):
            operator = "is not null" if self._any("not") else "is null"
            self._word("null")
            return Test(field, operator, None)
        negated = "not " if self._any("not") else ""
        word = self._any("in", "like", "between")
        if word == "in":
            return Test(field, f"{negated}in", self._list())
        if word == "like":
            return Test(field, f"{negated}like", self._value())
        if word == "between":
            low = self._value()
            self._word("and")
            return Test(field, f"{negated}between", [low, self._value()])
        for sign in ("<=", ">=", "!=", "=", "<", ">"):
            if self._take(sign):
                return Test(field, sign, self._value())
        raise self._error()

    def _list(self) -> list[Any]:
        self._sign("(")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        self._sign(")")
        if len(values) > IN_LIST:
            raise Refused(400, "LIMIT_EXCEEDED", "too many values", operator="in", limit=IN_LIST)
        return values

    def _order(self) -> tuple[tuple[str, bool], ...]:
        if not self._any("order"):
            return ()
        self._word("by")
        order = []
        while True:
            name = self._name()
            order.append((name, self._any("asc", "desc") == "desc"))
            if not self._take(","):
                return tuple(order)

    def _count_after(self, word: str, default: int) -> int:
        if not self._any(word):
            return default
        value = self._value()
        if not isinstance(value, int):
            raise self._error()
        return value

    def _value(self) -> Any:  # noqa: ANN401 (a literal)
        kind, text = self._next()
        if kind == "text":
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        if kind == "number":
            return float(text) if "." in text else int(text)
        if kind == "word" and text.lower() in {"true", "false"}:
            return text.lower() == "true"
        raise self._error()

    def _name(self) -> str:
        kind, text = self._next()
        if kind != "word":
            raise self._error()
        return text

    def _any(self, *words: str) -> str:
        if self._at < len(self._tokens):
            kind, text = self._tokens[self._at]
            if kind == "word" and text.lower() in words:
                self._at += 1
                return text.lower()
        return ""

    def _word(self, word: str) -> None:
        if not self._any(word):
            raise self._error()

    def _take(self, sign: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at] == ("sign", sign):
            self._at += 1
            return True
        return False

    def _sign(self, sign: str) -> None:
        if not self._take(sign):
            raise self._error()

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise self._error()
        self._at += 1
        return self._tokens[self._at - 1]

    def _error(self) -> Refused:
        near = self._tokens[min(self._at, len(self._tokens) - 1)][1] if self._tokens else ""
        return Refused(400, "SYNTAX_ERROR", "error occurred while parsing the query", near=near, line=1)


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    text = text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise Refused(
                400, "SYNTAX_ERROR", "error occurred while parsing the query", near=text[at : at + 10], line=1
            )
        found.append((str(match.lastgroup), match.group(str(match.lastgroup))))
        at = match.end()
    return found
