"""Start sandboxes: the one call behind `crmhub sandbox`, the demo and the test fixtures.

with start_sandboxes(["zoho_crm", "zendesk"], customers=100, seed=1) as running:
    running.describe()   # {"control": URL, "systems": {name: {"base_url", "config"}}}
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from connectors.population.dealings import dealings
from connectors.population.make import make_population
from connectors.sandboxes import state as kept
from connectors.sandboxes.clock import VirtualClock
from connectors.sandboxes.contract import Change, Sandbox, SandboxOptions
from connectors.sandboxes.control import ControlPort
from connectors.sandboxes.dated import Dated
from connectors.sandboxes.faults import FaultBoard, FaultRule
from connectors.sandboxes.misbehave import Misbehaving
from connectors.sandboxes.serve import LoopThread, bind, url_of
from connectors.sandboxes.stats import Counted, Stats
from connectors.sandboxes.webhooks import Subscriptions

if TYPE_CHECKING:
    import socket

    from connectors.population.contract import TypedIn

Builder = Callable[[SandboxOptions], Sandbox]

SAVED_EVERY = 5.0
"""Seconds between two writings of a state that is kept, so that a killed process loses little."""


@dataclass(frozen=True, slots=True)
class _Served:
    sandbox: Sandbox
    stats: Stats
    subscriptions: Subscriptions
    base_url: str


class RunningSandboxes:
    """Simulators that answer over HTTP until `stop` (or the end of the `with` block).

    *sandboxes* gives the simulators by name; their books belong to the server's thread: look, but change them over
    the control port only.
    """

    def __init__(
        self,
        served: Mapping[str, _Served],
        control_url: str,
        clock: VirtualClock,
        loop: LoopThread,
        state: Path | None,
    ) -> None:
        self.control_url, self.clock = control_url, clock
        self.sandboxes = {name: one.sandbox for name, one in served.items()}
        self._served, self._loop, self._state = served, loop, state

    def describe(self) -> dict[str, Any]:
        """Return the JSON that `crmhub sandbox` prints: where the control port and each system are, and its config."""
        systems = {
            name: {"base_url": one.base_url, "config": dict(one.sandbox.config)} for name, one in self._served.items()
        }
        return {"control": self.control_url, "systems": systems}

    def stop(self) -> None:
        """End the servers and keep the state where a folder was given. A second call does nothing."""
        self._loop.stop()
        if self._state is not None:
            for one in self._served.values():
                kept.save(self._state, one.sandbox)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()


def start_sandboxes(  # noqa: PLR0913 (what can be chosen, all named)
    names: Sequence[str],
    customers: int,
    seed: int,
    port: int = 0,
    limits: Literal["real", "off"] = "off",
    switches: Mapping[str, Mapping[str, str]] | None = None,
    faults: Sequence[Mapping[str, Any]] | None = None,
    state: Path | None = None,
    *,
    population: Sequence[TypedIn] | None = None,
    builders: Mapping[str, Builder] | None = None,
) -> RunningSandboxes:
    """Build and serve the simulators *names*, and return when all answer.

    Args:
        names: systems with a folder in connectors/ (or in *builders*).
        customers: how many true customers stand behind the records.
        seed: ids, secrets, population and the chance in faults follow from it.
        port: of the control port, the systems follow on the next ones in their order; 0: any free ones.
        limits: whether vendors' rate limits, quotas and waiting rules hold.
        switches: system -> the uncertain behaviours to choose otherwise.
        faults: rules as `POST /_faults` takes them.
        state: folder to take the books from and to keep them in.
        population: records to use instead of those that *customers* and *seed* make.
        builders: simulators to use instead of `connectors.<name>.sandbox`.

    Raises:
        OSError: a port is taken.
        ValueError: a switch is of a system that is not served, or is unknown, or has no such value.
        ModuleNotFoundError: there is no such system.
        pydantic.ValidationError: a fault rule is wrong.
    """
    if strangers := sorted(set(switches or ()) - set(names)):
        raise ValueError(f"{', '.join(strangers)} is not served; served are {', '.join(names)}")
    rules = [FaultRule.model_validate(rule) for rule in faults or ()]
    if population is None:
        population = make_population(customers, seed, names)
        population = (*population, *dealings(population, seed))
    clock, loop, board = VirtualClock(), LoopThread(), FaultBoard(seed, rules)
    control_socket, *sockets = [bind(port and port + place) for place in range(len(names) + 1)]
    served: dict[str, _Served] = {}
    try:
        for name, listening in zip(names, sockets, strict=True):
            mine = [record for record in population if record.system == name]
            options = SandboxOptions(url_of(listening), seed, clock, mine, limits, (switches or {}).get(name, {}))
            served[name] = _serve(loop, listening, _builder(name, builders)(options), board, state)
    except BaseException:
        for one in (control_socket, *sockets):
            one.close()
        raise
    loop.add(_control(served, board, clock).app(), control_socket)
    if state is not None:
        loop.also(partial(_save_now_and_then, served, state))
    loop.start()
    return RunningSandboxes(served, url_of(control_socket), clock, loop, state)


def _builder(name: str, builders: Mapping[str, Builder] | None) -> Builder:
    if builders and name in builders:
        return builders[name]
    build: Builder = importlib.import_module(f"connectors.{name}.sandbox").build
    return build


def _serve(
    loop: LoopThread, listening: socket.socket, sandbox: Sandbox, board: FaultBoard, state: Path | None
) -> _Served:
    if state is not None:
        kept.load(state, sandbox)
    stats, subscriptions = Stats(), Subscriptions(sandbox)
    sandbox.book.listeners += [stats.note, subscriptions.note]
    faulty = Misbehaving(sandbox.app, sandbox, board, loop.stopping)
    loop.add(Dated(Counted(faulty, stats, sandbox.writes), sandbox.book.clock), listening)
    loop.also(subscriptions.deliver)
    return _Served(sandbox, stats, subscriptions, url_of(listening))


def _control(served: Mapping[str, _Served], board: FaultBoard, clock: VirtualClock) -> ControlPort:
    return ControlPort(
        {name: one.sandbox for name, one in served.items()},
        {name: one.stats for name, one in served.items()},
        {name: one.subscriptions for name, one in served.items()},
        board,
        clock,
    )


async def _save_now_and_then(served: Mapping[str, _Served], state: Path) -> None:
    """Keep every book that changed since it was last kept."""
    seen: dict[str, list[Change]] = {name: [] for name in served}
    for name, one in served.items():
        kept.save(state, one.sandbox)
        one.sandbox.book.listeners.append(seen[name].append)
    while True:
        await asyncio.sleep(SAVED_EVERY)
        for name, changes in seen.items():
            if changes:
                changes.clear()
                kept.save(state, served[name].sandbox)
