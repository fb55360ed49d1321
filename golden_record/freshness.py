"""When was a customer's value last confirmed, and which values are stale?

Room: golden_record, the pure half. A value is confirmed by whoever gives it in any record of the profile, by a
steward's word, and by the field `verified_at`: somebody went through the whole record with the customer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from golden_record.elements import Element
from golden_record.history import History
from golden_record.survive import Policy, Source, Voice, standing_of

VERIFIED_AT = "verified_at"
"""The profile field that forms and people set once a customer's data has been gone through."""
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Confirmed:
    """One surviving value and when it was last confirmed (ms since 1970)."""

    element: Element
    at: int


def confirmed(
    elements: Sequence[Element],
    sources: Sequence[Source],
    voices: Sequence[Voice],
    policy: Policy,
    *,
    verified: int | None = None,
) -> list[Confirmed]:
    """Return each surviving value of a field with the time of its last confirmation.

    Args:
        elements: the values that the profile shows, *sources* beside them.
        sources: whose they are; a steward's word confirms as well.
        voices: the records' histories in this field.
        policy: of the field.
        verified: when the whole profile was last verified (ms), if ever.
    """
    given: dict[str, int] = {}
    for voice in voices:
        for key, support in standing_of(voice, policy).supports.items():
            given[key] = max(given.get(key, 0), support.at)
    own = [source.at for source in sources] + [0] * (len(elements) - len(sources))
    return [
        Confirmed(element, max(given.get(element.key, 0), at, verified or 0))
        for element, at in zip(elements, own, strict=False)
    ]


def stale_keys(values: Sequence[Confirmed], *, fresh_days: int, now: int) -> dict[str, int]:
    """Return the keys of stale values, with when they were last confirmed."""
    return {one.element.key: one.at for one in values if one.at + fresh_days * DAY_MS < now}


def verified_at(elements: Sequence[Element], now: int) -> int | None:
    """Return the time (ms) that a profile's `verified_at` says; never later than *now*, None where it says nothing."""
    moments = [moment for moment in (_instant(element.value) for element in elements) if moment is not None]
    return min(max(moments), now) if moments else None


def shown_keys(history: History) -> frozenset[str]:
    """Return the keys of what a record shows now."""
    return frozenset(element.key for _slot, element in history[-1].shown) if history else frozenset()


def stale_in(history: History, stale: Mapping[str, int]) -> int | None:
    """Return when the oldest stale value that a record shows was last confirmed; None where it shows none."""
    return min((stale[key] for key in shown_keys(history) if key in stale), default=None)


def _instant(value: object) -> int | None:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
