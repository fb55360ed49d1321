"""Pairs of records that are said to be one customer, scored against the truth."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from connectors.population.contract import TypedIn

Place = tuple[int, str]
"""A record's index and one entity in it."""


@dataclass(frozen=True)
class Score:
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall)


def places(records: Sequence[TypedIn]) -> dict[Place, str]:
    """Every entity of every record, with its true customer."""
    return {(n, entity): customer for n, one in enumerate(records) for entity, customer in one.customers.items()}


def pair_score(truth: Mapping[Place, str], said: set[tuple[Place, Place]]) -> Score:
    """Score pairs that a join gives, without closing them."""
    true = sum(count * (count - 1) // 2 for count in Counter(truth.values()).values())
    right = sum(truth[a] == truth[b] for a, b in said)
    return Score(right / len(said), right / true)


def cluster_score(truth: Mapping[Place, str], clusters: Iterable[Sequence[Place]]) -> Score:
    """Score the pairs within clusters."""
    true = sum(count * (count - 1) // 2 for count in Counter(truth.values()).values())
    said = right = 0
    for cluster in clusters:
        said += len(cluster) * (len(cluster) - 1) // 2
        right += sum(count * (count - 1) // 2 for count in Counter(truth[one] for one in cluster).values())
    return Score(right / said, right / true)


def joined(keys: Mapping[Place, Iterable[Hashable]]) -> set[tuple[Place, Place]]:
    """Pairs of the same entity that share a key."""
    holders: dict[Hashable, list[Place]] = defaultdict(list)
    for place, mine in keys.items():
        for key in set(mine):
            holders[place[1], key].append(place)
    return {tuple(sorted(pair)) for held in holders.values() for pair in combinations(held, 2)}  # type: ignore[misc]  # pairs


def closed(everything: Iterable[Place], pairs: Iterable[tuple[Place, Place]]) -> list[list[Place]]:
    """Clusters: whatever hangs together."""
    parent = {place: place for place in everything}

    def root(place: Place) -> Place:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for a, b in pairs:
        parent[root(a)] = root(b)
    clusters: dict[Place, list[Place]] = defaultdict(list)
    for place in parent:
        clusters[root(place)].append(place)
    return list(clusters.values())


def plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf").strip()


def phone_keys(record: TypedIn) -> set[str]:
    """Numbers in E.164, extensions dropped, lists taken apart; anything else is no number."""
    found = set()
    for field in ("mobile", "phone", "phone_2"):
        for part in re.split(r"[/、;]", plain(str(record.values.get(field, "")))):
            text = re.split(r"转|分机|ext|x|\*|(?<=\d{7})-(?=\d{3,4}$)", part)[0]
            digits = re.sub(r"\D", "", text.replace("(0)", ""))
            if re.match(r"\s*[+(]?\+", text):
                found.add(digits)
            elif digits.startswith("00"):
                found.add(digits[2:])
            elif re.fullmatch(r"1\d{10}", digits):
                found.add("86" + digits)
            elif re.fullmatch(r"861\d{10}", digits):
                found.add(digits)
            elif re.fullmatch(r"0\d{9,11}", digits):
                found.add("86" + digits[1:])
    return found


def mail_keys(record: TypedIn) -> set[str]:
    mails = (plain(str(record.values.get(field, ""))).lower() for field in ("email", "email_2"))
    return {mail for mail in mails if "@" in mail}
