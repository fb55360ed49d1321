"""The hub of one project, wired: store, rules, and each system with its connector. The one place where all is made.

Room: flows. Nothing here signs in or reads a system; that happens when a source or a writer is used.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from connectors import registry
from connectors.contract import Record, StreamReader, Writer
from connectors.ports import TokenStore
from connectors.registry import Connector
from connectors.source import HubSource
from flows.accounts import StoreBudget, StoreTokens
from flows.circuit_breaker import CircuitBreaker
from flows.contracts import under_contract
from flows.counting import CountingBudget, ShareOf
from flows.hub_config import Push, System
from flows.mapping_versions import Memory, refused
from flows.models_in_force import models_in_force
from flows.not_answering import keep_silence
from flows.project import Project, read_project
from flows.tracing import flush_traces, start_tracing
from golden_record.computed import Computation, Unit, word
from golden_record.departed import UNLINK
from golden_record.landing import GradeOf, Stream
from golden_record.matching.model import Model
from golden_record.priority import Pressure
from golden_record.rules import EntityRules, Returns, Rules
from golden_record.store.engine import Store, open_store
from golden_record.survive import Policy, Rule
from golden_record.vault import load_key_ring
from mapping.compile import CompiledMapping
from mapping.computed_fields import Computed
from mapping.field_types import registry as field_types
from mapping.grades import grade_record
from mapping.profile_fields import Profile, ProfileField
from mapping.pull import pull
from mapping.values import Json

log = logging.getLogger(__name__)

READERS_KEPT = 300.0
"""Seconds for which single records are read with what was learned of the system's fields: a new one is seen by then."""


@dataclass
class ConfiguredSystem:
    """One system of the project, ready to be pulled and written.

    *written* is its connector's configuration, *settings* the same, checked. *summed*: stream -> the relations by which
    computed fields read what it yields.
    """

    name: str
    config: System
    connector: Connector
    written: Mapping[str, Any]
    settings: Any
    tokens: TokenStore
    budget: CountingBudget
    mappings: Mapping[str, CompiledMapping]
    memory: Memory
    summed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    _mine: threading.local = field(default_factory=threading.local, init=False, repr=False, compare=False)

    def source(self) -> HubSource:
        """Make its source; it may use all that is left of the account's calls."""
        return self.connector.source(self.tokens, self.budget)

    def pull_source(self) -> HubSource:
        """Make the source of a pull, which leaves the others their share."""
        return self.connector.source(self.tokens, ShareOf(self.budget, self.config.calls.pull))

    def readers(self) -> dict[str, StreamReader]:
        """Return its streams' readers by name."""
        return {reader.name: reader for reader in self.source().readers(self.settings)}

    def fetch(self, stream: str, ids: Sequence[str]) -> Iterator[Record]:
        """Read just these records.

        A thread goes on with the readers that it made at most READERS_KEPT ago: they know by then what the system's
        fields are, which is a call of its own for every event else.
        """
        now = time.monotonic()
        made: tuple[float, dict[str, StreamReader]] | None = getattr(self._mine, "readers", None)
        if made is None or now - made[0] > READERS_KEPT:
            made = self._mine.readers = (now, self.readers())
        return made[1][stream].fetch(ids)

    def writer(self) -> Writer | None:
        """Make its writer; None where nothing can be written."""
        if self.connector.writer is None:
            return None
        budget = ShareOf(self.budget, self.config.calls.push)
        return self.connector.writer(self.settings, tokens=self.tokens, budget=budget, system=self.name)

    def landing(self, stream: str) -> Stream:
        """Return what landing needs to know of a stream."""
        mapping = self.mappings[stream]
        return Stream(
            self.name,
            stream,
            mapping.version,
            partial(pull, mapping),
            mapping.mapped_paths,
            partial(self.memory.earlier, (self.name, stream), mapping),
            grader(mapping),
            self.summed.get(stream, frozenset()),
            mapping.on_delete,
        )

    @property
    def pushes(self) -> bool:
        """Whether the hub may write here at all."""
        return self.config.push is not None and self.config.push.mode != "report" and self.connector.writer is not None


@dataclass
class Hub:
    """A project's hub."""

    project: Project
    store: Store
    rules: Rules
    systems: Mapping[str, ConfiguredSystem]

    @staticmethod
    def now() -> datetime:
        """Return the time."""
        return datetime.now(UTC)


def grader(mapping: CompiledMapping) -> GradeOf:
    """Return the function that grades what a mapping emits."""
    types = [{name: field.type.name for name, field in emit.fields.items()} for emit in mapping.emits]
    return lambda emitted: grade_record(emitted, types[emitted.emit])


@contextmanager
def open_hub(folder: Path, variables: Mapping[str, str], *, with_models: bool = True) -> Iterator[Hub]:
    """Open the hub of the project in *folder*; closed with the block. Without models, matching.yaml is not looked at.

    Raises:
        ProjectBroken: the project's YAML cannot be used (exit 2).
        GoldenRecordError: the store or its key cannot be used (exit 1).
    """
    project = read_project(folder, variables, with_models=with_models)
    start_tracing(variables)
    read_ring = partial(load_key_ring, folder / project.hub.key_file, variables.get("CRMHUB_KEY"))
    store = open_store(project.hub.store, read_ring(), base=folder, newer=read_ring)
    try:
        project, rules = in_force_of(project, store)
        hub = Hub(project, store, rules, systems_of(project, store))
        yield hub
        for system in hub.systems.values():
            system.budget.flush()
    finally:
        store.close()
        flush_traces()


def in_force_of(project: Project, store: Store) -> tuple[Project, Rules]:
    """Return a project that was read as it may be put in force, and its rules: without what must not follow the last.

    Contracts hold streams or fields back, and a trained model may stand in for matching.yaml.
    """
    project = under_contract(store, project.without(refused(store, project)))
    with store.read() as connection:
        models = {name: one.model for name, one in models_in_force(connection, project.models).items()}
    return project, rules_of(project, models)


def systems_under(project: Project, systems: Mapping[str, ConfiguredSystem]) -> dict[str, ConfiguredSystem]:
    """Return the same systems with the mappings of *project*; tokens and budgets stay the ones that are in use."""
    found = {}
    for name, system in systems.items():
        mappings = {stream: one for (of, stream), one in project.mappings.items() if of == name}
        summed = {stream: _summed(one, project.profile) for stream, one in mappings.items()}
        found[name] = replace(system, mappings=mappings, summed=summed)
    return found


def systems_of(project: Project, store: Store) -> dict[str, ConfiguredSystem]:
    """Make every configured system."""
    made, memory = {}, Memory(store)
    for name, config in project.hub.systems.items():
        connector = registry.connector(config.connector)
        written = config_of(config, connector, project.folder)
        settings = connector.settings.model_validate(written)
        mappings = {stream: one for (system, stream), one in project.mappings.items() if system == name}
        tokens = StoreTokens(store, name)
        made[name] = ConfiguredSystem(
            name,
            config,
            connector,
            written,
            settings,
            tokens,
            _watched(store, name, connector, settings, tokens),
            mappings,
            memory,
            {stream: _summed(one, project.profile) for stream, one in mappings.items()},
        )
    return made


def _watched(store: Store, name: str, connector: Connector, settings: Any, tokens: TokenStore) -> CountingBudget:  # noqa: ANN401 (the connector's own model)
    """Return an account's budget, with the breaker that stops the calls when the system does not answer its probe."""
    breaker = CircuitBreaker(
        name, ask=lambda: connector.source(tokens, budget).probe(settings), keep=partial(keep_silence, store, name)
    )
    budget = CountingBudget(StoreBudget(store, name, connector.limits(settings)), breaker)
    return budget


def _summed(mapping: CompiledMapping, profile: Profile) -> frozenset[str]:
    """Return the relations by which some computed field sums up what a stream yields."""
    entities = {emit.entity for emit in mapping.emits}
    rules = [shape.computed for _entity, _name, shape in profile.walk() if shape.computed is not None]
    return frozenset(rule.by for rule in rules if rule.of in entities)


def computation_of(rule: Computed, options: Mapping[str, Json]) -> Computation:
    """Return a computed field's rule as golden_record works it out."""
    unit = Unit(rule.unit.field, rule.unit.into, rule.unit.rates) if rule.unit else None
    where, only = _wanted(rule.where), _wanted(rule.only)
    days = rule.within_days()
    return Computation(rule.of, rule.by, rule.take, rule.field, where, only, days, rule.date, unit, options)


def _wanted(written: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    return {
        name: frozenset(word(one) for one in (said if isinstance(said, tuple) else (said,)))
        for name, said in written.items()
    }


def config_of(config: System, connector: Connector, folder: Path) -> dict[str, Any]:
    """Return the connector's configuration: as written, and what it is told unless that says otherwise.

    That is `pull.lookback` where it reads back, and the project's folder where it takes paths from there.
    """
    told = {"lookback": config.pull.lookback_seconds(), "project": str(folder)}
    known = connector.settings.model_fields
    return {name: one for name, one in told.items() if one is not None and name in known} | config.config


def rules_of(project: Project, models: Mapping[str, Model]) -> Rules:
    """Gather what resolving needs to know; *models*: those in force."""
    cleared = {
        (system, stream, emit.place, name): one.cleared
        for (system, stream), mapping in project.mappings.items()
        for emit in mapping.emits
        for name, one in emit.fields.items()
    }
    entities = {
        name: EntityRules(
            {one: policy_of(shape) for one, shape in entity.fields.items()},
            {one: field_types.field_type(shape.type) for one, shape in entity.fields.items()},
            models.get(name),
            frozenset(one for one, shape in entity.fields.items() if shape.protect == "plain"),
            {
                one: computation_of(shape.computed, shape.type_options())
                for one, shape in entity.fields.items()
                if shape.computed is not None
            },
            {
                one: Pressure(shape.presses.each, dict(shape.presses.words), shape.presses.at_most)
                for one, shape in entity.fields.items()
                if shape.presses is not None
            },
        )
        for name, entity in project.profile.root.items()
    }
    departments = {name: system.department for name, system in project.hub.systems.items()}
    return Rules(entities, departments, cleared, returns_of(project))


def returns_of(project: Project) -> dict[tuple[str, str, str], Returns]:
    """Return what is done when a customer whose record was deleted is heard of again.

    Asked where records are made, and where a deletion may have archived the customer.
    """
    made = {
        (system, entity)
        for (system, stream), mapping in project.mappings.items()
        if _makes(project.hub.systems[system].push, stream)
        for entity in mapping.create_in
    }
    return {
        (system, stream, emit.entity): mapping.on_return
        for (system, stream), mapping in project.mappings.items()
        for emit in mapping.emits
        if (system, emit.entity) in made or mapping.on_delete != UNLINK
    }


def makes(hub: Hub, system: str, entity: str) -> bool:
    """Whether the hub makes records of an entity in a system."""
    one = hub.systems.get(system)
    streams = one.mappings.items() if one is not None else ()
    return one is not None and any(
        entity in mapping.create_in and _makes(one.config.push, stream) for stream, mapping in streams
    )


def makes_in(system: ConfiguredSystem, stream: str) -> bool:
    """Whether the hub makes records in a stream of a system."""
    mapping = system.mappings.get(stream)
    return mapping is not None and bool(mapping.create_in) and _makes(system.config.push, stream)


def _makes(push: Push | None, stream: str) -> bool:
    return push is not None and push.mode == "create" and push.create != "never" and stream not in push.update_only


def policy_of(shape: ProfileField) -> Policy:
    """Return a field's policy as survivorship reads it."""
    return Policy(
        many=shape.many,
        rules=tuple(Rule(rule.name, rule.systems) for rule in shape.survives),
        owners=shape.owner,
        not_owner=shape.not_owner,
        concurrent=shape.concurrent,
        cleared=shape.cleared,
        stale_days=shape.stale_days(),
        follows=shape.follows,
    )
