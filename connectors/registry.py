"""Which connectors are there, and what does each offer?

Room: connectors. A connector is a folder here that holds a `source.py`, or a package that someone else registered
under the entry-point group `crmhub.connectors` (name -> package). A folder wins over an entry point of its name.
Nothing is imported before it is asked for.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar

import connectors
from connectors.consent import Consent
from connectors.contract import Delivery, Post, Removal, Writer
from connectors.ports import Limit
from connectors.settings import ConnectorSettings
from connectors.source import HubSource

ENTRY_POINTS = "crmhub.connectors"

Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True)
class Connector:
    """What one connector offers; *writer* and *receive* are None where nothing can be written or is ever posted."""

    name: str
    package: str
    settings: type[ConnectorSettings]
    source: type[HubSource]
    writer: Callable[..., Writer] | None
    receive: Callable[[Post, Any], Delivery] | None
    limits: Callable[[Any], tuple[Limit, ...]]
    has_sandbox: bool
    consent: Consent | None = None
    """How the vendor lets an account's owner agree; None where credentials are made otherwise."""

    @property
    def removals(self) -> Mapping[str, Removal]:
        """How its writer can take records out of a stream; empty where it cannot."""
        found: Mapping[str, Removal] = getattr(self.writer, "removals", {})
        return found


class UnknownConnector(LookupError):
    """No connector has this name."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        self.name, self.known = name, known
        self.suggestion = next(iter(get_close_matches(name, known, n=1)), None)
        meant = f" Did you mean {self.suggestion}?" if self.suggestion else ""
        super().__init__(f"there is no connector {name!r}.{meant} Known: {', '.join(known)}.")


class BrokenConnector(Exception):
    """A connector is there but cannot be used; says which module is wrong and how."""

    def __init__(self, name: str, module: str, why: str) -> None:
        self.name, self.module, self.why = name, module, why
        super().__init__(f"connector {name}: {module} {why}. Repair or reinstall the package that brings it.")


def names() -> tuple[str, ...]:
    """Return the names of all connectors, sorted."""
    return tuple(sorted(_packages()))


def connector(name: str) -> Connector:
    """Load one connector.

    Raises:
        UnknownConnector: there is none of this name; carries the nearest one.
        BrokenConnector: it lacks its settings or source, or fails to import.
    """
    packages = _packages()
    if name not in packages:
        raise UnknownConnector(name, tuple(sorted(packages)))
    package = packages[name]
    return Connector(
        name=name,
        package=package,
        settings=_class(name, f"{package}.settings", "Settings", ConnectorSettings),
        source=_class(name, f"{package}.source", "Source", HubSource),  # type: ignore[type-abstract]
        writer=_optional(name, f"{package}.writer", "Writer"),
        receive=_optional(name, f"{package}.webhook", "receive"),
        limits=_limits(name, f"{package}.client"),
        has_sandbox=_is_there(name, f"{package}.sandbox"),
        consent=_optional(name, f"{package}.grant", "CONSENT"),
    )


def no_limits(_settings: Any) -> tuple[Limit, ...]:  # noqa: ANN401 (any connector's settings)
    """Return the limits of a connector without a client of its own: none."""
    return ()


def _packages() -> dict[str, str]:
    return _packages_in(entry_points, tuple(connectors.__path__))


@lru_cache(maxsize=8)
def _packages_in(registered_points: Callable[..., Iterable[EntryPoint]], paths: tuple[str, ...]) -> dict[str, str]:
    """Look once: going through every installed package takes some 20 ms, and a project asks for each of its systems."""
    registered = {point.name: point.value for point in registered_points(group=ENTRY_POINTS)}
    folders = [found.name for found in pkgutil.iter_modules(paths) if found.ispkg]
    own = {name: f"connectors.{name}" for name in folders if _is_there(name, f"connectors.{name}.source")}
    return registered | own


def _is_there(name: str, module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ImportError as error:
        raise BrokenConnector(name, module, f"cannot be imported ({error})") from error


def _class(name: str, module: str, attribute: str, kind: type[Kind]) -> type[Kind]:
    found = _attribute(name, module, attribute)
    if not (isinstance(found, type) and issubclass(found, kind)):
        raise BrokenConnector(name, module, f"has no class {attribute} made from {kind.__name__}")
    return found


def _limits(name: str, module: str) -> Callable[[Any], tuple[Limit, ...]]:
    """Return what a client says of its account's limits; one that says nothing of them has none."""
    found = getattr(importlib.import_module(module), "limits", None) if _is_there(name, module) else None
    return found or no_limits


def _optional(name: str, module: str, attribute: str) -> Any:  # noqa: ANN401 (the caller's field has the type)
    return _attribute(name, module, attribute) if _is_there(name, module) else None


def _attribute(name: str, module: str, attribute: str) -> Any:  # noqa: ANN401 (whatever the module holds)
    try:
        return getattr(importlib.import_module(module), attribute)
    except ImportError as error:
        raise BrokenConnector(name, module, f"cannot be imported ({error})") from error
    except AttributeError as error:
        raise BrokenConnector(name, module, f"has no {attribute}") from error
