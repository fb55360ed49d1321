"""Which calls go wrong, and how: the rules that the control port sets.

A rule names a system, a method, a path (regular expression, searched) and a kind; where it leaves one out, it
holds for all. `rate` is the chance that it strikes a call that it fits, `count` how often it strikes in all, `skip` how
many calls that it fits go through first.

    status               answer `status` without doing anything (`body`, `headers`: what to say; else the vendor's form)
    latency              wait `seconds`, then go on
    html                 answer a proxy's HTML page with `status` (default 502)
    cut                  do it, send half of the answer, break the connection
    hang                 do nothing and never answer
    stored_then_timeout  do it and never answer
    fail_rows            of a batch, refuse rows: each by the chance `rate` (default a half; at least one row); a system
                         that takes one record a call refuses the call, in its own words
    expire_token         make every access token invalid, then go on
    not_stored           answer success, and store nothing of what was to be written
    stored_otherwise     answer success, and store texts damaged: a question mark for each sign that is no ASCII
    stored_twice         store each new record a second time, unique fields or not; the answer names the first
    clock                serve the call with a clock that is `seconds` off (negative: behind); without `rate` and
                         `count` it is wrong all along, and what people do there is stamped by it as well

Of not_stored, stored_otherwise and stored_twice `rate` is the chance of each record of a call (default: every one), and
a call in which one was hit counts once.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Storing = Literal["not_stored", "stored_otherwise", "stored_twice"]
Kind = Literal[
    "status", "latency", "html", "cut", "hang", "stored_then_timeout", "fail_rows", "expire_token", "clock", Storing
]

LETS_GO_ON = frozenset({"latency", "expire_token", "clock"})
"""Kinds after which the call is served all the same, and later rules may strike it too."""
AT_THE_ROWS = frozenset({"fail_rows", *get_args(Storing)})
"""Kinds that strike single records, where a batch is taken apart or a record is stored."""
HALF = 0.5
"""Share of rows that `fail_rows` refuses where the rule does not say."""


class FaultRule(BaseModel):
    """One rule, as it comes over the control port."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    system: str | None = None
    method: str | None = None
    path: str | None = None
    status: int | None = Field(default=None, ge=100, le=599)
    rate: float | None = Field(default=None, ge=0, le=1)
    count: int | None = Field(default=None, ge=0)
    skip: int = Field(default=0, ge=0)
    seconds: float = 1.0
    headers: dict[str, str] = Field(default_factory=dict)
    body: Any = None

    @field_validator("path")
    @classmethod
    def _compiles(cls, path: str | None) -> str | None:
        try:
            re.compile(path or "")
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from None
        return path

    @model_validator(mode="after")
    def _only_clocks_go_back(self) -> Self:
        if self.seconds < 0 and self.kind != "clock":
            raise ValueError("seconds: at least 0, but for a clock")
        return self

    def fits(self, system: str, method: str, path: str) -> bool:
        """Tell whether a call is one that this rule is about."""
        return (
            (self.system is None or self.system == system)
            and (self.method is None or self.method.upper() in {method, "*"})
            and (self.path is None or re.search(self.path, path) is not None)
        )


class FaultBoard:
    """The rules in force for all simulators, with how often each has struck. Chance follows from *seed*."""

    def __init__(self, seed: int, rules: Sequence[FaultRule] = ()) -> None:
        self._chance = random.Random(seed)  # noqa: S311 (chance that can be repeated)
        self.replace(rules)

    def replace(self, rules: Sequence[FaultRule]) -> None:
        """Put *rules* in the place of all others."""
        self.rules = tuple(rules)
        self.struck = [0] * len(rules)
        self._passed = [0] * len(rules)

    def strikes(self, system: str, method: str, path: str) -> list[FaultRule]:
        """Return the rules that strike this call, in their order, and count them.

        Those of LETS_GO_ON let later rules strike too, any other is the last. Those of AT_THE_ROWS are left out: they
        strike where a batch is taken apart (`rows`) or a record is stored (`storing`).
        """
        found: list[FaultRule] = []
        for place, rule in enumerate(self.rules):
            if rule.kind in AT_THE_ROWS or not self._due(place, rule, system, method, path):
                continue
            if rule.rate is not None and self._chance.random() >= rule.rate:
                continue
            self.struck[place] += 1
            found.append(rule)
            if rule.kind not in LETS_GO_ON:
                break
        return found

    def storing(self, call: Call) -> Storing | None:
        """Return what goes wrong as one record is stored in *call*; a call that is hit counts once."""
        for place, rule in enumerate(self.rules):
            if rule.kind in {"not_stored", "stored_otherwise", "stored_twice"}:
                if place not in call.due:
                    call.due[place] = self._due(place, rule, call.system, call.method, call.path)
                if call.due[place] and (rule.rate is None or self._chance.random() < rule.rate):
                    self.struck[place] += place not in call.hit
                    call.hit.add(place)
                    return rule.kind
        return None

    def clock_of(self, system: str) -> float:
        """Return how many seconds a system's clock is wrong all along."""
        return sum(
            rule.seconds
            for rule in self.rules
            if rule.kind == "clock" and rule.fits(system, "*", "") and rule.rate is None and rule.count is None
        )

    def rows(self, system: str, method: str, path: str, size: int) -> frozenset[int]:
        """Return which rows (from 0) of a batch of *size* have to be refused; a batch that is hit counts once."""
        for place, rule in enumerate(self.rules):
            if size and rule.kind == "fail_rows" and self._due(place, rule, system, method, path):
                share = HALF if rule.rate is None else rule.rate
                hit = {row for row in range(size) if self._chance.random() < share}
                if not hit and rule.rate is None:
                    hit = {self._chance.randrange(size)}
                self.struck[place] += bool(hit)
                return frozenset(hit)
        return frozenset()

    def _due(self, place: int, rule: FaultRule, system: str, method: str, path: str) -> bool:
        left = rule.count is None or self.struck[place] < rule.count
        if not left or not rule.fits(system, method, path):
            return False
        if self._passed[place] < rule.skip:
            self._passed[place] += 1
            return False
        return True


@dataclass
class Call:
    """A call that is being served. *due*, *hit*: by place of a rule, whether it may strike here, and those that did."""

    board: FaultBoard
    system: str
    method: str
    path: str
    due: dict[int, bool] = field(default_factory=dict)
    hit: set[int] = field(default_factory=set)


_call: ContextVar[Call | None] = ContextVar("_call", default=None)


def begin_call(board: FaultBoard, system: str, method: str, path: str) -> None:
    """Remember which call this task serves, for `rows_to_fail` and `as_stored`."""
    _call.set(Call(board, system, method, path))


def rows_to_fail(size: int) -> frozenset[int]:
    """Return which rows (from 0) of the batch that is being served must be refused. For simulators.

    Ask once per call, when the batch has been taken apart; empty outside a call.
    """
    call = _call.get()
    return call.board.rows(call.system, call.method, call.path, size) if call else frozenset()


def as_stored() -> Storing | None:
    """Return what goes wrong with the record that the call is about to store; None outside a call. For the book."""
    call = _call.get()
    return call.board.storing(call) if call else None
