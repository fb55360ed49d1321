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
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Kind = Literal["status", "latency", "html", "cut", "hang", "stored_then_timeout", "fail_rows", "expire_token"]

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
    seconds: float = Field(default=1.0, ge=0)
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

        `latency` and `expire_token` let later rules strike too, any other is the last. Rules of `fail_rows` are
        left out: they strike where a batch is taken apart (`rows`).
        """
        found: list[FaultRule] = []
        for place, rule in enumerate(self.rules):
            if rule.kind == "fail_rows" or not self._due(place, rule, system, method, path):
                continue
            if rule.rate is not None and self._chance.random() >= rule.rate:
                continue
            self.struck[place] += 1
            found.append(rule)
            if rule.kind not in {"latency", "expire_token"}:
                break
        return found

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


_call: ContextVar[tuple[FaultBoard, str, str, str] | None] = ContextVar("_call", default=None)


def begin_call(board: FaultBoard, system: str, method: str, path: str) -> None:
    """Remember which call this task serves, for `rows_to_fail`."""
    _call.set((board, system, method, path))


def rows_to_fail(size: int) -> frozenset[int]:
    """Return which rows (from 0) of the batch that is being served must be refused. For simulators.

    Ask once per call, when the batch has been taken apart; empty outside a call.
    """
    call = _call.get()
    return call[0].rows(*call[1:], size) if call else frozenset()
