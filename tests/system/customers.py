"""Customers that nobody can mix up, spread over three systems, and people who keep editing them.

Who is who is certain here, so that a second record or a lost edit is the hub's doing and no question of matching.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.population.contract import TypedIn
from tests.system.world import World, typed

SYSTEMS: dict[str, tuple[str, Any]] = {
    "zoho_crm": ("Contacts", "contact"),
    "fxiaoke": ("ContactObj", "contact"),
    "zendesk": ("users", "user"),
}
"""System -> the stream of its persons, and how the population calls them."""
FAMILIES = ["欧阳", "司徒", "上官", "诸葛", "慕容", "东方", "皇甫", "尉迟", "公孙", "令狐"]
GIVEN = ["晓雯", "志远", "建军", "雅琴", "思琪", "佳怡", "明哲", "子涵", "文博", "雨桐"]
APART = 2.0
"""Seconds between two edits of one customer."""
TITLES = ("经理", "总监", "采购主管", "工程师", "主任", "总裁")


def mail(number: int) -> str:
    """Return the mail that a customer is known by."""
    return f"kehu.{number}@gongsi{number}.com.cn"


def person(number: int) -> dict[str, Any]:
    """Return what every system knows of a customer."""
    round_, place = divmod(number, len(FAMILIES))  # no name comes twice among the first 1,000
    family, given = FAMILIES[place], GIVEN[round_ % 10][0] + GIVEN[(round_ + round_ // 10) % 10][1]
    return {
        "family": family,
        "given": given,
        "full_name": family + given,
        "email": mail(number),
        "mobile": f"+861391{1000000 + number * 7}",
    }


def population(count: int, seed: int) -> list[TypedIn]:
    """Return *count* customers, each known to one, two or three systems."""
    chance = random.Random(seed)
    found = []
    for number in range(count):
        for system in chance.sample(sorted(SYSTEMS), chance.choice((1, 1, 2, 3))):
            values = person(number) | ({"job_title": chance.choice(TITLES)} if chance.random() < 0.5 else {})
            found.append(typed(system, SYSTEMS[system][1], str(number), values))
    return found


def by_mail(world: World, system: str) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """Return mail -> the living records (id, values) of one system."""
    found: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for record_id, values in world.records(system, SYSTEMS[system][0]).items():
        found.setdefault(str(values.get("Email") or values.get("email")).lower(), []).append((record_id, values))
    return found


def title_of(values: Mapping[str, Any]) -> str | None:
    """Return a record's job title, whichever system it is of."""
    title = values.get("Title") or values.get("job_title") or (values.get("user_fields") or {}).get("job_title")
    return None if title is None else str(title)


def values_of(here: World, *, at_least: int) -> list[str]:
    """Return names, mails and phones of everybody in the systems: what must lie in no log, count or orchestrator."""
    found = {
        value
        for system, (stream, _kind) in SYSTEMS.items()
        if system in here.running.sandboxes
        for record in here.records(system, stream).values()
        for name in ("Email", "Mobile", "Phone", "Full_Name", "email", "mobile1", "tel1", "name", "phone")
        if isinstance(value := record.get(name), str) and len(value) > 2
    }
    assert len(found) > at_least, "too few to prove anything by"
    return sorted(found)


@dataclass
class Office:
    """People who work on while the hub is killed; it remembers what they did last."""

    world: World
    chance: random.Random
    customers: int
    titles: dict[str, str] = field(default_factory=dict)
    edits: int = 0
    edited_at: dict[int, float] = field(default_factory=dict)

    def work(self, edits: int, newcomers: int = 0) -> None:
        """Let people edit the titles of some customers, and enter new ones, in systems of their choice."""
        for number in self.chance.sample(range(self.customers), edits):
            self.retitle(number)
        for _ in range(newcomers):
            self.enter()

    def retitle(self, number: int) -> None:
        """Edit a customer's title in a system that has the customer, unless it was edited a moment ago.

        Some systems tell times in seconds: of two edits in one second nobody can say which was the last.
        """
        if time.monotonic() - self.edited_at.get(number, -APART) < APART:
            return
        self.edited_at[number] = time.monotonic()
        places = {system: by_mail(self.world, system).get(mail(number), []) for system in SYSTEMS}
        system = self.chance.choice([name for name, records in places.items() if records])
        record_id, values = places[system][0]
        self.edits += 1
        title = f"{self.chance.choice(TITLES)}{self.edits}"
        self._save(system, record_id, title, values)
        self.titles[mail(number)] = title

    def enter(self) -> None:
        """Enter a customer whom no system knows yet."""
        one, system = person(self.customers), self.chance.choice(sorted(SYSTEMS))
        body: dict[str, dict[str, Any]] = {
            "zoho_crm": {
                "Last_Name": one["family"],
                "First_Name": one["given"],
                "Email": one["email"],
                "Mobile": one["mobile"],
            },
            "fxiaoke": {"name": one["full_name"], "email": one["email"], "mobile1": one["mobile"]},
            "zendesk": {
                "name": one["full_name"],
                "email": one["email"],
                "phone": one["mobile"],
                "role": "end-user",
            },
        }
        self.customers += 1
        self._edit({"system": system, "stream": SYSTEMS[system][0], "set": body[system]})

    def _save(self, system: str, record_id: str, title: str, values: Mapping[str, Any]) -> None:
        change: dict[str, dict[str, Any]] = {
            "zoho_crm": {"Title": title},
            "fxiaoke": {"job_title": title},
            "zendesk": {"user_fields": {**(values.get("user_fields") or {}), "job_title": title}},
        }
        self._edit({"system": system, "stream": SYSTEMS[system][0], "id": record_id, "set": change[system]})

    def _edit(self, body: dict[str, Any]) -> None:
        """Edit at the time that it is: stamps of the future would hide what happens after."""
        self.world.control("/_edit", body)

    def lost(self) -> list[str]:
        """Return the edits that are not in every system: none where the hub did its work."""
        return [
            f"{system}: {address} shows {title_of(values)}, not {title}"
            for system in SYSTEMS
            for address, records in by_mail(self.world, system).items()
            for _record_id, values in records
            for title in [self.titles.get(address)]
            if title is not None and title_of(values) != title
        ]

    def doubles(self) -> list[str]:
        """Return the customers that a system has twice: people never entered one twice, so the hub did."""
        return [
            f"{system}: {address} has {len(records)} records"
            for system in SYSTEMS
            for address, records in by_mail(self.world, system).items()
            if len(records) != 1
        ]

    def missing(self) -> list[str]:
        """Return the customers that a system still lacks."""
        return [
            f"{system} lacks {mail(number)}"
            for system in SYSTEMS
            for held in [by_mail(self.world, system)]
            for number in range(self.customers)
            if mail(number) not in held
        ]

    def bindings(self) -> Counter[tuple[str, str]]:
        """Count every binding id in every system; each may stand in one record."""
        names: Sequence[str] = ("Crmhub_Binding", "crmhub_binding__c", "external_id")
        return Counter(
            (system, str(values[name]))
            for system, (stream, _kind) in SYSTEMS.items()
            for values in self.world.records(system, stream).values()
            for name in names
            if values.get(name)
        )
