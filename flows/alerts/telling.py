"""What is told now? First when something begins, again while it lasts, once more when it is over. Room: flows; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from flows.alerts.conditions import Condition
from golden_record.store.alerts import Kept

Why = Literal["first", "again", "recovered"]


@dataclass(frozen=True, slots=True)
class News:
    """One thing to tell: *why* now, and since when it is so."""

    why: Why
    condition: Condition
    since: datetime


@dataclass(frozen=True)
class Told:
    """What to tell, what to keep if that was told, and what to keep if it was not.

    Told or not, when something began is kept; that it was told is kept only once somebody has it.
    """

    news: tuple[News, ...]
    if_told: tuple[Kept, ...]
    if_not: tuple[Kept, ...]
    over: tuple[str, ...]


def telling(
    now: datetime, found: Sequence[Condition], kept: Mapping[str, Kept], again: timedelta, settled: timedelta
) -> Told:
    """Compare what is wrong now with what was told before.

    *again*: after how long what lasts is repeated; *settled*: how long something must be gone to count as over.
    """
    news: list[News] = []
    if_told: list[Kept] = []
    if_not: list[Kept] = []
    over: list[str] = []
    here = {one.name: one for one in found}
    for name, one in here.items():
        known = kept.get(name) or Kept(name, one.kind, one.subject, now)
        lasting = replace(known, gone_at=None, facts=one.facts)
        if_not.append(lasting)
        if known.told_at is None or now - known.told_at >= again:
            news.append(News("first" if known.told_at is None else "again", one, known.since))
            lasting = replace(lasting, told_at=now, times=known.times + 1)
        if_told.append(lasting)
    for name, known in kept.items():
        if name in here:
            continue
        gone = known.gone_at or now
        waiting = replace(known, gone_at=gone)
        if known.told_at is None:
            over.append(name)  # nobody heard of it
        elif now - gone >= settled:
            news.append(News("recovered", Condition(known.kind, known.subject, known.facts), known.since))
            over.append(name)
            if_not.append(waiting)
        else:
            if_told.append(waiting)
            if_not.append(waiting)
    return Told(tuple(news), tuple(if_told), tuple(if_not), tuple(over))
