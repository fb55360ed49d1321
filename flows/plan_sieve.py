"""Look at a part of a plan, and count it. Pure.

Room: flows. What is filtered away is not in the file that is kept, so it is not carried out from it either.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flows.plan import Plan


@dataclass(frozen=True, slots=True)
class PlanSieve:
    """Which part of a plan is meant; empty: all. *fields* are profile fields, or a system's own names of them.

    A write with other fields beside is kept whole: it is one act, and no part of it can be carried out alone.
    """

    kinds: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    whys: tuple[str, ...] = ()

    def of(self, plan: Plan) -> Plan:
        """Return the part that fits. Asked for reasons of blocking alone, no write fits; and the reverse."""
        writes = [
            one
            for one in plan.writes
            if not (self.whys and not (self.kinds or self.rules))
            and (not self.kinds or one.kind in self.kinds)
            and (not self.profiles or one.profile_id in self.profiles)
            and (not self.rules or any(field.rule in self.rules for field in one.fields.values()))
            and (not self.fields or any({name, f.profile_field} & {*self.fields} for name, f in one.fields.items()))
        ]
        blocked = [
            one
            for one in plan.blocked
            if not ((self.kinds or self.rules) and not self.whys)
            and (not self.whys or one.why in self.whys)
            and (not self.profiles or one.profile_id in self.profiles)
            and (not self.fields or one.profile_field in self.fields)
        ]
        return replace(plan, writes=writes, blocked=blocked)


def plan_counts(plan: Plan) -> dict[str, Any]:
    """Return how much a plan holds: writes by system and kind, fields, rules that won, reasons of what is blocked."""
    writes, fields, rules = (Counter[tuple[str, str]]() for _ in range(3))
    for one in plan.writes:
        writes[one.system, one.kind] += 1
        fields.update((one.system, name) for name in {field.profile_field for field in one.fields.values()})
        rules.update((one.system, rule) for rule in {field.rule for field in one.fields.values()})
    blocked = Counter((one.system, one.why) for one in plan.blocked)
    return {
        "writes": _by_system(writes),
        "fields": _by_system(fields),
        "rules": _by_system(rules),
        "blocked": _by_system(blocked),
    }


def _by_system(counted: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (system, what), number in sorted(counted.items()):
        found.setdefault(system, {})[what] = number
    return found
