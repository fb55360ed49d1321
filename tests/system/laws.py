"""The laws of the design, held against the whole hub: people edit, systems fail, syncs die; then all must be quiet.

A state machine of Hypothesis over real sandboxes and a real project. Every random choice is Hypothesis's, so a run that
failed can be run again. When a story ends, faults end too, and the hub syncs until it writes nothing; then:

1. every record shows what its profile says, or the reason why not is named, and the next sync writes nothing;
2. the last word that people wrote in a field is what its profile shows;
3. the hub has made no record for a customer whose record the system already had, or whose record people deleted;
7. a system that fails is named, and the others go on.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from connectors.population.contract import TypedIn
from connectors.sandboxes.book import Stored
from flows.hub import ConfiguredSystem, Hub
from flows.planning import plan_now
from flows.sync import Wanted, Watcher, sync
from golden_record.history import replay
from golden_record.store import normalised_records as records
from golden_record.store import outbox, profiles
from golden_record.store.normalised_records import NormalisedRow
from golden_record.store.profiles import Profile
from mapping.canonical import canonical
from mapping.pull import pull
from mapping.values import FieldState
from tests.system.world import World, typed, world, written

STREAMS = {"zoho_crm": "Contacts", "fxiaoke": "ContactObj", "zendesk": "users"}
"""Where each system keeps its persons."""
MOST_SYNCS = 5
"""Syncs in which the hub must come to rest: one takes in what was left, the next ones what their pushes brought."""
PHASES = ("pull", "resolve", "plan person", "push company", "push person")
ROUGHLY = {"address", "marketing_consent", "company_name"}
"""Fields that some systems show only in part, or beside a look-up."""

CUSTOMERS: dict[str, dict[str, Any]] = {
    "c1": {"family": "欧阳", "given": "晓雯", "email": "xiaowen.ouyang@huaxin-cable.cn", "mobile": "13911112222"},
    "c2": {"family": "司徒", "given": "建国", "email": "jianguo.situ@huaxin-cable.cn", "mobile": "13911113333"},
    "c3": {"family": "诸葛", "given": "明远", "email": "mingyuan@zhuge-tea.com", "mobile": "13911114444"},
    # shares a landline with c3: a couple
    "c4": {"family": "上官", "given": "婉清", "email": "wanqing@qq.com", "phone": "0571-88996655"},
}
HOME = {
    "c1": ("zoho_crm", "fxiaoke", "zendesk"),
    "c2": ("zoho_crm", "fxiaoke"),
    "c3": ("zoho_crm",),
    "c4": ("zendesk",),
}
"""Who is known where at the start."""
MAIL = {values["email"]: customer for customer, values in CUSTOMERS.items()}

# The systems' names of what people edit. Words are made unique, so that the last one can be told.
WORDS: dict[str, dict[str, str]] = {
    "zoho_crm": {"job_title": "Title", "department": "Department", "wechat": "WeChat"},
    "fxiaoke": {"job_title": "job_title", "department": "department", "wechat": "wechat__c"},
    "zendesk": {"job_title": "user_fields.job_title", "wechat": "user_fields.wechat"},
}
OTHERS: dict[str, dict[str, list[Any]]] = {
    "zoho_crm": {
        "Rating": ["vip", "regular", "Acquired", None],
        "Date_of_Birth": ["1988-07-01", "1990-02-03", None],
        "Mobile": ["13911115555", "13911116666", None],
        "Phone": ["0571-88996655", "13911116666", "无", None],
        "Home_Phone": ["13911117777", None],
        "Secondary_Email": ["second@qq.com", "third@qq.com", "kein", None],
        "Mailing_City": ["北京", "杭州", None],
        "Email_Opt_Out": [True, False],
        "Last_Name": ["歐陽", "司徒"],
    },
    "fxiaoke": {
        "tier__c": ["vip", "basic", None],
        "date_of_birth": [583689600000, 634060800000, None],
        "mobile1": ["13911115555", "13911118888", None],
        "mobile2": ["13911116666", None],
        "tel1": ["0571-88996655", "010-88886666", None],
        "email2__c": ["second@qq.com", None],
        "tags__c": ["老客户", "会员,老客户", None],
        "add": ["浙江省杭州市西湖区文三路1号", None],
        "name": ["诸葛明远", "欧阳小雯"],
    },
    "zendesk": {
        "user_fields.customer_tier": ["vip", "regular", None],
        "user_fields.birthday": ["1988-07-01", None],
        "phone": ["+8613911115555", "0571-88996655", None],
        "tags": [["老客户"], ["老客户", "会员"], []],
        "user_fields.email_consent": [True, False],
        "name": ["欧阳晓雯", "晓雯"],
    },
}
FAULTS: list[dict[str, Any]] = [
    {"kind": "status", "status": 500, "rate": 0.3, "count": 4},
    {"kind": "status", "status": 403, "count": 1},
    {"kind": "status", "status": 503, "count": 2, "method": "PUT"},
    {"kind": "cut", "count": 2},
    {"kind": "cut", "count": 2, "method": "POST"},
    {"kind": "cut", "count": 1, "method": "PUT"},
    {"kind": "html", "status": 502, "count": 2},
    {"kind": "stored_then_timeout", "count": 1, "method": "POST"},
    {"kind": "stored_then_timeout", "count": 1, "method": "PUT"},
    {"kind": "fail_rows", "count": 1},
    {"kind": "expire_token", "count": 2},
]


class Crash(BaseException):
    """The process dies here."""


@dataclass
class Said:
    """What people wrote last in a followed field of one customer: *where*, and whether it can be told to be the last.

    A system tells one time for a whole record. Where two records of a customer are edited between two pulls, a later
    edit of anything in one of them makes its older words look newer; such a field is followed again from the next
    edit after a pull.
    """

    where: tuple[str, str]
    value: str
    contended: bool = False


@dataclass
class Diary:
    """What the test remembers of people's doings."""

    said: dict[tuple[str, str], Said] = field(default_factory=dict)
    unpulled: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    buried: set[tuple[str, str]] = field(default_factory=set)
    story: list[str] = field(default_factory=list)

    def edited(self, customer: str, where: tuple[str, str], field_name: str = "", value: str = "") -> None:
        """Note an edit of a record that is not pulled yet."""
        waiting = self.unpulled.setdefault(customer, set())
        waiting.add(where)
        if len(waiting) > 1:
            for (whose, _name), word in self.said.items():
                word.contended |= whose == customer
        if field_name:
            self.said[customer, field_name] = Said(where, value, contended=len(waiting) > 1)


class Laws(RuleBasedStateMachine):
    """A company's week: see the module."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.diary = Diary()
        self.steps = 0
        self.words = 0
        self.faulty: str | None = None
        self.here: World

    # ------------------------------------------------------------------------------------------ the start

    @initialize()
    def begin(self) -> None:
        """Start sandboxes and project, and let the first sync make what is lacking."""
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.here = self.stack.enter_context(
            world(folder / "project", _people(), systems=tuple(STREAMS), push={"fuse": 1000})
        )
        self.here.change_yaml("hub.yaml", _impatient)
        self._sync(Wanted())

    def teardown(self) -> None:
        """Let all become quiet, and hold the laws against it."""
        try:
            if hasattr(self, "here"):
                self._quiet()
        except AssertionError as broken:
            broken.add_note("the story: " + "; ".join(self.diary.story))
            raise
        finally:
            self.stack.close()

    # ---------------------------------------------------------------------------------------- what people do

    @rule(place=st.integers(0, 30), name=st.sampled_from(["job_title", "department", "wechat"]))
    def write_a_word(self, place: int, name: str) -> None:
        """Somebody writes something new into a field of one value."""
        stored = self._pick(place)
        system = _system_of(stored)
        if name in WORDS[system]:
            self._write_word(stored, name)

    @rule(place=st.integers(0, 30), what=st.integers(0, 100), value=st.integers(0, 10))
    def edit_something(self, place: int, what: int, value: int) -> None:
        """Somebody edits a phone, a date, a name, …: to something, to nonsense, or to nothing."""
        stored = self._pick(place)
        choices = OTHERS[_system_of(stored)]
        name = sorted(choices)[what % len(choices)]
        new = choices[name][value % len(choices[name])]
        if name.startswith("name") or name == "Last_Name":
            new = new if customer_of(stored) == "c1" else None
        if new is not None or name not in {"name", "Last_Name"}:
            self._edit(stored, {name: new})
            self.diary.edited(customer_of(stored), where(stored))

    @rule(customer=st.sampled_from(sorted(CUSTOMERS)), system=st.sampled_from(sorted(STREAMS)))
    def make_a_record(self, customer: str, system: str) -> None:
        """Somebody makes a record for a customer, known there already or not."""
        if system == "zendesk" and any(customer_of(one) == customer for one in self._living(system)):
            return  # Zendesk takes a mail once
        made = self.here.edit(system, STREAMS[system], None, **_as_typed(system, CUSTOMERS[customer]))
        self._tell(f"make {customer} {system}/{made}")
        self.diary.edited(customer, (system, made))

    @rule(place=st.integers(0, 30))
    def delete_a_record(self, place: int) -> None:
        """Somebody deletes a record."""
        stored = self._pick(place)
        self._act(stored, {"delete": True})
        self._tell(f"delete {'/'.join(where(stored))}")
        if not any(customer_of(one) == customer_of(stored) for one in self._living(_system_of(stored))):
            self.diary.buried.add((customer_of(stored), _system_of(stored)))

    @rule(customer=st.sampled_from(sorted(CUSTOMERS)))
    def merge_two_records(self, customer: str) -> None:
        """Somebody merges two records of a customer in Zoho."""
        mine = [one for one in self._living("zoho_crm") if customer_of(one) == customer]
        if len(mine) > 1:
            self._act(mine[-1], {"delete": True, "merge_into": mine[0].record_id})
            self._tell(f"merge {'/'.join(where(mine[-1]))} into {mine[0].record_id}")
            self.diary.edited(customer, where(mine[0]))

    # ----------------------------------------------------------------------------------------- what goes wrong

    @rule(system=st.sampled_from(sorted(STREAMS)), fault=st.sampled_from(FAULTS))
    def a_system_fails(self, system: str, fault: dict[str, Any]) -> None:
        """One system misbehaves for a while."""
        self.here.control("/_faults", [{"system": system, **fault}])
        self.faulty = system
        self._tell(f"fault {system} {fault}")

    @rule(phase=st.sampled_from(PHASES))
    def a_sync_dies(self, phase: str) -> None:
        """The process is killed as a phase begins."""

        def die(name: str) -> None:
            if name == phase:
                raise Crash

        self._tell(f"a sync dies at {phase}")
        try:
            self._sync(Wanted(), Watcher(phase=die))
        except Crash:
            pass

    @rule(phase=st.sampled_from(PHASES), place=st.integers(0, 30))
    def somebody_writes_while_a_sync_runs(self, phase: str, place: int) -> None:
        """A person writes a word as a phase begins."""
        left = [phase]

        def meanwhile(name: str) -> None:
            if left and name == left[0]:
                left.clear()
                self._write_word(self._pick(place), "job_title")

        self._sync(Wanted(), Watcher(phase=meanwhile), clears=False)

    # --------------------------------------------------------------------------------------------- the hub's part

    @rule()
    def sync_all(self) -> None:
        """A sync as every day."""
        self._sync(Wanted())

    @rule(system=st.sampled_from(sorted(STREAMS)))
    def sync_one(self, system: str) -> None:
        """A sync that pulls one system."""
        self._sync(Wanted(systems=(system,)), clears=False)

    @rule(push=st.booleans())
    def sync_in_full(self, push: bool) -> None:
        """A sync that reads everything, or only reads."""
        self._sync(Wanted(full=True, push=push))

    @rule(place=st.integers(0, 30))
    def sync_a_record(self, place: int) -> None:
        """A sync of one record."""
        stored = self._pick(place)
        self._sync(Wanted(records=((_system_of(stored), stored.stream, stored.record_id),)), clears=False)

    # ------------------------------------------------------------------------------------------------- the laws

    def _quiet(self) -> None:
        self.here.control("/_faults", [])
        self.faulty = None
        wrote = []
        for _ in range(MOST_SYNCS):
            self.here.late += timedelta(minutes=20)
            wrote.append(written(self._sync(Wanted())))
            if wrote[-1] == 0:
                break
        assert wrote[-1] == 0, f"law 1: still writing: {wrote}"
        self.here.control("/_stats/reset", {})
        assert written(self._sync(Wanted(full=True))) == 0, "law 1: a full sync at rest writes"
        assert not any(self.here.writes().values()), "law 1: a sync at rest writes"
        with self.here.hub() as hub:
            found = _found(hub)
            self._all_agree(hub, found)
            self._last_words_stand(found)

    def _all_agree(self, hub: Hub, found: dict[tuple[str, str], tuple[NormalisedRow, Profile]]) -> None:
        plan = plan_now(hub, list(hub.systems.values()))
        assert not plan.writes, f"law 1: unwritten at rest: {[(one.system, sorted(one.fields)) for one in plan.writes]}"
        blocked = {(one.system, one.record_id, one.profile_field) for one in plan.blocked}
        for (system, record_id), (row, profile) in found.items():
            states = _shown(hub.systems[system], record_id)
            if states is None:
                continue
            for name, state in states.items():
                excused = {(system, record_id, name), (system, record_id, None)} & blocked
                wanted = self._wanted(hub, row, profile, name)
                if wanted and not excused and name not in profile.frozen:
                    shown = {canonical(one.value.value) for one in state.values if one.value.valid}
                    assert shown == wanted, f"law 1: {system}/{record_id} {name}: {shown} for {wanted}"

    @staticmethod
    def _wanted(hub: Hub, row: NormalisedRow, profile: Profile, name: str) -> set[str]:
        compiled = hub.systems[row.system].mappings[row.stream].emits[row.emit].fields[name]
        if not compiled.pushed or compiled.only_if_empty or name in ROUGHLY:
            return set()
        policy = hub.rules.entities["person"].policies[name]
        keep = compiled.cleared != "clear"
        refused = replay(row.body.histories.get(name, ()), many=policy.many, keep_cleared=keep).refused
        return {element.key for element in profile.fields.get(name, ())} - refused

    def _last_words_stand(self, found: dict[tuple[str, str], tuple[NormalisedRow, Profile]]) -> None:
        for (customer, name), said in self.diary.said.items():
            if said.contended or said.where not in found:
                continue
            _row, profile = found[said.where]
            now = [element.value for element in profile.fields.get(name, ())]
            assert now == [said.value], f"law 2: {customer} {name} at {said.where}: {now} for {said.value}"

    def _no_new_double(self, before: dict[str, list[Stored]]) -> None:
        for system, held in before.items():
            known = {one.record_id for one in held}
            there = {customer_of(one) for one in held}
            for stored in self._living(system):
                if stored.record_id in known or stored.history[0].by == "people":
                    continue
                customer = customer_of(stored)
                assert customer not in there, f"law 3: {system} had a record of {customer}"
                assert (customer, system) not in self.diary.buried, f"law 3: people had deleted {customer} in {system}"
                there.add(customer)

    # ----------------------------------------------------------------------------------------------- its hands

    def _sync(self, wanted: Wanted, watcher: Watcher | None = None, *, clears: bool = True) -> dict[str, Any]:
        self._tell(f"sync {wanted}")
        before = {system: self._living(system) for system in STREAMS}
        with self.here.hub() as hub:
            result = sync(hub, wanted, watcher).to_json()
        self._no_new_double(before)
        failed = {error["system"] for error in result["errors"]}
        internal = [error for error in result["errors"] if error["code"] == "internal"]
        assert not internal, f"law 7: {internal}"
        assert failed <= {self.faulty}, f"law 7: {result['errors']}"
        if clears and not failed:
            self.diary.unpulled.clear()
        return result

    def _living(self, system: str) -> list[Stored]:
        book = self.here.running.sandboxes[system].book
        found = [one for one in book.all(STREAMS[system]) if one.deleted_at is None and customer_of(one)]
        return sorted(found, key=lambda one: (one.created_at, one.record_id))

    def _pick(self, place: int) -> Stored:
        living = [one for system in STREAMS for one in self._living(system)]
        if not living:
            self.make_a_record("c1", "zoho_crm")
            return self._pick(place)
        return living[place % len(living)]

    def _write_word(self, stored: Stored, name: str) -> None:
        self.words += 1
        value = f"wx_word{self.words}" if name == "wechat" else f"职务{self.words}"
        self._edit(stored, {WORDS[_system_of(stored)][name]: value})
        self.diary.edited(customer_of(stored), where(stored), name, value)

    def _edit(self, stored: Stored, values: dict[str, Any]) -> None:
        self._tell(f"edit {'/'.join(where(stored))} {values}")
        kept = {name: value for name, value in values.items() if value is not None}
        self._act(stored, {"set": kept, "clear": [name for name in values if name not in kept]})

    def _act(self, stored: Stored, act: dict[str, Any]) -> None:
        self.here.minute += 1
        at = (datetime.now(UTC) + timedelta(seconds=self.here.minute)).isoformat()
        place = {"system": _system_of(stored), "stream": stored.stream, "id": stored.record_id, "at": at}
        self.here.control("/_edit", {**place, **act})

    def _tell(self, what: str) -> None:
        self.diary.story.append(what)


def customer_of(stored: Stored) -> str:
    """Return the customer whose mail a record shows; "" for none of them (an agent)."""
    for name in ("Email", "email"):
        if str(stored.values.get(name, "")).lower() in MAIL:
            return MAIL[str(stored.values[name]).lower()]
    return ""


def where(stored: Stored) -> tuple[str, str]:
    """Return a record's system and id."""
    return _system_of(stored), stored.record_id


def _system_of(stored: Stored) -> str:
    return next(system for system, stream in STREAMS.items() if stream == stored.stream)


def _people() -> list[TypedIn]:
    kinds = {"zoho_crm": "contact", "fxiaoke": "contact", "zendesk": "user"}
    return [
        typed(system, kinds[system], customer, {**values, "full_name": values["family"] + values["given"]})
        for customer, values in CUSTOMERS.items()
        for system in HOME[customer]
    ]


def _as_typed(system: str, values: dict[str, Any]) -> dict[str, Any]:
    full, phone = values["family"] + values["given"], values.get("mobile") or values.get("phone")
    if system == "zoho_crm":
        names = {"Last_Name": values["family"], "First_Name": values["given"]}
        return {**names, "Email": values["email"], "Mobile" if "mobile" in values else "Phone": phone}
    if system == "fxiaoke":
        return {"name": full, "email": values["email"], "mobile1" if "mobile" in values else "tel1": phone}
    return {"name": full, "email": values["email"], "phone": phone}


def _impatient(document: Any) -> None:
    for system in document["systems"].values():
        system["config"]["read_timeout"] = 3


def _found(hub: Hub) -> dict[tuple[str, str], tuple[NormalisedRow, Profile]]:
    """Return every living person's record with its profile, by system and id."""
    vault = hub.store.vault
    with hub.store.read() as connection:
        page = profiles.page(connection, vault, None, 500, "person")
        by_id = {one.profile_id: one for one in page}
        rows = records.of_profiles(connection, vault, list(by_id))
    return {
        (row.system, row.record_id): (row, by_id[row.profile_id or ""]) for row in rows.values() if row.state == "live"
    }


def _shown(system: ConfiguredSystem, record_id: str) -> dict[str, FieldState] | None:
    """Return what a record shows now, by the system's own API and the hub's own mapping."""
    stream = STREAMS[system.name]
    (record,) = system.fetch(stream, [record_id])
    emitted = pull(system.mappings[stream], dict(record)).emits
    return dict(emitted[0].fields) if emitted else None


def rejected(hub: Hub) -> int:
    """Return how many writes were refused for good."""
    with hub.store.read() as connection:
        return len(outbox.in_state(connection, hub.store.vault, [outbox.REJECTED]))
