"""Take back what the hub wrote in a run that somebody asks for: shown first, carried out by the worker, progress kept.

Room: flows. The reason is kept sealed; `runs` names only what is taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ulid import ULID

from flows.hub import Hub
from flows.profile_view import Show
from flows.run_progress import noting
from flows.sync import finish, start
from flows.tally import Tally
from flows.undo_writes import Taking, carry_out_undo, plan_undo, writes_named
from golden_record.errors import NotDecidable
from golden_record.store import findings, leases, outbox, runs
from golden_record.store.findings import Finding
from golden_record.store.outbox import Write

KIND: Final = "undo"
SHOWN: Final = 100
"""Writes that would follow, and parts that are left alone, named one by one; all are counted."""
_WORD: Final = "undo_word"


def undo_preview(hub: Hub, name: str, show: Show) -> dict[str, Any] | None:
    """Return what taking back a write, or a run's writes, would come to now; None where it names neither.

    Returns:
        `{"of", "systems", "total", "back", "created", "writes": […], "left_alone": [{"system", "stream", "record_id",
        "field", "why"}], "left": {why: n}, "refused"}`; *total* writes were made, *back* of them put back.
        *refused*: why nothing can be taken back at all.
    """
    try:
        writes = writes_named(hub, name)
    except NotDecidable as wrong:
        return _nothing(name, [], wrong)
    if not writes:
        return None
    try:
        taking = plan_undo(hub, writes, run_id=str(ULID()), author="", reason="")
    except NotDecidable as wrong:
        return _nothing(name, writes, wrong)
    return _shown(hub, name, writes, taking, show)


def _nothing(name: str, writes: Sequence[Write], wrong: NotDecidable) -> dict[str, Any]:
    systems = sorted({one.system for one in writes})
    return {
        "of": name,
        "systems": systems,
        "total": len(writes),
        "back": 0,
        "released": 0,
        "writes": [],
        "left_alone": [],
        "left": {},
        "refused": str(wrong),
    }


def _shown(hub: Hub, name: str, writes: Sequence[Write], taking: Taking, show: Show) -> dict[str, Any]:
    said = taking.to_json(hub, show)
    left: dict[str, int] = {}
    for one in taking.left_alone:
        left[one.why] = left.get(one.why, 0) + 1
    return {
        "of": name,
        "systems": sorted({one.system for one in writes}),
        "total": len(writes),
        "back": len(taking.writes),
        "released": sum(1 for one in taking.holds if not one.fields),
        "writes": said["writes"][:SHOWN],
        "left_alone": said["left_alone"][:SHOWN],
        "left": dict(sorted(left.items())),
        "refused": "" if taking.holds else "nothing of it can be taken back",
    }


def systems_written(hub: Hub, name: str) -> list[str]:
    """Return the systems that a run, or a write, wrote to."""
    with hub.store.read() as connection:
        one = outbox.get(connection, hub.store.vault, name)
        found = [one] if one is not None else outbox.of_run(connection, hub.store.vault, name)
    return sorted({write.system for write in found})


def ask_for_undo(hub: Hub, name: str, *, by: str, reason: str) -> str:
    """Note that a write, or a run's writes, shall be taken back; return the run that does it.

    Raises:
        NotDecidable: it names nothing that was written, or all of it was taken back already.
    """
    writes = writes_named(hub, name)
    if not writes:
        raise NotDecidable(f"{name} is no run that wrote, and no write", "See `crmhub runs` and `crmhub outbox list`")
    if not plan_undo(hub, writes, run_id=str(ULID()), author=by, reason=reason).holds:
        raise NotDecidable("nothing of it can be taken back", "Its page says why, part by part")
    run_id = str(ULID())
    with hub.store.write() as connection:
        word = Finding(run_id, _WORD, name, hub.now(), {"by": by, "reason": reason})
        findings.keep(connection, hub.store.vault, word)
        runs.ask(connection, run_id, KIND, {"undo": name}, hub.now())
    return run_id


def carry_out_asked(hub: Hub, run_id: str, name: str, *, wait: float) -> None:
    """Carry out an undo that was asked for: what can be taken back of it by then.

    Raises:
        LeaseHeld: a sync held the work for longer than *wait*; the run waits on.
        NotDecidable: nothing of it can be taken back any more.
    """
    with hub.store.read() as connection:
        word = findings.get(connection, hub.store.vault, run_id)
    if word is None:
        raise NotDecidable("nobody's word stands behind it", "Ask for it again")
    by, reason = word.body["by"], word.body["reason"]
    taking = plan_undo(hub, writes_named(hub, name), run_id=run_id, author=by, reason=reason)
    if taking.holds:
        carry_out_undo(hub, taking, run_id, noting(hub, run_id), wait=wait)
        return
    tally = Tally(run_id)
    with leases.hold(hub.store, "sync", wait=wait):
        start(hub, tally, KIND)
        finish(hub, tally, "ok")
