"""What a cluster of records becomes: the surviving values of each field, and the profile that shows them.

Room: golden_record, the pure half. What stewards said comes in as an argument.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from golden_record.resolution.voices import voice_of
from golden_record.rules import EntityRules, Rules
from golden_record.store.decrees import ByField
from golden_record.store.normalised_records import NormalisedRow
from golden_record.store.profiles import Profile
from golden_record.survive import Choice, Policy, survive

_FLAGS = {"concurrent": "disputed", "not_owner": "suggested", "cleared": "cleared_by", "widened": "widened"}
"""Why a value is asked about -> the part of a choice that says so."""


class Surviving:
    """Lets values survive under a project's *rules*, as of *now*."""

    def __init__(self, rules: Rules, now: datetime) -> None:
        self._rules, self._now = rules, now

    def choices(self, members: Sequence[NormalisedRow], rules: EntityRules, said: ByField) -> dict[str, Choice]:
        """Choose in every field of one profile's records; *said*: the stewards' words, by field."""
        now = int(self._now.timestamp() * 1000)
        found: dict[str, Choice] = {}
        for name, policy in rules.policies.items():
            voices = [voice_of(self._rules, row, name) for row in members if row.body.histories.get(name)]
            if voices or name in said:
                found[name] = survive(voices, policy, said.get(name, ()), now=now)
        for name, policy in rules.policies.items():
            if policy.follows is not None and name in found and name not in said:
                found[name] = self._beside(found, members, name, policy, now)
        return found

    def _beside(
        self, found: Mapping[str, Choice], members: Sequence[NormalisedRow], name: str, policy: Policy, now: int
    ) -> Choice:
        """Choose what the record says whose value won the field that *name* follows; where nobody won, by own rules.

        Nothing is mixed: where that record is silent, the field is empty.
        """
        leader = found.get(policy.follows or "")
        winners = {source.key for source in leader.sources} if leader is not None else set()
        rows = [row for row in members if row.key in winners]
        if not rows:
            return found[name]
        voices = [voice_of(self._rules, row, name) for row in rows if row.body.histories.get(name)]
        choice = survive(voices, policy, (), now=now)
        return replace(choice, sources=tuple(replace(one, rule=f"with_{policy.follows}") for one in choice.sources))

    def by_rule(
        self, members: Sequence[NormalisedRow], rules: EntityRules, name: str, said: ByField, whys: set[str]
    ) -> Choice:
        """Choose without the questions *whys*, which a steward has dismissed: they freeze the field no longer."""
        policy = rules.policies[name]
        voices = [voice_of(self._rules, row, name) for row in members if row.body.histories.get(name)]
        policy = replace(policy, concurrent="rule") if "concurrent" in whys else policy
        choice = survive(voices, policy, said.get(name, ()), now=int(self._now.timestamp() * 1000))
        # One that oscillates is left alone where it does, whatever was said of the question.
        let_go: dict[str, Any] = {_FLAGS[why]: () for why in whys if why in _FLAGS}
        return replace(choice, **let_go)

    def profile(self, profile_id: str, entity: str, choices: Mapping[str, Choice], before: Profile | None) -> Profile:
        """Return the profile that shows *choices*; *before*: as it was, None for a new one."""
        frozen = {name for name, one in choices.items() if one.disputed or one.suggested or one.cleared_by}
        return Profile(
            profile_id,
            entity,
            {name: one.elements for name, one in choices.items() if one.elements},
            {name: one.sources for name, one in choices.items() if one.elements},
            frozenset(frozen),
            before.created_at if before else self._now,
            self._now,
            before.version + 1 if before else 1,
            None,
        )
