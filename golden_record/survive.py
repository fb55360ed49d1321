"""Choose the values that a profile shows, and say whose they are.

Room: golden_record, the pure half. A value is a function of the contributions, the steward's decrees and the field's
policy alone: not of batching, not of the order of arrival, not of what the profile showed before. Ties fall to the
smaller source key. Why orphans and concurrent edits count as they do: docs/decisions/0005-survivorship.md.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from golden_record.elements import Element
from golden_record.history import History, Standing, Support, replay

Cleared = Literal["ignore", "clear", "review"]
_DAY_MS = 86_400_000
NotOwner = Literal["restore", "suggest", "accept_if_blank"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One step of survivorship; *order* lists systems (source_priority) or departments (owner)."""

    name: str
    order: tuple[str, ...] = ()


def _written_size(element: Element) -> int:
    """How long a value is as it is written."""
    return len(element.key)


@dataclass(frozen=True, slots=True)
class Policy:
    """A profile field's policy, from profile.yaml.

    *stale_days*: what nobody has given for so long yields to what is fresher, whoever is trusted more. *follows*: the
    field is taken from the record whose value won that other field.
    """

    many: bool = False
    rules: tuple[Rule, ...] = (Rule("most_recent"),)
    owners: tuple[str, ...] = ()
    not_owner: NotOwner = "accept_if_blank"
    concurrent: Literal["rule", "review"] = "rule"
    cleared: Cleared = "ignore"
    stale_days: int | None = None
    follows: str | None = None
    compare_size: Callable[[Element], int] = field(default=_written_size, compare=False)


@dataclass(frozen=True, slots=True)
class Voice:
    """One source record's history in one field.

    *key* is `system/stream/id#emit`; *orphaned_at* (ms) is set where its record is gone. *cleared* overrides the
    field's policy for this stream (the mapping's `cleared:`).
    """

    key: str
    system: str
    department: str
    history: History
    orphaned_at: int | None = None
    cleared: Cleared | None = None


@dataclass(frozen=True, slots=True)
class Decree:
    """A steward's word on the field: *value* None means empty. A pin stands until *until* (ms; None: for good)."""

    key: str
    elements: tuple[Element, ...]
    at: int
    pin: bool
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where a surviving value comes from: the voice (or decree), when it was given, by which rule it won."""

    key: str
    at: int
    rule: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """One value that competes. *element* None: people cleared the field."""

    key: str
    system: str
    department: str
    element: Element | None
    at: int
    seen: int
    observed: bool
    orphaned_at: int | None
    standing: Standing

    @property
    def value_key(self) -> str | None:
        """The value's identity; None for a cleared field."""
        return self.element.key if self.element else None


@dataclass(frozen=True, slots=True)
class Choice:
    """What a profile shows in one field.

    *elements*: the surviving values in a stable order, with *sources* beside them. *disputed*: the candidates between
    which a steward must choose; the field is frozen while there are any. *suggested*: values of non-owners that did
    not count and that the policy puts before a steward. *cleared_by*: voices whose clearing the policy wants decided.
    *widened*: a consent that people gave without knowing of a refusal; the refusal stands and is pushed meanwhile.
    *until* (ms): when a value gets stale, so that the choice may be another.
    """

    elements: tuple[Element, ...] = ()
    sources: tuple[Source, ...] = ()
    disputed: tuple[Candidate, ...] = ()
    suggested: tuple[Candidate, ...] = ()
    cleared_by: tuple[Candidate, ...] = ()
    widened: tuple[Candidate, ...] = ()
    until: int | None = None


def survive(voices: Sequence[Voice], policy: Policy, decrees: Sequence[Decree], *, now: int) -> Choice:
    """Choose the surviving values of one field.

    Args:
        voices: one per source record of the profile; order does not matter.
        policy: of the field.
        decrees: the steward's words on this field, any order.
        now: ms since 1970; ends dated pins.

    Returns:
        The choice; no elements where nobody gives a value.
    """
    pin = max((d for d in decrees if d.pin and (d.until is None or d.until > now)), key=_latest, default=None)
    if pin is not None:
        return Choice(pin.elements, tuple(Source(pin.key, pin.at, "pin") for _ in pin.elements))
    decree = max((d for d in decrees if not d.pin), key=_latest, default=None)
    if policy.many:
        return _union(voices, policy, decree)
    return _single(voices, policy, decree, now)


def standing_of(voice: Voice, policy: Policy) -> Standing:
    """Replay one voice under the policy that holds for it."""
    keep = (voice.cleared or policy.cleared) != "clear"
    return replay(voice.history, many=policy.many, keep_cleared=keep)


# ------------------------------------------------------------------------------------------------- one value


def _single(voices: Sequence[Voice], policy: Policy, decree: Decree | None, now: int) -> Choice:
    candidates = sorted((c for voice in voices for c in _candidates(voice, policy)), key=lambda c: c.key)
    if decree is None and (alone := _alone(candidates, policy)) is not None:
        return alone
    asks = tuple(c for c in candidates if c.element is None and _cleared_policy(c, voices, policy) == "review")
    candidates = [c for c in candidates if c not in asks]
    if decree is not None:
        later = [c for c in candidates if c.seen > decree.at]
        if not later:
            return Choice(decree.elements, tuple(Source(decree.key, decree.at, "steward") for _ in decree.elements))
        candidates = later
    firm, widened = _not_widened(candidates, policy)
    standing = _without_outlived_orphans(firm)
    fresh, until = _fresh(standing, policy, now)
    telling = _saying_something(fresh, policy)
    counting, suggested = _owned(telling, policy)
    asked = Choice(suggested=suggested, cleared_by=asks, widened=widened, until=until)
    winner, rule = _decide(counting, policy)
    if rule == "only":
        steps = (("strictest", candidates, firm), ("fresher", standing, fresh), ("valid", fresh, telling))
        rule = next((name for name, before, after in steps if _others(before, after, winner)), rule)
    if winner is None:
        return asked
    disputed = _disputed(winner, counting, policy)
    if disputed:
        before = _frozen(voices, policy, disputed, now)
        return replace(asked, elements=before.elements, sources=before.sources, disputed=disputed)
    if winner.element is None:
        return asked
    return replace(asked, elements=(winner.element,), sources=(Source(winner.key, winner.at, rule),))


def _alone(candidates: Sequence[Candidate], policy: Policy) -> Choice | None:
    """Return the choice where one value has nothing beside it, as in most records; None where rules must decide."""
    if len(candidates) != 1:
        return None
    (one,) = candidates
    if one.element is None or (policy.owners and one.department not in policy.owners):
        return None
    return Choice((one.element,), (Source(one.key, one.at, "only"),))


# ------------------------------------------------------------------------------------ before trust and recency


def _others(before: Sequence[Candidate], after: Sequence[Candidate], winner: Candidate | None) -> bool:
    """Whether a step dropped a value other than the winner's: then that step decided."""
    return winner is not None and len(after) < len(before) and any(c.value_key != winner.value_key for c in before)


def _has(policy: Policy, name: str) -> bool:
    return any(rule.name == name for rule in policy.rules)


def _saying_something(candidates: list[Candidate], policy: Policy) -> list[Candidate]:
    """Under the rule `valid`: drop fillers (王先生) where somebody gives more, whoever owns the field."""
    if not _has(policy, "valid") or not any(c.element is not None and c.element.evidence for c in candidates):
        return candidates
    return [c for c in candidates if c.element is None or c.element.evidence]


def _fresh(candidates: list[Candidate], policy: Policy, now: int) -> tuple[list[Candidate], int | None]:
    """Drop what is stale where something is fresh; return also when the first fresh one gets stale, if that matters."""
    if policy.stale_days is None:
        return candidates, None
    span = policy.stale_days * _DAY_MS
    fresh = [c for c in candidates if c.at + span > now]
    until = min((c.at + span for c in fresh), default=None) if len(candidates) > 1 else None
    return fresh or candidates, until


def _not_widened(candidates: list[Candidate], policy: Policy) -> tuple[list[Candidate], tuple[Candidate, ...]]:
    """Under the rule `strictest`: a no stands until people say yes in a record that had shown the no.

    So no merge widens a consent, nor does the deletion of the record that refused. Who says yes later without having
    seen the no is put before a steward.
    """
    refusals = [c for c in candidates if c.element is not None and c.element.value is False]
    if not _has(policy, "strictest") or not refusals:
        return candidates, ()
    others = [c for c in candidates if c not in refusals and c.element is not None]
    knowing = [c for c in others if all(c.seen > no.seen and _received(c, no) for no in refusals)]
    if knowing:
        return knowing, ()
    latest = max(no.seen for no in refusals)
    spoken = tuple(replace(no, orphaned_at=None) for no in refusals)
    return list(spoken), tuple(c for c in others if c.observed and c.seen > latest)


def _candidates(voice: Voice, policy: Policy) -> list[Candidate]:
    standing = standing_of(voice, policy)

    def candidate(element: Element | None, at: int, seen: int, *, observed: bool) -> Candidate:
        return Candidate(
            voice.key, voice.system, voice.department, element, at, seen, observed, voice.orphaned_at, standing
        )

    found = [candidate(s.element, s.at, s.seen, observed=s.observed) for s in standing.supports.values()]
    if standing.cleared and (voice.cleared or policy.cleared) != "ignore":
        found.append(candidate(None, *standing.cleared, observed=True))
    return found


def _cleared_policy(candidate: Candidate, voices: Sequence[Voice], policy: Policy) -> Cleared:
    said = next((voice.cleared for voice in voices if voice.key == candidate.key), None)
    return said or policy.cleared


def _without_outlived_orphans(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Drop orphans that people of a living record have spoken after.

    A deleted record's value stands until people contribute a newer one: newer than the deletion, so that nothing
    that lost before revives by it.
    """
    spoken = max((c.seen for c in candidates if c.orphaned_at is None and c.observed), default=None)
    return [c for c in candidates if c.orphaned_at is None or spoken is None or spoken <= c.orphaned_at]


def _owned(candidates: Sequence[Candidate], policy: Policy) -> tuple[list[Candidate], tuple[Candidate, ...]]:
    """Split into those whose word counts and the suggestions of others."""
    if not policy.owners:
        return list(candidates), ()
    speaks = _speaking_owner({c.department for c in candidates if c.element is not None}, policy)
    if speaks is not None:
        owned = [c for c in candidates if c.department == speaks]
        others = tuple(c for c in candidates if c.department != speaks and c.observed)
        newer = tuple(c for c in others if c.seen > max(o.seen for o in owned) and c.element is not None)
        return owned, newer if policy.not_owner == "suggest" else ()
    if policy.not_owner == "accept_if_blank":
        return list(candidates), ()
    return [], tuple(c for c in candidates if c.observed) if policy.not_owner == "suggest" else ()


def _speaking_owner(giving: Container[str], policy: Policy) -> str | None:
    """Return the owner whose word counts: the first in order that gives something; None where none does."""
    return next((owner for owner in policy.owners if owner in giving), None)


def _decide(candidates: Sequence[Candidate], policy: Policy) -> tuple[Candidate | None, str]:
    left = list(candidates)
    if not left:
        return None, ""
    by = "only"
    for rule in policy.rules:
        if len({c.value_key for c in left}) == 1:
            break
        left, by = _FILTERS[rule.name](left, rule, policy), rule.name
    if len({c.value_key for c in left}) > 1:
        by = "smallest_source_key"
    winner = min(left, key=lambda c: c.key)
    same = [c for c in candidates if c.value_key == winner.value_key]
    return min(same, key=lambda c: (not c.observed, -c.at, c.key)) if by == "only" else winner, by


_Filter = Callable[[list[Candidate], Rule, Policy], list[Candidate]]


def _best(left: list[Candidate], rank: Callable[[Candidate], float | tuple[float, ...]]) -> list[Candidate]:
    best = max(map(rank, left))
    return [c for c in left if rank(c) == best]


def _by_order(names: Sequence[str], name: str) -> float:
    return -names.index(name) if name in names else -len(names)


def _supporters(left: list[Candidate]) -> Mapping[str | None, int]:
    count: dict[str | None, int] = {}
    for candidate in left:
        count[candidate.value_key] = count.get(candidate.value_key, 0) + 1
    return count


def _most_frequent(left: list[Candidate], _rule: Rule, _policy: Policy) -> list[Candidate]:
    count = _supporters(left)
    return _best(left, lambda c: count[c.value_key])


_FILTERS: Mapping[str, _Filter] = {
    "owner": lambda left, rule, policy: _best(left, lambda c: _by_order(rule.order or policy.owners, c.department)),
    "source_priority": lambda left, rule, _policy: _best(left, lambda c: _by_order(rule.order, c.system)),
    "most_recent": lambda left, _rule, _policy: _best(left, lambda c: (c.observed, c.at)),
    "most_frequent": _most_frequent,
    "most_complete": lambda left, _rule, _policy: _best(left, lambda c: _completeness(c.element)),
    "longest": lambda left, _rule, policy: _best(left, lambda c: policy.compare_size(c.element) if c.element else 0),
    "minimum": lambda left, _rule, _policy: [min(left, key=lambda c: _ordered(c.element))],
    "maximum": lambda left, _rule, _policy: [max(left, key=lambda c: _ordered(c.element))],
    "union": lambda left, _rule, _policy: left,
    "valid": lambda left, _rule, _policy: left,  # told apart before the owner is asked
    "strictest": lambda left, _rule, _policy: left,
    "computed": lambda left, _rule, _policy: left,
}
RULES = tuple(_FILTERS)
"""The names that `survives:` in profile.yaml may list."""


def _completeness(element: Element | None) -> int:
    if element is None:
        return 0
    return len(element.value) if isinstance(element.value, Mapping) else max(1, len(element.parts))


def _ordered(element: Element | None) -> tuple[int, float, str]:
    """Order numbers as numbers and texts (dates among them) as texts; an empty one first."""
    if element is None:
        return (0, 0.0, "")
    number = element.value if isinstance(element.value, (int, float)) else 0.0
    return (1, float(number), element.key)


# ------------------------------------------------------------------------------------------ concurrent edits


def concurrent(a: Candidate, b: Candidate) -> bool:
    """Say whether two values were given without knowledge of each other, from a common base.

    Each was observed while its record had not yet received the other's value; the records have shown a value in
    common before. Without a common base nothing is concurrent: two systems that never agreed just differ.
    """
    if not (a.observed and b.observed) or a.value_key == b.value_key or a.key == b.key:
        return False
    return bool(_known(a) & _known(b)) and not _received(a, b) and not _received(b, a)


def _known(candidate: Candidate) -> set[str]:
    """The values that its record had shown before this one was given."""
    return {
        key for key, seen in candidate.standing.showed.items() if key != candidate.value_key and seen <= candidate.seen
    }


def _received(one: Candidate, other: Candidate) -> bool:
    """Whether *one*'s record had shown *other*'s value before *one* was given: then one knew of it."""
    return other.value_key is not None and one.standing.showed.get(other.value_key, one.seen) < one.seen


def _disputed(winner: Candidate, candidates: Sequence[Candidate], policy: Policy) -> tuple[Candidate, ...]:
    if policy.concurrent != "review":
        return ()
    rivals = [c for c in candidates if concurrent(winner, c)]
    return (winner, *rivals) if rivals else ()


def _frozen(voices: Sequence[Voice], policy: Policy, disputed: Sequence[Candidate], now: int) -> Choice:
    """Choose among what stood before the disputed edits."""
    since = {c.key: c.seen for c in disputed}
    before = [
        replace(voice, history=tuple(e for e in voice.history if e.seen < since[voice.key]))
        if voice.key in since
        else voice
        for voice in voices
    ]
    return _single(before, replace(policy, concurrent="rule"), None, now)


# ----------------------------------------------------------------------------------------------- many values


def _union(voices: Sequence[Voice], policy: Policy, decree: Decree | None) -> Choice:
    """Every value that somebody supports, first given first; a decree replaces what was there when it was spoken."""
    supports: dict[str, list[_Given]] = {}
    for voice in sorted(voices, key=lambda v: v.key):
        for key, support in standing_of(voice, policy).supports.items():
            if decree is None or support.seen > decree.at:
                supports.setdefault(key, []).append((voice, support))
    speaks = _speaking_owner({voice.department for given in supports.values() for voice, _ in given}, policy)
    counted = {key: given for key, given in supports.items() if _counts(given, speaks, policy)}
    first = {key: min(given, key=_given_order) for key, given in counted.items()}
    ordered = sorted(first.items(), key=lambda item: (_given_order(item[1]), item[0]))
    decreed = decree.elements if decree is not None else ()
    elements = [*decreed, *(support.element for _key, (_voice, support) in ordered)]
    sources = [
        *(Source(decree.key, decree.at, "steward") for _ in decreed if decree is not None),
        *(Source(voice.key, support.at, "union") for _key, (voice, support) in ordered),
    ]
    unique = {
        element.key: (element, source) for element, source in zip(reversed(elements), reversed(sources), strict=True)
    }
    kept = [unique[key] for key in dict.fromkeys(element.key for element in elements)]
    suggested = _suggested(supports, counted, speaks) if policy.owners and policy.not_owner == "suggest" else ()
    return Choice(
        tuple(element for element, _source in kept), tuple(source for _element, source in kept), suggested=suggested
    )


_Given = tuple[Voice, Support]


def _counts(given: Sequence[_Given], speaks: str | None, policy: Policy) -> bool:
    """Whether a value of the set has a supporter whose word counts (the owner's, where the field has one)."""
    if speaks is None:
        return not policy.owners or policy.not_owner == "accept_if_blank"
    return any(voice.department == speaks for voice, _support in given)


def _suggested(
    supports: Mapping[str, Sequence[_Given]], counted: Container[str], speaks: str | None
) -> tuple[Candidate, ...]:
    """Return what others put in since the owner last did: each such value is put before a steward."""
    owned = [support.seen for given in supports.values() for voice, support in given if voice.department == speaks]
    since = max(owned, default=-1)
    found = []
    for key, given in sorted(supports.items()):
        if key not in counted:
            newer = [one for one in given if one[1].observed and one[1].seen > since]
            found += [_candidate_of(*min(newer, key=_given_order))] if newer else []
    return tuple(found)


def _candidate_of(voice: Voice, support: Support) -> Candidate:
    facts = (voice.key, voice.system, voice.department, support.element, support.at, support.seen, support.observed)
    return Candidate(*facts, voice.orphaned_at, Standing())


def _given_order(given: _Given) -> tuple[int, str]:
    voice, support = given
    return (support.at, voice.key)


def _latest(decree: Decree) -> tuple[int, str]:
    return (decree.at, decree.key)
