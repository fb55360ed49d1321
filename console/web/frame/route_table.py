"""Which route asks for which act: read off the app itself. Room: console; for docs/access.md and its tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from console.access.acts import Act
from console.web.frame.needs import Needs, OpenToAll


@dataclass(frozen=True, slots=True)
class Declared:
    """One route: what it asks for, or why it is open to all. Neither: nobody has thought of it."""

    method: str
    path: str
    act: Act | None
    open_because: str

    @property
    def is_for_programs(self) -> bool:
        """Whether it is of the API."""
        return self.path.startswith(("/api", "/metrics"))


def declared(app: FastAPI) -> list[Declared]:
    """Return every route of the app by path."""
    found = []
    for route in iter_route_contexts(app.routes):
        needed = [one.call for one in _all(route.dependant)] if route.dependant is not None else []
        act = next((one.act for one in needed if isinstance(one, Needs)), None)
        why = next((one.why for one in needed if isinstance(one, OpenToAll)), "")
        found += [Declared(method, route.path or "", act, why) for method in sorted(route.methods or {"GET"})]
    return sorted(found, key=lambda one: (one.path, one.method))


def _all(dependant: Dependant) -> Iterator[Dependant]:
    for one in dependant.dependencies:
        yield one
        yield from _all(one)
