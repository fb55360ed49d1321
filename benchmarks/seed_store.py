"""Fill a store with persons quickly, for every benchmark that needs a large base: records, profiles, matching index.

    python -m benchmarks.seed_store DIR [--records 100000] [--seed 1] [--waiting]

Makes a project in DIR (three systems that nobody can reach) and writes what pulling and resolving would have left
there, without pulling: shadows, histories, block keys, links, frequencies and profiles, all sealed with the project's
own key. Names, numbers and mailboxes follow from the seed, and their field types make of them what they make of any
other; pairs are scored, clusters formed and values survive by the hub's own code. What it leaves out: companies,
interactions, reviews, the profiles' history. Only records of one customer are compared: no strangers are linked.
With `--waiting` the records are left as a pull leaves them, with nothing resolved: what a first resolve starts from.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import combinations, count, islice
from pathlib import Path
from random import Random
from typing import Any, Final

from ulid import ULID

from flows.hub import rules_of
from flows.new_project import write_project
from flows.project import Project, read_project
from golden_record.bodies import Body
from golden_record.elements import Element
from golden_record.history import Entry, Mark
from golden_record.matching.blocking import block_keys
from golden_record.matching.clusters import Link as ClusterLink
from golden_record.matching.clusters import form_clusters
from golden_record.matching.evidence import Evidence
from golden_record.matching.frequencies import count_frequencies
from golden_record.matching.scorer import Scorer
from golden_record.rereading import content_hash
from golden_record.resolution.evidence_of import evidence_of
from golden_record.resolution.index import block_digest
from golden_record.resolution.snapshot import frequencies_in_force, frequency_digest, model_digest, note_counted
from golden_record.rules import Rules
from golden_record.store import matching_index, normalised_records, profiles, source_records
from golden_record.store.engine import Store, open_store
from golden_record.store.matching_index import Link, ModelVersion
from golden_record.store.normalised_records import CLEAN, TO_INDEX, NormalisedRow
from golden_record.store.profiles import Profile
from golden_record.store.source_records import Shadow, record_ref, ref_of
from golden_record.survive import Choice, Voice, survive
from golden_record.vault import load_key_ring
from mapping.field_types.contract import FieldContext

STREAMS: Final = {"zoho_crm": "Contacts", "fxiaoke": "ContactObj", "zendesk": "users"}
DEPARTMENTS: Final = {"zoho_crm": "sales", "fxiaoke": "marketing", "zendesk": "service"}
SYSTEMS: Final[Mapping[str, Mapping[str, Any]]] = {
    "zoho_crm": {
        "base_url": "http://127.0.0.1:9",
        "accounts_url": "http://127.0.0.1:9",
        "client_id": "i",
        "client_secret": "s",
        "refresh_token": "r",
    },
    "fxiaoke": {
        "base_url": "http://127.0.0.1:9",
        "app_id": "i",
        "app_secret": "s",
        "permanent_code": "p",
        "open_user_id": "u",
    },
    "zendesk": {"base_url": "http://127.0.0.1:9", "client_id": "i", "client_secret": "s", "refresh_token": "r"},
}
"""Complete settings that lead nowhere: a store is filled, no system is asked."""
EPOCH: Final = datetime(2026, 1, 2, tzinfo=UTC)
MS: Final = int(EPOCH.timestamp() * 1000)
MOST_RECORDS: Final = 5
"""Records of one customer, 1 to this many: three on average, as in the sandboxes' population."""
BATCH: Final = 2000
"""Customers written in one transaction."""
SAMPLE: Final = 20_000
"""Customers on whom frequencies are counted; for a larger base the counts are scaled."""
FAMILIES: Final = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
GIVEN: Final = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂文辉建华玲红玉英晓宇浩鑫梅雪婷佳俊峰海燕波宁欣雨晨思琪子涵"
WESTERN: Final = (
    ("James", "Mary", "Peter", "Anna", "Lukas", "Sofia", "Oliver", "Emma", "Noah", "Julia", "Marco", "Elena"),
    ("Smith", "Miller", "Weber", "Rossi", "Novak", "Garcia", "Dubois", "Jansen", "Kowalski", "Larsen", "Brown"),
)
WESTERN_SHARE: Final = 0.25
MOBILE: Final = (*range(130, 134), *range(135, 140), *range(150, 153), *range(157, 160), 178, 180, 182, 185, 188, 189)
"""Beginnings of Chinese mobile numbers, each given out whole: between them lie ranges of 10^8 that are no numbers."""
DOMAINS: Final = ("qq.com", "163.com", "gmail.com", "outlook.com")
NEEDED: Final[Mapping[str, str]] = {"name": "person_name", "phones": "phone", "emails": "email", "birthday": "date"}
"""The profile fields that a seeded record shows, with their types."""

Shown = Mapping[str, tuple[Element, ...]]
"""Profile field -> what a record shows there."""


@dataclass
class Made:
    """What belongs into the store, collected until it is written."""

    shadows: list[Shadow] = field(default_factory=list)
    rows: list[NormalisedRow] = field(default_factory=list)
    blocks: list[tuple[bytes, bytes]] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    profiles: list[Profile] = field(default_factory=list)


class Customers:
    """Customers without end, each as the records that systems hold of him."""

    def __init__(self, rules: Rules, seed: int) -> None:
        self._types = {name: rules.entities["person"].types[name] for name in NEEDED}
        self._seed = seed
        self._context = FieldContext()

    def __iter__(self) -> Iterator[list[Shown]]:
        """Yield each customer's records; the same for the same seed."""
        chance, number = Random(self._seed), 0  # noqa: S311 (a benchmark's population)
        while True:
            number += 1
            yield self._customer(chance, number)

    def _customer(self, chance: Random, number: int) -> list[Shown]:
        western = chance.random() < WESTERN_SHARE
        name = self._western(chance) if western else self._chinese(chance)
        phones = [self._phone(chance.choice(MOBILE), number, place) for place in range(2)]
        mails = [f"u{number:x}.{place}@{chance.choice(DOMAINS)}" for place in range(2)]
        born = f"{chance.randint(1950, 2005)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
        values = {
            "name": self._elements("name", name),
            "phones": tuple(phones),
            "emails": tuple(self._elements("emails", mail)[0] for mail in mails),
            "birthday": self._elements("birthday", born),
        }
        return [self._record(chance, values) for _ in range(chance.randint(1, MOST_RECORDS))]

    @staticmethod
    def _record(chance: Random, values: Shown) -> Shown:
        """What one record shows of a customer: mostly the first phone and mail, at times the other or none."""
        shown = {"name": values["name"]}
        for many, missing in (("phones", 0.15), ("emails", 0.3)):
            if chance.random() >= missing:
                shown[many] = (values[many][int(chance.random() < 0.2)],)
        if chance.random() < 0.4:
            shown["birthday"] = values["birthday"]
        return shown

    def _phone(self, prefix: int, number: int, place: int) -> Element:
        """Return a customer's number; where it looks like a filler (13000000000), the next one that does not."""
        for other in count():
            found = self._elements("phones", f"{prefix}{(number * 7919 + place + 2 * other) % 10**8:08d}")
            if found:
                return found[0]
        raise AssertionError("numbers do not end")

    @staticmethod
    def _chinese(chance: Random) -> str:
        return chance.choice(FAMILIES) + "".join(chance.choices(GIVEN, k=chance.choice((1, 2, 2))))

    @staticmethod
    def _western(chance: Random) -> str:
        middle = chance.choice("ABCDEFGHJKLMNPRSTW")
        return f"{chance.choice(WESTERN[0])} {middle}. {chance.choice(WESTERN[1])}"

    def _elements(self, name: str, text: str) -> tuple[Element, ...]:
        return tuple(Element.of(value) for value in self._types[name].normalise(text, self._context) if value.valid)


class Seeder:
    """Turns customers into rows."""

    def __init__(self, store: Store, project: Project, seed: int) -> None:
        self.store, self.vault, self.rules = store, store.vault, rules_of(project, project.models)
        self.versions = {name: project.mappings[name, stream].version for name, stream in STREAMS.items()}
        self.model = self.rules.entities["person"].model
        if self.model is None:
            raise SystemExit("matching.yaml has no model for persons")
        self.customers = Customers(self.rules, seed)
        self.chance = Random(seed + 1)  # noqa: S311 (a benchmark's population)
        self.records = self.made_profiles = 0

    def count(self, records: int) -> None:
        """Take the frequencies of the first customers, scaled to a base of *records*, and put them in force."""
        wanted = min(SAMPLE, max(1, records // 3))
        evidences = [
            evidence_of(self._row(shown, place, number, None), self.rules)
            for number, customer in enumerate(islice(self.customers, wanted))
            for place, shown in enumerate(customer)
        ]
        counted = count_frequencies(self._model(), evidences)
        scale = max(1.0, records / counted.total)
        hashed = {
            (label, frequency_digest(self.vault, label, text)): round(count * scale)
            for (label, text), count in counted.counts.items()
            if count > 1
        }
        digest = model_digest(self._model())
        with self.store.write() as connection:
            matching_index.put_in_force(connection, ModelVersion(1, "person", digest, records), hashed, EPOCH)
            note_counted(connection, self.vault, "person", 0)
        self.scorer = Scorer(self._model(), frequencies_in_force(self.store, "person", whole=True))

    def write(self, records: int) -> None:
        """Write customers until there are *records* records."""
        customers = enumerate(self.customers)
        while self.records < records:
            made = Made()
            for number, customer in islice(customers, BATCH):
                if self.records < records:
                    self._add(made, number, customer[: records - self.records])
            self._save(made)

    def write_waiting(self, records: int) -> None:
        """Write the same customers' records as a pull leaves them: nothing is indexed, matched or resolved."""
        customers = enumerate(self.customers)
        while self.records < records:
            made = Made()
            for number, customer in islice(customers, BATCH):
                some = customer[: records - self.records]
                rows = [
                    replace(self._row(shown, place, number, None), dirty=TO_INDEX) for place, shown in enumerate(some)
                ]
                made.rows += rows
                made.shadows += [self._shadow(row) for row in rows]
                self.records += len(rows)
                if self.records >= records:
                    break
            with self.store.write() as connection:
                source_records.save(connection, self.vault, sorted(made.shadows, key=lambda one: one.ref), [])
                normalised_records.insert(connection, self.vault, sorted(made.rows, key=lambda one: one.ref))

    def _add(self, made: Made, number: int, customer: Sequence[Shown]) -> None:
        bare = [self._row(shown, place, number, None) for place, shown in enumerate(customer)]
        evidences = {row.ref: evidence_of(row, self.rules) for row in bare}
        links = list(self._links(evidences))
        made.links += links
        made.blocks += [
            (block_digest(self.vault, key), ref)
            for ref, evidence in evidences.items()
            for key in block_keys(self._model(), evidence)
        ]
        by_key = {row.key: row for row in bare}
        for cluster in self._clusters(evidences, links):
            # The time part makes ids that sort by number; a store of another seed has others.
            profile_id = str(ULID.from_bytes(number.to_bytes(6, "big") + self.chance.randbytes(10)))
            rows = [replace(by_key[key], profile_id=profile_id) for key in cluster]
            made.rows += rows
            made.shadows += [self._shadow(row) for row in rows]
            made.profiles.append(self._profile(profile_id, rows))
            self.records += len(rows)
            self.made_profiles += 1

    def _clusters(self, evidences: Mapping[bytes, Evidence], links: Sequence[Link]) -> Sequence[Sequence[str]]:
        """Return which records of a customer the model joins: some say too little of him."""
        by_key = {evidence.key: evidence for evidence in evidences.values()}
        found = form_clusters(
            by_key,
            [ClusterLink(evidences[link.a].key, evidences[link.b].key, link.weight) for link in links],
            thresholds=self._model().thresholds,
            musts=(),
            cannots=(),
            against=lambda a, b: self.scorer.score(by_key[a], by_key[b]).against,
            together=self.scorer.of_groups(by_key),
            max_cluster=self._model().max_cluster,
        )
        return found.clusters

    def _row(self, shown: Shown, place: int, number: int, profile_id: str | None) -> NormalisedRow:
        system = list(STREAMS)[(number + place) % len(STREAMS)]
        record_id = f"{number:x}-{place}"
        stamp = MS - 1000 * number - place
        histories = {
            name: (Entry(Mark.FIRST_SIGHT, stamp, MS, tuple((name, element) for element in elements)),)
            for name, elements in shown.items()
        }
        ref = record_ref(ref_of(self.vault, system, STREAMS[system], record_id), 0)
        body = Body(histories, pulled=True)
        return NormalisedRow(
            ref, system, STREAMS[system], record_id, 0, "person", body, "live", None, profile_id, None, CLEAN
        )

    def _shadow(self, row: NormalisedRow) -> Shadow:
        payload = {
            "id": row.record_id,
            **{
                name: [element.value for _slot, element in row.body.histories[name][0].shown]
                for name in row.body.histories
            },
        }
        return Shadow(
            row.source_ref,
            row.system,
            row.stream,
            row.record_id,
            content_hash(self.vault, payload),
            self.versions[row.system],
            payload,
            "live",
            None,
            EPOCH,
            EPOCH,
            EPOCH,
        )

    def _links(self, evidences: Mapping[bytes, Evidence]) -> Iterator[Link]:
        for a, b in combinations(sorted(evidences), 2):
            weight = self.scorer.score(evidences[a], evidences[b]).weight
            if weight >= self._model().thresholds.review:
                yield Link(a, b, weight)

    def _profile(self, profile_id: str, rows: Sequence[NormalisedRow]) -> Profile:
        policies = self.rules.entities["person"].policies
        choices: dict[str, Choice] = {}
        for name in NEEDED:
            voices = [
                Voice(row.key, row.system, DEPARTMENTS[row.system], row.body.histories[name])
                for row in rows
                if name in row.body.histories
            ]
            if voices:
                choices[name] = survive(voices, policies[name], (), now=MS)
        return Profile(
            profile_id,
            "person",
            {name: one.elements for name, one in choices.items()},
            {name: one.sources for name, one in choices.items()},
            frozenset(),
            EPOCH,
            EPOCH,
            1,
        )

    def _save(self, made: Made) -> None:
        """Write a batch, each table in the order of its key, so that its index grows as little scattered as can be."""
        with self.store.write() as connection:
            source_records.save(connection, self.vault, sorted(made.shadows, key=lambda one: one.ref), [])
            normalised_records.insert(connection, self.vault, sorted(made.rows, key=lambda one: one.ref))
            matching_index.change_blocks(connection, sorted(made.blocks), [])
            matching_index.replace_links(connection, [], made.links)
            profiles.save(connection, self.vault, made.profiles, [], self.rules.entities["person"].plain)
            profiles.set_to_plan(connection, [one.profile_id for one in made.profiles], waiting=False)

    def _model(self) -> Any:  # noqa: ANN401 (the model, known to be there)
        return self.model


def seed_store(folder: Path, records: int, seed: int, *, waiting: bool = False) -> dict[str, Any]:
    """Make a project in *folder* with a store of *records* records; return what was made and how long it took.

    *waiting*: as a pull leaves them, with nothing resolved.
    """
    began = time.process_time()
    systems = {
        name: {"connector": name, "department": DEPARTMENTS[name], "config": dict(config), "streams": [STREAMS[name]]}
        for name, config in SYSTEMS.items()
    }
    write_project(folder, systems=systems)
    project = read_project(folder, {})
    store = open_store(project.hub.store, load_key_ring(folder / project.hub.key_file, None), base=folder)
    try:
        seeder = Seeder(store, project, seed)
        if waiting:
            seeder.write_waiting(records)
        else:
            seeder.count(records)
            seeder.write(records)
    finally:
        store.close()
    megabytes = sum(file.stat().st_size for file in folder.glob("*.db*")) / 1024**2
    return {
        "records": seeder.records,
        "profiles": seeder.made_profiles,
        "cpu_seconds": round(time.process_time() - began, 1),
        "store_mb": round(megabytes),
    }


def main() -> None:
    """Seed one store."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--waiting", action="store_true", help="leave the records as a pull does: nothing resolved")
    options = parser.parse_args()
    print(json.dumps(seed_store(options.folder, options.records, options.seed, waiting=options.waiting)))


if __name__ == "__main__":
    main()
