"""A company's week, as a state machine: what people do, what goes wrong, what the hub does; see the package."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from connectors.contract import Post, PostRefused
from connectors.sandboxes.book import Stored
from flows.decisions import Decision, Kind, decide
from flows.hub import Hub, open_hub
from flows.inbox import take_in
from flows.profile_edits import Edit, edit_profile
from flows.profile_view import view_of
from flows.stewards import review_page, split, undo_acts
from flows.sync import Wanted, Watcher, sync
from flows.webhook_work import work_off
from tests.system.laws.cast import (
    CUSTOMERS,
    DESKS,
    FORMS,
    NAMES,
    as_typed,
    customer_of,
    people,
    systems_with,
)
from tests.system.laws.diary import Diary, Where
from tests.system.laws.mishaps import CLOCKS, Died, dying, faults, without_pauses
from tests.system.laws.post_room import Letter, PostRoom
from tests.system.laws.rest import all_agree, found_in, last_words_stand, stewards_words_stand
from tests.system.test_deletions import says
from tests.system.world import World, world, written

MOST_SYNCS = 6
"""Syncs in which the hub must come to rest: one takes in what was left, the next ones what their pushes brought."""
A_DAY = 26 * 60
"""Minutes after which whatever is swept daily has been swept."""
FOLLOWS = ("unlink", "hold", "archive")
"""What follows when people delete a record: the shipped word first."""
PHASES = ("pull", "resolve", "plan person", "push company", "push person")
SETS = [
    ("zoho_crm", "fxiaoke", "zendesk"),
    ("zoho_crm", "fxiaoke"),
    ("fxiaoke", "freshdesk", "zoho_crm"),
    ("zoho_desk", "zoho_crm", "udesk"),
    ("udesk", "fxiaoke", "zendesk"),
    ("freshdesk", "zoho_desk"),
    ("zendesk", "udesk", "freshdesk", "zoho_desk"),
]
"""Which systems a company has: every one beside most others."""
PLACE, CHOICE = st.integers(0, 30), st.integers(0, 100)


class Week(RuleBasedStateMachine):
    """One story; see the module."""

    counts: ClassVar[Counter[str]] = Counter()
    """Over all stories of this process: steps, stories, faults struck, deaths, letters handed over, lost, …"""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.held = ExitStack()
        self.diary = Diary()
        self.systems: tuple[str, ...] = ()
        self.words = 0
        self.faulty: str | None = None
        self.parting: dict[str, tuple[str, int]] = {}
        self.struck: Counter[tuple[str, str]] = Counter()
        self.here: World
        self.post: PostRoom
        self.hub: Hub

    # ------------------------------------------------------------------------------------------ the start

    @initialize(systems=st.sampled_from(SETS), forms=st.booleans(), follows=st.sampled_from(FOLLOWS))
    def begin(self, systems: tuple[str, ...], forms: bool, follows: str) -> None:
        """Start sandboxes and project, and let the first sync make what is lacking."""
        self.counts["stories"] += 1
        self.systems = systems
        all_systems = (*systems, FORMS) if forms else systems
        self.diary.tell(f"systems {all_systems}, on_delete {follows}")
        for customer, values in CUSTOMERS.items():
            for name in {"email", "mobile", "phone"} & values.keys():
                self.diary.shared.setdefault(values[name], set()).add(customer)
        self.stack.enter_context(without_pauses())
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.here = self.stack.enter_context(
            world(folder / "project", people(systems), systems=all_systems, push={"fuse": 1000})
        )
        self.here.change_yaml("hub.yaml", _impatient)
        for system in systems if follows != FOLLOWS[0] else ():
            says(self.here, system, DESKS[system].stream, on_delete=follows)
        self.post = self.stack.enter_context(PostRoom())
        for system in all_systems:
            self.post.subscribe(self.here, system)
        self.stack.callback(self.held.close)
        self._open()
        self._sync(Wanted())

    def teardown(self) -> None:
        """Let all become quiet, and hold the laws against it."""
        try:
            if hasattr(self, "hub"):
                self._quiet()
        except Exception as broken:
            broken.add_note("the story: " + "; ".join(self.diary.story))
            raise
        finally:
            self.stack.close()

    @invariant()
    def one_more_step(self) -> None:
        """Count."""
        self.counts["steps"] += 1

    # ---------------------------------------------------------------------------------------- what people do

    @rule(place=PLACE, name=st.sampled_from(["job_title", "department", "wechat"]))
    def write_a_word(self, place: int, name: str) -> None:
        """Somebody writes something new into a field of one value."""
        self._write_word(self._pick(place), name)

    @rule(place=PLACE, times=st.integers(2, 4))
    def write_and_write_again(self, place: int, times: int) -> None:
        """Somebody saves field by field, or changes their mind."""
        for _ in range(times):
            self._write_word(self._pick(place), "job_title")

    @rule(place=PLACE, what=CHOICE, value=st.integers(0, 10))
    def edit_something(self, place: int, what: int, value: int) -> None:
        """Somebody edits a phone, a date, a name, …: to something, to nonsense, or to nothing."""
        stored = self._pick(place)
        choices = DESKS[self._system_of(stored)].others
        name = sorted(choices)[what % len(choices)]
        new = choices[name][value % len(choices[name])]
        if name in NAMES and (new is None or customer_of(stored) != "c1"):
            return
        for one in new if isinstance(new, list) else [new]:
            self.diary.shared.setdefault(str(one), set()).add(customer_of(stored))
        self._edit(stored, {name: new})
        self.diary.edited(customer_of(stored), self._where(stored))

    @rule(customer=st.sampled_from(sorted(CUSTOMERS)), which=CHOICE)
    def make_a_record(self, customer: str, which: int) -> None:
        """Somebody makes a record for a customer, known there already or not."""
        system = self.systems[which % len(self.systems)]
        if DESKS[system].one_mail and any(customer_of(one) == customer for one in self._living(system)):
            return
        made = self._save({"system": system, "stream": DESKS[system].stream, "set": as_typed(system, customer)})
        self.diary.tell(f"make {customer} {system}/{made}")
        self.diary.edited(customer, (system, made))

    @precondition(lambda self: FORMS in self.here.running.sandboxes)
    @rule(customer=st.sampled_from(sorted(CUSTOMERS)))
    def fill_in_a_form(self, customer: str) -> None:
        """A customer fills in a form; what it says of names and phones is as known."""
        made = self._save({"system": FORMS, "stream": "entries", "set": as_typed(FORMS, customer)})
        self.diary.tell(f"form of {customer}: {made}")

    @rule(place=PLACE)
    def delete_a_record(self, place: int) -> None:
        """Somebody deletes a record."""
        stored = self._pick(place)
        self._act(stored, {"delete": True})
        self.diary.tell(f"delete {'/'.join(self._where(stored))}")
        if not any(customer_of(one) == customer_of(stored) for one in self._living(self._system_of(stored))):
            self.diary.buried.add((customer_of(stored), self._system_of(stored)))

    @rule(customer=st.sampled_from(sorted(CUSTOMERS)))
    def merge_two_records(self, customer: str) -> None:
        """Somebody merges two records of a customer in Zoho."""
        mine = [one for one in self._living("zoho_crm") if customer_of(one) == customer]
        if len(mine) > 1:
            self._act(mine[-1], {"delete": True, "merge_into": mine[0].record_id})
            self.diary.tell(f"merge {'/'.join(self._where(mine[-1]))} into {mine[0].record_id}")
            self.diary.edited(customer, self._where(mine[0]))

    # ----------------------------------------------------------------------------------------- what stewards do

    @rule(customer=st.sampled_from(sorted(CUSTOMERS)))
    def a_steward_parts_two_records(self, customer: str) -> None:
        """A steward says that two records of a profile are two customers."""
        found = found_in(self.hub)
        mine = [where for where in self._records_of(customer) if where in found]
        together = [one for one in mine[1:] if found[one][1].profile_id == found[mine[0]][1].profile_id]
        if customer in self.diary.apart or not together:
            return
        leaving = together[-1]
        name = f"{leaving[0]}/{DESKS[leaving[0]].stream}/{leaving[1]}"
        done = split(self.hub, found[mine[0]][1].profile_id, [name], author="s", reason="two people")
        self.diary.tell(f"part {leaving} from {mine[0]}")
        self.diary.apart[customer] = (mine[0], leaving)
        self.diary.parted.add(customer)
        self.diary.forget(customer)
        self.parting[customer] = (done.run_id, self.words)

    @rule(customer=st.sampled_from(sorted(CUSTOMERS)))
    def a_steward_takes_it_back(self, customer: str) -> None:
        """A steward undoes the parting; with nothing edited meanwhile, the two are one again."""
        if customer not in self.diary.apart:
            return
        one, other = self.diary.apart.pop(customer)
        run_id, words = self.parting.pop(customer)
        undo_acts(self.hub, [run_id], author="s", reason="a mistake")
        self.diary.tell(f"undo the parting of {one} and {other}")
        found = found_in(self.hub)
        if words == self.words and one in found and other in found:
            assert found[one][1].profile_id == found[other][1].profile_id, f"law 6: {customer} is not as before"

    @rule(place=PLACE)
    def a_steward_pins_a_word(self, place: int) -> None:
        """A steward says what a job title is, for good."""
        where, customer = self._where(stored := self._pick(place)), customer_of(stored)
        if where not in found_in(self.hub) or customer in self.diary.parted:
            return
        self.words += 1
        value = f"职务{self.words}"
        name = f"{where[0]}/{stored.stream}/{where[1]}"
        edit_profile(self.hub, name, Edit({"job_title": [value]}, pin=True), author="s", reason="asked them")
        self.diary.tell(f"pin job_title {value} at {where}")
        self.diary.pinned[customer, "job_title"] = (where, value)

    @rule(which=CHOICE, answer=st.sampled_from(["accept", "archive", "restore"]))
    def a_steward_answers_what_follows_a_deletion(self, which: int, answer: Kind) -> None:
        """A steward decides a deletion that is held; a record that is asked back may be made again."""
        show = view_of(self.hub, mask=True)
        found = review_page(self.hub, status="open", after=None, limit=99, show=show)["items"]
        held = [one for one in found if one["kind"] == "deleted"]
        if not held:
            return
        one = held[which % len(held)]
        decide(self.hub, one["id"], Decision(answer), author="s", reason="asked them")
        self.counts["deletions answered"] += 1
        self.diary.tell(f"{answer} the deletion of {one['records']}")
        if answer == "restore":
            systems = {record["system"] for record in one["records"]}
            self.diary.buried -= {(customer, system) for customer, system in self.diary.buried if system in systems}

    # ----------------------------------------------------------------------------------------- what goes wrong

    @rule(which=CHOICE, fault=st.sampled_from(faults()))
    def a_system_fails(self, which: int, fault: dict[str, Any]) -> None:
        """One system misbehaves for a while."""
        self._faults_struck()
        systems = sorted(self.here.running.sandboxes)
        self.faulty = systems[which % len(systems)]
        self.here.control("/_faults", [{"system": self.faulty, **fault}])
        self.diary.tell(f"fault {self.faulty} {fault}")

    @rule(which=CHOICE, fault=st.sampled_from(CLOCKS))
    def a_clock_goes_wrong(self, which: int, fault: dict[str, Any]) -> None:
        """One system's clock is hours off, or jumps; the last one's is set right."""
        self.diary.clocks_wrong = True
        self.a_system_fails(which, fault)

    @rule(at=st.integers(0, 120))
    def a_sync_is_killed(self, at: int) -> None:
        """The process dies in a sync, at some transaction or call."""
        self.diary.tell(f"a sync dies at {at}")
        before = self._before()
        with dying(self.hub, at) as death, suppress(Died):
            sync(self.hub, Wanted())
        self.counts["deaths"] += death.dead
        if death.dead:
            self._open()
        self._no_new_double(before)

    @rule(phase=st.sampled_from(PHASES), place=PLACE)
    def somebody_writes_while_a_sync_runs(self, phase: str, place: int) -> None:
        """A person writes a word as a phase begins."""
        left = [phase]

        def meanwhile(name: str) -> None:
            if left and name == left[0]:
                left.clear()
                self._write_word(self._pick(place), "job_title")

        self._sync(Wanted(), Watcher(phase=meanwhile), clears=False)

    @rule(minutes=st.sampled_from([1, 20, 60 * 7, 60 * 50]))
    def time_passes(self, minutes: int) -> None:
        """Nobody does anything for a while. The systems' clocks stand: a signature of theirs holds for minutes only."""
        self.here.late += timedelta(minutes=minutes)
        self.diary.tell(f"{minutes} minutes pass")

    # ------------------------------------------------------------------------------------------ webhooks

    @rule(many=st.integers(1, 5), first=PLACE, twice=st.booleans())
    def letters_arrive(self, many: int, first: int, twice: bool) -> None:
        """Some of the webhooks come, in any order, perhaps twice; the worker works them off."""
        self.post.wait(self.here)
        for _ in range(many):
            if letter := self.post.take(first):
                self._hand_over(letter)
                if twice:
                    self._hand_over(letter)
        before = self._before()
        work_off(self.hub)
        self._no_new_double(before)

    @rule(first=PLACE, phase=st.sampled_from(PHASES))
    def a_letter_arrives_in_the_middle_of_a_sync(self, first: int, phase: str) -> None:
        """A webhook comes as a phase of a sync begins, and is worked off beside it."""
        self.post.wait(self.here)
        left = [letter] if (letter := self.post.take(first)) else []

        def meanwhile(name: str) -> None:
            if name == phase and left:
                self._hand_over(left.pop())
                work_off(self.hub)

        self._sync(Wanted(), Watcher(phase=meanwhile), clears=False)
        for letter in left:
            self._hand_over(letter)

    @rule(first=PLACE)
    def a_letter_is_lost(self, first: int) -> None:
        """A webhook never comes."""
        self.post.wait(self.here)
        if self.post.take(first):
            self.counts["letters lost"] += 1

    @rule(first=PLACE, at=st.integers(0, 40))
    def the_worker_is_killed(self, first: int, at: int) -> None:
        """The process dies while it works webhooks off."""
        self.post.wait(self.here)
        if letter := self.post.take(first):
            self._hand_over(letter)
        self.diary.tell(f"the worker dies at {at}")
        with dying(self.hub, at) as death, suppress(Died):
            work_off(self.hub)
        self.counts["deaths"] += death.dead
        if death.dead:
            self._open()

    # --------------------------------------------------------------------------------------------- the hub's part

    @rule()
    def sync_all(self) -> None:
        """A sync as every day."""
        self._sync(Wanted())

    @rule(which=CHOICE)
    def sync_one(self, which: int) -> None:
        """A sync that pulls one system."""
        self._sync(Wanted(systems=(self.systems[which % len(self.systems)],)), clears=False)

    @rule(push=st.booleans())
    def sync_in_full(self, push: bool) -> None:
        """A sync that reads everything, or only reads."""
        self._sync(Wanted(full=True, push=push))

    @rule(place=PLACE)
    def sync_a_record(self, place: int) -> None:
        """A sync of one record."""
        stored = self._pick(place)
        self._sync(Wanted(records=((self._system_of(stored), stored.stream, stored.record_id),)), clears=False)

    @rule()
    def the_program_is_restarted(self) -> None:
        """The project is opened anew, as each command does."""
        self._open()

    # ------------------------------------------------------------------------------------------------- the laws

    def _quiet(self) -> None:
        self._faults_struck()
        self.here.control("/_faults", [])
        self.faulty = None
        self._open()
        self.time_passes(A_DAY)
        wrote = []
        for _ in range(MOST_SYNCS):
            self.time_passes(20)
            wrote.append(written(self._sync(Wanted())))
            if wrote[-1] == 0:
                break
        assert wrote[-1] == 0, f"law 1: still writing: {wrote}"
        self.here.control("/_stats/reset", {})
        assert written(self._sync(Wanted(full=True))) == 0, "law 1: a full sync at rest writes"
        assert not any(self.here.writes().values()), "law 1: a sync at rest writes"
        found = {where: one for where, one in found_in(self.hub).items() if where[0] == FORMS or self._is_there(where)}
        all_agree(self.hub, found)
        last_words_stand(self.diary, found)
        stewards_words_stand(self.diary, found)

    def _no_new_double(self, before: dict[str, list[Stored]]) -> None:
        for system, held in before.items():
            known = {one.record_id for one in held}
            there = {customer_of(one) for one in held}
            for stored in self._living(system):
                customer = customer_of(stored)
                if stored.record_id in known or stored.history[0].by == "people" or customer in self.diary.parted:
                    continue
                if customer in there and self._struck_by("stored_twice", system) > self.diary.twins[system]:
                    self.diary.twins[system] += 1
                    continue
                assert customer not in there, f"law 3: {system} had a record of {customer}"
                assert (customer, system) not in self.diary.buried, f"law 3: people had deleted {customer} in {system}"
                there.add(customer)

    # ----------------------------------------------------------------------------------------------- its hands

    def _open(self) -> None:
        self.held.close()
        self.hub = self.held.enter_context(open_hub(self.here.folder, {}))
        here = self.here
        self.hub.now = lambda: datetime.now(UTC) + here.late  # type: ignore[method-assign]  # the story has its own clock

    def _sync(self, wanted: Wanted, watcher: Watcher | None = None, *, clears: bool = True) -> dict[str, Any]:
        self.diary.tell(f"sync {_short(wanted)}")
        before = self._before()
        result = sync(self.hub, wanted, watcher).to_json()
        self._no_new_double(before)
        failed = {error["system"] for error in result["errors"]}
        internal = [error for error in result["errors"] if error["code"] == "internal"]
        assert not internal, f"law 7: {internal}"
        strange = [error for error in result["errors"] if error["system"] != self.faulty and not self._refused(error)]
        assert not strange, f"law 7: {strange}"
        if clears and not failed:
            self.diary.unpulled.clear()
        return result

    def _refused(self, error: dict[str, Any]) -> bool:
        """Tell whether a system refused one record's value: two people may have one mail, and a system took it once."""
        shared = any(len(whose) > 1 for whose in self.diary.shared.values())
        return error["id"] is not None and bool(self.diary.parted or shared)

    def _before(self) -> dict[str, list[Stored]]:
        return {system: self._living(system) for system in self.systems}

    def _hand_over(self, letter: Letter) -> None:
        self.counts["letters"] += 1
        post = Post(letter.headers, letter.query, letter.body, datetime.now(UTC) + self.here.late)
        with suppress(PostRefused):  # it came too late for its sender's signature
            take_in(self.hub, self.hub.systems[letter.system], post)

    def _living(self, system: str) -> list[Stored]:
        if system not in self.systems:
            return []
        book = self.here.running.sandboxes[system].book
        found = [one for one in book.all(DESKS[system].stream) if one.deleted_at is None and customer_of(one)]
        return sorted(found, key=lambda one: (one.created_at, one.record_id))

    def _records_of(self, customer: str) -> list[Where]:
        return [
            (system, one.record_id)
            for system in self.systems
            for one in self._living(system)
            if customer_of(one) == customer
        ]

    def _is_there(self, where: Where) -> bool:
        """Tell whether a record is there: that many are gone at once is not concluded from one read."""
        stored = self.here.running.sandboxes[where[0]].book.get(DESKS[where[0]].stream, where[1])
        return stored is not None and stored.deleted_at is None

    def _pick(self, place: int) -> Stored:
        living = [one for system in self.systems for one in self._living(system)]
        if not living:
            self.make_a_record("c1", 0)
            return self._pick(place)
        return living[place % len(living)]

    def _write_word(self, stored: Stored, name: str) -> None:
        system, customer = self._system_of(stored), customer_of(stored)
        if system not in systems_with(name, self.systems):
            return
        self.words += 1
        value = f"wx_word{self.words}" if name == "wechat" else f"职务{self.words}"
        self._edit(stored, {DESKS[system].words[name]: value})
        if customer in self.diary.parted:
            self.diary.edited(customer, self._where(stored))
        else:
            self.diary.edited(customer, self._where(stored), name, value)

    def _edit(self, stored: Stored, values: dict[str, Any]) -> None:
        self.diary.tell(f"edit {'/'.join(self._where(stored))} {values}")
        kept = {name: value for name, value in values.items() if value is not None}
        self._act(stored, {"set": kept, "clear": [name for name in values if name not in kept]})

    def _act(self, stored: Stored, act: dict[str, Any]) -> None:
        self._save({"system": self._system_of(stored), "stream": stored.stream, "id": stored.record_id, **act})

    def _save(self, act: dict[str, Any]) -> str:
        """Do what a person does, a second after what happened before: systems tell times in seconds."""
        self.here.running.clock.advance(1)
        return str(self.here.control("/_edit", act)["id"])

    def _where(self, stored: Stored) -> Where:
        return self._system_of(stored), stored.record_id

    def _system_of(self, stored: Stored) -> str:
        return next(
            system
            for system in self.systems
            if self.here.running.sandboxes[system].book.get(stored.stream, stored.record_id) is stored
        )

    def _faults_struck(self) -> None:
        shown = self.here.control("/_faults")
        self.counts["faults"] += sum(one.get("struck", 0) for one in shown)
        for one in shown:
            self.struck[one["kind"], one["system"]] += one["struck"]

    def _struck_by(self, kind: str, system: str) -> int:
        """Return how often a kind of fault struck a system in this story."""
        now = [one for one in self.here.control("/_faults") if (one["kind"], one["system"]) == (kind, system)]
        return self.struck[kind, system] + sum(int(one["struck"]) for one in now)


def _short(wanted: Wanted) -> str:
    plain = replace(wanted, wait=Wanted().wait)
    return "" if plain == Wanted() else str(plain)


def _impatient(document: Any) -> None:
    for name, system in document["systems"].items():
        if name != FORMS:
            system["config"]["read_timeout"] = 3
