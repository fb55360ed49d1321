"""What of a profile changes by the passing of time: computed fields with a window, dated pins, stale values. Pure.

Each says when it changes next, so that the profile is looked at again on that day (`golden_record.store.due`) and not
before: a sync in between finds nothing new.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time

from golden_record.computed import Result, compute
from golden_record.elements import Element
from golden_record.resolution.summed import Summed
from golden_record.rules import EntityRules
from golden_record.store.decrees import ByField
from golden_record.survive import Choice, Source, survive
from mapping.field_types.contract import FieldContext, FieldType


def put_computed(
    choices: dict[str, Choice], found: Summed, rules: EntityRules, said: ByField, now: datetime
) -> datetime | None:
    """Put computed fields among *choices*, whatever records show there; return when the first changes by itself.

    A steward's pin stands above them. What people typed into the field in a system is nobody's word: the hub would
    else feed on what it wrote.
    """
    until: datetime | None = None
    for name, rule in rules.computed.items():
        result = compute(rule, found.get((rule.of, rule.by), ()), now.date())
        words = said.get(name, ())
        pinned = survive((), rules.policies[name], words, now=int(now.timestamp() * 1000)) if words else None
        if pinned is not None and any(source.rule == "pin" for source in pinned.sources):
            choices[name] = pinned
        else:
            choices[name] = _choice(result, rules.types[name], FieldContext(options=rule.options))
        until = earliest(until, _midnight(result.until) if result.until else None)
    return until


def pin_ends(said: ByField, now: datetime) -> datetime | None:
    """Return when the first pin ends of those that stand now."""
    at = int(now.timestamp() * 1000)
    ends = [one.until for words in said.values() for one in words if one.pin and one.until is not None]
    return datetime.fromtimestamp(first / 1000, UTC) if (first := min((e for e in ends if e > at), default=0)) else None


def goes_stale(choices: Iterable[Choice]) -> datetime | None:
    """Return when the first value gets stale that others would then win over."""
    first = min((choice.until for choice in choices if choice.until is not None), default=None)
    return datetime.fromtimestamp(first / 1000, UTC) if first is not None else None


def earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    """Return the earlier of two times, either of which may be never."""
    return min((at for at in (one, other) if at is not None), default=None)


def _choice(result: Result, kind: FieldType, context: FieldContext) -> Choice:
    """Return a result as what a profile shows; what the field's type cannot hold is nothing."""
    if result.value is None:
        return Choice()
    values = [one for one in kind.normalise(result.value, context) if one.valid]
    at = int(_midnight(result.on).timestamp() * 1000) if result.on else 0
    return Choice(tuple(map(Element.of, values)), tuple(Source(result.key, at, "computed") for _ in values))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
