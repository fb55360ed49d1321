"""How much a question presses: when it should be answered, and for which reasons.

Room: golden_record, the pure half. A question is due a while after it was opened; whatever makes it more important
takes days off that while. So what weighs much comes early, and what is old comes too: nothing waits for ever behind
newer and heavier things.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal, InvalidOperation

from mapping.values import Json

DAY = timedelta(days=1)
PAIR_WAITS = 14.0
"""Days that a pair may wait: both customers are served meanwhile, if as two."""
OTHER_WAITS = 2.0
"""Days that anything else may wait: a field is frozen, or a record unwritten, until it is answered."""
LEAST = {"duplicate": 1.0}
"""Days that a kind of question waits at least, however much presses."""
LEAST_ELSE = 0.25
PER_BIT = 1.0
"""Days that each bit for a match takes off: it is the more likely a merge that is missing."""


@dataclass(frozen=True, slots=True)
class Pressure:
    """How a profile field tells what a customer is worth: the days that it takes off.

    A number takes off a day for each *each* of it, a word what *words* says, none of them more than *at_most*.
    """

    each: float | None = None
    words: Mapping[str, float] = field(default_factory=dict)
    at_most: float = 3.0

    def days(self, value: Json) -> float:
        """Return the days that *value* takes off; 0 where it says nothing."""
        if self.each is not None:
            number = _number(value)
            return 0.0 if number is None else min(self.at_most, max(0.0, float(number) / self.each))
        return min(self.at_most, max(0.0, self.words.get(str(value), 0.0)))


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason why a question presses: *what* (`weight`, or a profile's field), its value, the days it takes off."""

    what: str
    value: Json
    days: float


def causes(
    kind: str, weight: float | None, customers: Iterable[Mapping[str, Json]], pressures: Mapping[str, Pressure]
) -> tuple[Cause, ...]:
    """Return what makes a question press, the strongest first.

    Args:
        kind: of the question; only a pair's weight counts.
        weight: bits for a match.
        customers: field -> value of each profile that it is about. Of several the one that counts most counts: two
            halves of a customer do not press twice.
        pressures: field -> how it presses.
    """
    found: dict[str, Cause] = {}
    if kind == "duplicate" and weight is not None and weight > 0:
        found["weight"] = Cause("weight", round(weight, 1), round(weight * PER_BIT, 2))
    for values in customers:
        for name, pressure in pressures.items():
            days = round(pressure.days(values.get(name)), 2)
            if days > 0 and (name not in found or days > found[name].days):
                found[name] = Cause(name, values[name], days)
    return tuple(sorted(found.values(), key=lambda one: (-one.days, one.what)))


def waits(kind: str, presses: Sequence[Cause]) -> timedelta:
    """Return how long after it was opened a question is due."""
    base = PAIR_WAITS if kind == "duplicate" else OTHER_WAITS
    left = base - sum(one.days for one in presses)
    return max(left, LEAST.get(kind, LEAST_ELSE)) * DAY


def _number(value: Json) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
