"""What customers did: purchases that sales noted, and cases that service took up; pure, the same for the same seed.

Made from the finished population, each buyer from a chance of its own: the customers' records are the same with and
without them, and one buyer's dealings do not depend on another's.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from connectors.population.contract import TypedIn

PURCHASES, PURCHASE_WEIGHTS = (0, 1, 2, 3, 6), (50, 26, 14, 7, 3)
CASES, CASE_WEIGHTS = (0, 1, 2, 4), (78, 15, 5, 2)
"""How many dealings a contact has had, and how likely each number is."""
KEEPS_CASES = frozenset({"fxiaoke"})
KEEPS_PURCHASES = frozenset({"zoho_crm", "fxiaoke"})
STAGES, STAGE_WEIGHTS = ("won", "open", "lost"), (62, 23, 15)
CASE_STAGES = ("open", "waiting", "solved")
PRODUCTS = ("企业版订阅", "标准版订阅", "实施服务", "培训", "Support plan", "Hardware bundle", "Data migration")
PROBLEMS = ("无法登录", "发票信息有误", "咨询升级", "Slow export", "Damaged on arrival", "Wrong address on invoice")
LONGEST = timedelta(days=700)
"""From when a contact was noted to the last of its dealings."""


def dealings(population: Sequence[TypedIn], seed: int) -> tuple[TypedIn, ...]:
    """Return the purchases and cases of the contacts in *population*; each refers to its contact."""
    latest = max((one.modified_at for one in population), default=None)
    if latest is None:
        return ()
    return tuple(made for one in population if one.kind == "contact" for made in _of(one, seed, latest))


def _of(contact: TypedIn, seed: int, latest: datetime) -> Iterator[TypedIn]:
    chance = random.Random(f"dealings {seed} {contact.key}")  # noqa: S311 (a population that can be made again)
    if contact.system in KEEPS_PURCHASES:
        for number in range(chance.choices(PURCHASES, PURCHASE_WEIGHTS)[0]):
            yield _purchase(chance, contact, number, latest)
    if contact.system in KEEPS_CASES:
        for number in range(chance.choices(CASES, CASE_WEIGHTS)[0]):
            yield _case(chance, contact, number, latest)


def _purchase(chance: random.Random, contact: TypedIn, number: int, latest: datetime) -> TypedIn:
    at = _some_day(chance, contact.created_at, latest)
    values: dict[str, str | bool | list[str]] = {
        "title": chance.choice(PRODUCTS),
        "amount": f"{round(10 ** chance.uniform(2.3, 5.4), 2):.2f}",
        "stage": chance.choices(STAGES, STAGE_WEIGHTS)[0],
        "day": at.date().isoformat(),
    }
    return _dealing(contact, "purchase", number, values, at)


def _case(chance: random.Random, contact: TypedIn, number: int, latest: datetime) -> TypedIn:
    at = _some_day(chance, contact.created_at, latest)
    values: dict[str, str | bool | list[str]] = {
        "title": chance.choice(PROBLEMS),
        "stage": chance.choice(CASE_STAGES),
        "day": at.date().isoformat(),
    }
    return _dealing(contact, "case", number, values, at)


def _dealing(
    contact: TypedIn, kind: str, number: int, values: dict[str, str | bool | list[str]], at: datetime
) -> TypedIn:
    key = f"{contact.key}-{kind}-{number + 1}"
    truth = {"interaction": f"{kind}-{key}"}
    return TypedIn(
        key, contact.system, "purchase" if kind == "purchase" else "case", truth, values, at, at, contact.key
    )


def _some_day(chance: random.Random, begin: datetime, latest: datetime) -> datetime:
    span = max(timedelta(hours=1), min(LONGEST, latest - begin))
    return (begin + span * chance.random()).replace(microsecond=0)
