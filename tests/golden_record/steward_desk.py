"""A store of customers whose records resemble each other, and a steward who does whatever can be done there.

No system and no HTTP: records are landed as a pull would, and each act is resolved as the command line does.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from ulid import ULID

from flows.hub import Hub, open_hub
from flows.new_project import write_project
from golden_record import review_queue, stewardship, undo
from golden_record.deed import Act
from golden_record.elements import Element
from golden_record.errors import NotDecidable
from golden_record.landing import Pulled, Stream, land
from golden_record.resolution.resolve import resolve
from golden_record.store import decrees, matching_index, profiles, reviews
from golden_record.store import normalised_records as records
from golden_record.store.tables import normalised_records, steward_links
from mapping.pull import pull
from mapping.values import FieldValue
from tests.golden_record.small_hub import mapping_of

FAMILIES, GIVEN = ["欧阳", "司徒", "上官", "诸葛"], ["晓雯", "志远", "明远"]
TITLES = ("经理", "总监", "工程师")
START = datetime(2026, 3, 1, tzinfo=UTC)


class Desk:
    """A steward at work. Time goes on by a second with every act."""

    def __init__(self, hub: Hub, seed: int, customers: int) -> None:
        self.hub, self.store = hub, hub.store
        self.chance = random.Random(seed)
        self.clock = START
        self.done: list[str] = []
        self.refused = 0
        self.first: set[str] = set()
        self._land(customers)
        self.first = set(self.shown()["profiles"])

    def _land(self, customers: int) -> None:
        mapping = mapping_of("zoho_crm")
        for system in ("north", "south"):
            batch = [self._record(number) for number in range(customers)]
            stream = Stream(system, "Contacts", mapping.version, lambda record: pull(mapping, record))
            land(self.store, stream, [Pulled(one["id"], mapping.mapped_paths(one), one) for one in batch], now=START)
        self.resolve()

    def _record(self, number: int) -> dict[str, Any]:
        """Half of a system's customers share a name with another, some a number: pairs of every weight."""
        pick = self.chance.choice
        shared = self.chance.random() < 0.3
        return {
            "id": str(number),
            "Last_Name": FAMILIES[number % 4],
            "First_Name": GIVEN[number % 3] if shared else pick(GIVEN),
            "Mobile": f"1391000{number % 7 if shared else 1000 + self.chance.randrange(9000):04d}",
            "Title": pick(TITLES),
            "Modified_Time": "2026-02-01T10:00:00+08:00",
        }

    def resolve(self) -> None:
        """Bring what an act touched into the profiles."""
        resolve(self.store, self.hub.rules, "run", lambda: self.clock)

    def act(self) -> None:
        """Do one act of any kind; one that does not fit is refused and changes nothing."""
        kinds = (
            self.merge,
            self.split,
            self.unmerge,
            self.decide,
            self.set,
            self.defer,
            self.keep_apart,
            self.comment,
            self.clear_or_pin,
        )
        before = len(self.done)
        try:
            self.chance.choice(kinds)(self.new_act())
        except NotDecidable:
            self.refused += 1
            return
        if len(self.done) > before:
            self.resolve()

    def undo_all(self) -> None:
        """Take every act back, the newest first."""
        while self.done:
            for kept in undo.standing_acts(self.store, self.done.pop()):
                undo.undo(self.store, kept, self.new_act())
                self.resolve()

    def new_act(self) -> Act:
        """Return an act of its own run, a second after the last."""
        self.clock += timedelta(seconds=1)
        return Act("li", "because", self.clock, str(ULID()))

    def _profiles(self, count: int) -> list[str]:
        with self.store.read() as connection:
            found = [one.profile_id for one in profiles.page(connection, self.store.vault, None, 500, "person")]
        return self.chance.sample(found, min(count, len(found)))

    def merge(self, act: Act) -> None:
        """Join two profiles: all their records are one customer then, whatever they say of each other."""
        one, other = self._profiles(2)
        with self.store.read() as connection:
            refs = records.refs_of_profiles(connection, [one, other])
        stewardship.merge(self.store, one, other, act)
        self.done.append(act.run_id)
        self.resolve()
        with self.store.read() as connection:
            assert len(set(records.profiles_of(connection, refs).values())) == 1

    def split(self, act: Act) -> None:
        """Take some records out of a profile."""
        for profile_id in self._profiles(8):
            with self.store.read() as connection:
                refs = sorted(records.refs_of_profiles(connection, [profile_id]))
            if len(refs) > 1:
                leaving = self.chance.sample(refs, self.chance.randrange(1, len(refs)))
                stewardship.split(self.store, profile_id, leaving, act)
                self.done.append(act.run_id)
                self.resolve()
                with self.store.read() as connection:
                    bound = records.profiles_of(connection, refs)
                assert not {bound[ref] for ref in leaving} & {bound[ref] for ref in refs if ref not in leaving}
                return

    def unmerge(self, act: Act) -> None:
        """Give a merged-away profile its id back."""
        with self.store.read() as connection:
            former = normalised_records.c.former_profile_id
            found = sorted(connection.scalars(sa.select(former).where(former.is_not(None)).distinct()).all())
        if found:
            stewardship.unmerge(self.store, self.chance.choice(found), act)
            self.done.append(act.run_id)

    def decide(self, act: Act) -> None:
        """Decide or dismiss a review."""
        review_id = self.some_review(act)
        if review_id is None:
            return
        if self.chance.random() < 0.3:
            stewardship.dismiss(self.store, review_id, act)
        else:
            stewardship.decide_pair(self.store, review_id, act, same=self.chance.random() < 0.5)
        self.done.append(act.run_id)

    def set(self, act: Act) -> None:
        """Set or pin a value."""
        title = self.chance.choice([*TITLES, "总裁"])
        word = stewardship.Said((Element.of(FieldValue(title, title)),), pin=self.chance.random() < 0.5)
        stewardship.set_values(self.store, self._profiles(1)[0], {"job_title": word}, act)
        self.done.append(act.run_id)

    def defer(self, act: Act) -> None:
        """Put a review off."""
        review_id = self.some_review(act)
        if review_id is not None:
            review_queue.defer(self.store, review_id, act.at + timedelta(days=self.chance.randint(1, 9)), act)
            self.done.append(act.run_id)

    def keep_apart(self, act: Act) -> None:
        """Keep two profiles apart."""
        one, other = self._profiles(2)
        stewardship.keep_apart(self.store, one, other, act)
        self.done.append(act.run_id)

    def comment(self, act: Act) -> None:
        """Say something about a review."""
        review_id = self.some_review(act)
        if review_id is not None:
            review_queue.comment(self.store, review_id, act)
            self.done.append(act.run_id)

    def clear_or_pin(self, act: Act) -> None:
        """Empty a field, or pin a number until a date."""
        until = int((act.at + timedelta(days=self.chance.randint(1, 9))).timestamp() * 1000)
        mobile = FieldValue(f"+8613910{self.chance.randrange(1_000_000):06d}", "")
        words = {
            "job_title": stewardship.Said(()),
            "phones": stewardship.Said((Element.of(mobile),), pin=True, until=until),
        }
        name = self.chance.choice(sorted(words))
        stewardship.set_values(self.store, self._profiles(1)[0], {name: words[name]}, act)
        self.done.append(act.run_id)

    def some_review(self, act: Act) -> str | None:
        """Return one of the reviews on the queue."""
        with self.store.read() as connection:
            found = reviews.queue(connection, self.store.vault, None, 50, act.at)
        return self.chance.choice(found).review_id if found else None

    def shown(self) -> dict[str, Any]:
        """Return all that stands: who belongs to whom, values with their reasons, words, questions."""
        vault = self.store.vault
        with self.store.read() as connection:
            living = profiles.page(connection, vault, None, 1_000, None)
            bound = records.profiles_of(connection, connection.scalars(sa.select(normalised_records.c.ref)).all())
            ends = {bytes(one) for one in connection.scalars(sa.select(steward_links.c.a)).all()}
            words = matching_index.steward_links_of(connection, ends)
            asked = reviews.queue(connection, vault, None, 1_000, START + timedelta(days=3_650))
            said = decrees.of(connection, vault, [one.profile_id for one in living])
            former = connection.execute(sa.select(normalised_records.c.ref, normalised_records.c.former_profile_id))
            once = {bytes(row.ref): row.former_profile_id for row in former if row.former_profile_id is not None}
            known = sorted(set(bound.values()) | set(once.values()) | self.first)
            led = profiles.resolve_redirects(connection, known)
            waiting = connection.scalars(sa.select(normalised_records.c.dirty).distinct()).all()
        return {
            "bound": bound,
            "once": once,
            "led": led,
            "waiting": set(waiting),
            "profiles": {one.profile_id: (one.fields, one.sources, one.frozen) for one in living},
            "words": {(one.a, one.b, one.kind) for one in words},
            "reviews": {(one.kind, one.subject, one.evidence, one.deferred_until) for one in asked},
            "decrees": said,
        }


@contextmanager
def desk(folder: Path, seed: int, customers: int = 12) -> Iterator[Desk]:
    """Open a desk on a store of its own in *folder*."""
    write_project(folder)
    with open_hub(folder, {}) as hub:
        yield Desk(hub, seed, customers)
