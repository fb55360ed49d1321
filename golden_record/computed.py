"""Work out a computed field from the interactions of a customer.

Room: golden_record, the pure half. The result depends on the interactions, the rule and the day alone, not on their
order; it says until which day it holds, so that the passing of time changes it by a sweep and not by chance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as member
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Literal

from mapping.values import Json

Take = Literal["count", "sum", "latest", "earliest", "maximum", "minimum"]
Wanted = Mapping[str, frozenset[str]]
"""Field -> the words that it may hold."""


@dataclass(frozen=True, slots=True)
class Unit:
    """*field* names an amount's unit; the sum is in *into*, at *rates*."""

    field: str
    into: str
    rates: Mapping[str, Decimal] = member(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Computation:
    """One computed field, as profile.yaml says (`mapping.computed_fields`); *options* are its type's settings."""

    of: str
    by: str
    take: Take
    field: str | None = None
    where: Wanted = member(default_factory=dict)
    only: Wanted = member(default_factory=dict)
    within_days: int | None = None
    date: str = "happened_on"
    unit: Unit | None = None
    options: Mapping[str, Json] = member(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Happened:
    """One interaction: the record's key, and what it shows now, by field."""

    key: str
    values: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Result:
    """*value* None: nothing to show. *key* names the interaction that it rests on most; *until*: the day it changes."""

    value: Json = None
    key: str = ""
    on: date | None = None
    until: date | None = None


def compute(rule: Computation, found: Iterable[Happened], today: date) -> Result:
    """Return what *rule* comes to on *today* (UTC)."""
    base = [one for one in found if _fits(one, rule.where)]
    if not base:
        return Result()
    counted = [one for one in base if _fits(one, rule.only)]
    until: date | None = None
    if rule.within_days is not None:
        window = timedelta(days=rule.within_days)
        ends = {one.key: on + window for one in counted if (on := _day(one, rule)) is not None}
        counted = [one for one in counted if one.key in ends and ends[one.key] > today]
        until = min((ends[one.key] for one in counted), default=None)
    counted.sort(key=lambda one: (_day(one, rule) or date.min, one.key))
    last = counted[-1] if counted else None
    value, rests_on = _taken(rule, counted)
    rests_on = rests_on or last
    if value is None or rests_on is None:
        return Result(value, "", None, until)
    return Result(value, rests_on.key, _day(rests_on, rule), until)


def _taken(rule: Computation, counted: Sequence[Happened]) -> tuple[Json, Happened | None]:
    if rule.take == "count":
        return len(counted), None
    if rule.take == "sum":
        return _sum(rule, counted), None
    name = rule.field or ""
    given = [one for one in counted if one.values.get(name) is not None]
    if rule.take in {"latest", "earliest"}:
        given = [one for one in given if _day(one, rule) is not None]
        chosen = (given[-1] if rule.take == "latest" else given[0]) if given else None
    else:
        pick = max if rule.take == "maximum" else min
        chosen = pick(given, key=lambda one: (_rank(one.values[name]), one.key)) if given else None
    return (chosen.values[name], chosen) if chosen is not None else (None, None)


def _sum(rule: Computation, counted: Sequence[Happened]) -> Json:
    """Add the amounts up, exactly; None where one is in a unit that has no rate."""
    total = Decimal(0)
    for one in counted:
        amount = _number(one.values.get(rule.field or ""))
        if amount is None:
            continue
        worth = _worth(rule.unit, one) if rule.unit is not None else Decimal(1)
        if worth is None:
            return None
        total += amount * worth
    return float(round(total, 2)) if total % 1 else int(total)


def _worth(unit: Unit, one: Happened) -> Decimal | None:
    named = one.values.get(unit.field)
    if named is None or str(named).strip().upper() == unit.into.upper():
        return Decimal(1)
    return next((rate for name, rate in unit.rates.items() if name.upper() == str(named).strip().upper()), None)


def _fits(one: Happened, wanted: Wanted) -> bool:
    return all(word(one.values.get(name)) in words for name, words in wanted.items())


def word(value: Json) -> str:
    """Return a value as `where` compares it: true and false as YAML writes them."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _day(one: Happened, rule: Computation) -> date | None:
    try:
        return date.fromisoformat(str(one.values.get(rule.date))[:10])
    except ValueError:
        return None


def _number(value: Json) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _rank(value: Json) -> tuple[int, Decimal, str]:
    number = _number(value) if not isinstance(value, str) else None
    return (0, number, "") if number is not None else (1, Decimal(0), str(value))
