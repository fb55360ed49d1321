"""What edited YAML would write before it is in force: a rule, a model, a mapping, the ladder, or all of them at once.

Room: flows. Everything is done for real on a copy of the store that is thrown away: records are read anew, profiles
resolved, writes planned. No system is asked: what an edited mapping newly reads and the store does not hold is left
out.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ulid import ULID

from flows.contracts import under_contract
from flows.hub import Hub, rules_of, systems_of
from flows.in_force import take_in_changes
from flows.mapping_diff import Difference, compare_profiles
from flows.mapping_versions import put_in_force, refused
from flows.models_in_force import models_in_force
from flows.plan import Plan
from flows.plan_sieve import plan_counts
from flows.planning import plan_now, targets_of
from flows.profile_view import Show
from flows.project import Project, read_project
from flows.rehearsal import rehearsed
from golden_record.remapping import remap
from golden_record.resolution.resolve import resolve
from golden_record.store import source_records

CONFIG = "config"


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a candidate comes to.

    *plan*: what would be written under it; *now*: counts of what would be written without it. *profiles*: how many are
    new, changed or gone. *above*: (system, kind, writes, ceiling) where more is planned than one run may write.
    """

    plan: Plan
    now: Mapping[str, Any]
    profiles: Mapping[str, int]
    above: tuple[tuple[str, str, int, int], ...]

    def to_json(self) -> dict[str, Any]:
        """Return what stands under `candidate` beside the plan."""
        names = ("system", "kind", "writes", "ceiling")
        return {
            "profiles": dict(self.profiles),
            "now": dict(self.now),
            "above_ceiling": [dict(zip(names, one, strict=True)) for one in self.above],
        }


def plan_candidate(hub: Hub, folder: Path, variables: Mapping[str, str], names: Sequence[str], show: Show) -> Candidate:
    """Plan under the YAML in *folder*, which stands in for files of the same name in the project's `config/`.

    Args:
        hub: the project's hub as it is in force; nothing in its store or systems is changed.
        folder: holds any of hub.yaml, profile.yaml, matching.yaml and mappings/<system>/<stream>.yaml.
        variables: the environment.
        names: systems whose writes are meant; none: all.
        show: how values are shown.

    Raises:
        ProjectBroken: the YAML cannot be used.
    """
    project = _read(hub, folder, variables)
    now = plan_counts(plan_now(hub, [one for one in hub.systems.values() if not names or one.name in names]))
    with hub.store.read() as connection:
        models = {name: one.model for name, one in models_in_force(connection, project.models).items()}
    candidate = Hub(project, hub.store, rules_of(project, models), systems_of(project, hub.store))
    found = Difference(show, 0)
    with rehearsed(candidate) as copy:
        take_in_changes(copy)
        put_in_force(copy.store, copy.project, copy.now())
        _read_anew(copy)
        resolve(copy.store, copy.rules, str(ULID()), copy.now)
        compare_profiles(hub.store, copy.store, found)
        systems = [one for one in copy.systems.values() if not names or one.name in names]
        plan = plan_now(copy, systems, every=True)
        above = tuple(_above(copy, plan))
    return Candidate(plan, now, {kind: found.profiles[kind] for kind in ("new", "changed", "gone")}, above)


def _read(hub: Hub, folder: Path, variables: Mapping[str, str]) -> Project:
    with _overlaid(hub.project.folder, folder) as whole:
        project = read_project(whole, variables)
    project = replace(project, folder=hub.project.folder)
    return under_contract(hub.store, project.without(refused(hub.store, project)))


@contextmanager
def _overlaid(project: Path, folder: Path) -> Iterator[Path]:
    """Yield a folder with the project's `config/`, and over it the files of *folder*."""
    with tempfile.TemporaryDirectory(prefix="crmhub-candidate-") as made:
        whole = Path(made)
        shutil.copytree(project / CONFIG, whole / CONFIG)
        shutil.copytree(folder, whole / CONFIG, dirs_exist_ok=True)
        yield whole


def _read_anew(copy: Hub) -> None:
    """Bring the copy's records to the candidate's mappings, as far as the store holds what these read."""
    for system in copy.systems.values():
        for name in system.mappings:
            stream = system.landing(name)
            for unfetched in (False, True):
                after: bytes | None = b""
                while after is not None:
                    after = remap(copy.store, stream, now=copy.now(), after=after, unfetched=unfetched).last


def _above(copy: Hub, plan: Plan) -> Iterator[tuple[str, str, int, int]]:
    counts = plan_counts(plan)["writes"]
    for target in targets_of(copy, copy.systems.values()):
        with copy.store.read() as connection:
            records = source_records.count_living(connection, target.name) if target.push.ceilings.by_share else 0
        for kind, writes in sorted(counts.get(target.name, {}).items()):
            ceiling = target.push.ceilings.limit(kind, records)
            if ceiling is not None and writes > ceiling:
                yield target.name, kind, writes, ceiling
