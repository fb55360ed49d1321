"""`kill -9` at each transition of the outbox, for each kind of write, in each system: nothing twice, nothing lost."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.sandboxes.book import Stored
from flows.outbox_acts import retry
from golden_record.store import outbox
from tests.system.customers import mail, person
from tests.system.laws.cast import DESKS
from tests.system.strikes import Strike, start_struck
from tests.system.world import World, typed, world, written

WRITES: Mapping[str, Mapping[str, dict[str, str]]] = {
    "zoho_crm": {
        "update": {"method": "PUT", "path": "/Contacts$"},
        "create": {"method": "POST", "path": "/Contacts/upsert"},
    },
    "fxiaoke": {
        "update": {"method": "POST", "path": "data/update"},
        "create": {"method": "POST", "path": "data/create"},
    },
    "zendesk": {
        "update": {"method": "PUT", "path": "users/update_many"},
        "create": {"method": "POST", "path": "users/create_many"},
    },
    "freshdesk": {
        "update": {"method": "PUT", "path": "/contacts/"},
        "create": {"method": "POST", "path": "/v2/contacts$"},
    },
    "zoho_desk": {
        "update": {"method": "PATCH", "path": "/contacts/"},
        "create": {"method": "POST", "path": "/v1/contacts$"},
    },
    "udesk": {
        "update": {"method": "PUT", "path": "update_customer"},
        "create": {"method": "POST", "path": "/customers$"},
    },
}
"""The call that writes, by system and kind of write."""
KINDS = ("update", "create")
FAULTS: Mapping[str, dict[str, Any]] = {
    "unknown": {"kind": "stored_then_timeout", "count": 1},
    "retry_at": {"kind": "status", "status": 429, "count": 20},
    "rejected": {"kind": "status", "status": 400, "count": 20},
}
"""What brings a write into a state that it does not come into by itself."""
NO_PERMISSION = {"data": [{"code": "NO_PERMISSION", "status": "error", "message": "no permission", "details": {}}]}
BODIES: Mapping[str, Any] = {"zoho_crm": {"rejected": {"body": NO_PERMISSION}}}
"""What a system says that takes an answer without a result for each record for none."""
MEDDLED = "superseded"
"""The state that a write comes into where a person was faster."""
PLAIN = ("planned", "sending", "confirmed")
MOST_CALLS = 12


def cases(system: str, kind: str) -> Iterator[Strike]:
    """Yield a strike for each transition, before and after it is kept."""
    for state in (*PLAIN, *FAULTS, MEDDLED):
        for before in (True, False):
            yield Strike(system, kind, state, before)


@dataclass
class Bench:
    """A world of two systems: people work in *partner*, the hub writes into *system* and is killed there."""

    here: World
    system: str
    partner: str
    customers: int = 0
    titles: dict[int, str] = field(default_factory=dict)

    def enter(self) -> int:
        """Let a person enter a new customer in the partner system."""
        number, self.customers = self.customers, self.customers + 1
        self.here.edit(self.partner, DESKS[self.partner].stream, None, **typed_in(self.partner, number))
        return number

    def retitle(self, number: int, system: str, title: str) -> None:
        """Let a person write a title."""
        desk = DESKS[system]
        self.here.running.clock.advance(1)
        (record,) = self.of(system, number)
        self.here.control("/_edit", self._edit(system, record.record_id, {desk.words["job_title"]: title}))
        self.titles[number] = title

    def _edit(self, system: str, record_id: str | None, values: Mapping[str, Any]) -> dict[str, Any]:
        place = {"system": system, "stream": DESKS[system].stream, "set": dict(values)}
        return place if record_id is None else {**place, "id": record_id}

    def of(self, system: str, number: int) -> list[Stored]:
        """Return a system's living records of a customer."""
        book = self.here.running.sandboxes[system].book
        living = [one for one in book.all(DESKS[system].stream) if one.deleted_at is None]
        return [
            one for one in living if str(one.values.get("Email") or one.values.get("email")).lower() == mail(number)
        ]

    def title(self, system: str, number: int) -> Any:
        """Return the title that a system shows."""
        (record,) = self.of(system, number)
        value: Any = record.values
        for part in DESKS[system].words["job_title"].split("."):
            value = (value or {}).get(part)
        return value

    def meddling(self, kind: str, number: int) -> tuple[str, bytes]:
        """Return the edit with which a person is faster than the hub: the same record, or one of the same customer."""
        if kind == "create":
            body = self._edit(self.system, None, typed_in(self.system, number))
        else:
            (record,) = self.of(self.system, number)
            # Where an API has no version, only an edit of the same field is in the way.
            words = DESKS[self.system].words
            body = self._edit(
                self.system, record.record_id, {words["wechat"]: f"wx_{number}", words["job_title"]: f"抢先{number}"}
            )
        return self.here.running.control_url + "/_edit", json.dumps(body).encode()

    def killed(self, strike: Strike) -> bool:
        """Run a sync that *strike* is to kill; tell whether it did."""
        process = start_struck(["sync", "--project", str(self.here.folder)], self.here.folder / "struck", strike)
        process.join(120)
        assert process.exitcode is not None, f"the sync hangs: {strike}"
        return process.exitcode == -signal.SIGKILL

    def recover(self) -> None:
        """Let the hub go on as it does, and let a person send again what a system had refused."""
        self.here.control("/_faults", [])
        self.here.late += timedelta(minutes=20)
        self.here.settle()
        with self.here.hub() as hub:
            with hub.store.read() as connection:
                refused = outbox.in_state(connection, hub.store.vault, [outbox.REJECTED])
            for write in refused:
                retry(hub, write.write_id)
        self.here.settle()


def typed_in(system: str, number: int) -> dict[str, Any]:
    """Return a customer as a person types them in."""
    one = person(number)
    rows: dict[str, dict[str, Any]] = {
        "zoho_crm": {"Last_Name": one["family"], "First_Name": one["given"], "Email": one["email"]},
        "zoho_desk": {"lastName": one["family"], "firstName": one["given"], "email": one["email"]},
        "udesk": {"nick_name": one["full_name"], "email": one["email"]},
    }
    phone = {"zoho_crm": "Mobile", "zoho_desk": "mobile", "fxiaoke": "mobile1", "freshdesk": "mobile"}
    row = rows.get(system, {"name": one["full_name"], "email": one["email"]})
    return {
        **row,
        **({"phones": [one["mobile"]]} if system == "udesk" else {phone.get(system, "phone"): one["mobile"]}),
    }


@contextmanager
def bench(folder: Path, system: str) -> Iterator[Bench]:
    """Start a world for one system."""
    partner = "fxiaoke" if system == "zoho_crm" else "zoho_crm"
    people = [typed(name, DESKS[name].kind, "0", person(0)) for name in (partner, system)]
    with world(folder, people, systems=(partner, system), push={"fuse": 1000}) as here:
        here.change_yaml("hub.yaml", impatient)
        here.settle()
        yield Bench(here, system, partner, customers=1)


def impatient(document: Any) -> None:
    for system in document["systems"].values():
        system["config"]["read_timeout"] = 2


def survive(on: Bench, strike: Strike) -> bool:
    """Make *strike* meet its write; then nothing is there twice, nothing is lost, and all comes to rest."""
    number = on.enter()
    if strike.kind == "update":
        on.here.settle()
        on.retitle(number, on.partner, f"职务{number}")
    if strike.state == MEDDLED:
        strike = Strike(
            strike.system, strike.kind, strike.state, strike.before, meddle=on.meddling(strike.kind, number)
        )
    if fault := FAULTS.get(strike.state):
        said = BODIES.get(on.system, {}).get(strike.state, {})
        on.here.control("/_faults", [{"system": on.system, **fault, **said, **WRITES[on.system][strike.kind]}])
    hit = on.killed(strike)
    on.retitle(number, on.partner, f"后来{number}")
    on.recover()
    assert len(on.of(on.system, number)) == 1, f"{strike}: the customer is there twice"
    assert on.title(on.system, number) == on.titles[number], f"{strike}: an edit is lost"
    if strike.meddle is not None and strike.kind == "update":
        assert f"wx_{number}" in json.dumps(on.of(on.partner, number)[0].values), f"{strike}: the faster edit is lost"
    on.here.control("/_stats/reset", {})
    assert written(on.here.sync()) == 0, f"{strike}: not at rest"
    assert not any(on.here.writes().values()), f"{strike}: not at rest"
    return hit


@pytest.mark.slow
def test_a_kill_at_each_transition_of_a_write_leaves_nothing_twice_and_nothing_lost(tmp_path: Path) -> None:
    with bench(tmp_path, "zoho_crm") as on:
        for kind in KINDS:
            for state in ("sending", "confirmed", "unknown"):
                assert survive(on, Strike("zoho_crm", kind, state)), f"{kind} never came to {state}"


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("system", sorted(WRITES))
def test_every_transition_of_every_kind_in_every_system(tmp_path: Path, system: str, kind: str) -> None:
    with bench(tmp_path, system) as on:
        never = [strike for strike in cases(system, kind) if not survive(on, strike)]
    assert never == []


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("system", sorted(WRITES))
def test_every_call_behind_a_claimed_write(tmp_path: Path, system: str, kind: str) -> None:
    with bench(tmp_path, system) as on:
        hits = [survive(on, Strike(system, kind, calls=calls)) for calls in range(1, MOST_CALLS)]
    assert hits[0]
    assert not hits[-1], "more calls than were tried"
