"""What is wrong with this installation, each with its cure. Changes nothing.

Room: flows. A check that rests on one that failed says so and does not guess.
"""

from __future__ import annotations

import os
import platform
import shutil
import stat
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path

from flows import doctor_around
from flows.hub import open_hub
from flows.inspect import check
from flows.project import Project, ProjectBroken, read_project
from flows.schedules import schedules_of
from golden_record.errors import GoldenRecordError
from golden_record.store import health, pauses
from golden_record.store.engine import Store
from golden_record.vault import KeyRing, load_key_ring

LEAST_DISK = 1_000_000_000
"""Bytes that should be free where the project lies: room for the store to double and for a rehearsal's copy."""
FORGOTTEN = timedelta(days=1)
"""A pause without an end that is older was perhaps forgotten."""
_PACKAGES = ("crmhub", "airbyte-cdk", "prefect", "fastapi", "sqlalchemy", "pydantic", "typer")
_TELEMETRY = {"DO_NOT_TRACK": {"1", "true"}, "PREFECT_SERVER_ANALYTICS_ENABLED": {"false", "0"}}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    message: str
    cure: str = ""


@dataclass
class Diagnosis:
    """All checks. *misconfigured*: the project's own YAML cannot be used."""

    checks: list[Check] = field(default_factory=list)
    misconfigured: bool = False

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return all(check.ok for check in self.checks)


def diagnose(folder: Path, variables: Mapping[str, str], *, reach: bool) -> Diagnosis:
    """Look at everything; *reach*: sign in to the systems too."""
    found = Diagnosis()
    found.checks += [_versions(), _disk(folder), _handles(), _telemetry(variables)]
    project = _project(found, folder, variables)
    if project is None:
        return found
    found.checks += [*_mappings(project), _key_mode(project, variables), *_around(project, variables)]
    ring = _key(found, project, variables)
    if ring is not None and _store(found, project, ring) and reach:
        with open_hub(folder, variables) as hub:
            for name, said in check(list(hub.systems.values()))["systems"].items():
                found.checks.append(Check(f"system {name}", said["ok"], said["message"]))
    return found


def _versions() -> Check:
    python = platform.python_version()
    try:
        named = ", ".join(f"{name} {metadata.version(name)}" for name in _PACKAGES)
    except metadata.PackageNotFoundError as gone:
        return Check("versions", ok=False, message=f"{gone.name} is not installed", cure="Install crmhub again.")
    return Check("versions", sys.version_info >= (3, 11), f"Python {python}, {named}", "Use Python 3.11 or later.")


def _disk(folder: Path) -> Check:
    place = next((one for one in (folder, *folder.resolve().parents) if one.exists()), Path("/"))
    free = shutil.disk_usage(place).free
    ok = free >= LEAST_DISK
    return Check("disk", ok, f"{free / 1e9:.1f} GB free", "" if ok else "Make room where the project lies.")


def _handles() -> Check:
    most = doctor_around.handles()
    ok = most >= doctor_around.LEAST_HANDLES or most < 0
    cure = f"Allow at least {doctor_around.LEAST_HANDLES} (ulimit -n, LimitNOFILE)."
    return Check("file handles", ok, f"{most} at once" if most >= 0 else "as many as are needed", "" if ok else cure)


def _around(project: Project, variables: Mapping[str, str]) -> list[Check]:
    schedules = schedules_of(project.hub)
    found = [
        Check("alerts", ok=True, message=doctor_around.told(project.hub)),
        Check("schedules", ok=True, message=", ".join(f"{one.name}: {one.cron}" for one in schedules) or "none"),
    ]
    answers = doctor_around.prefect_answers(variables)
    if answers is not None:
        cure = "Start it, or correct PREFECT_API_URL; webhooks and `crmhub sync` go on without it."
        message = "answers" if answers else "the server of PREFECT_API_URL does not answer"
        found.append(Check("prefect", answers, message, "" if answers else cure))
    return found


def _telemetry(variables: Mapping[str, str]) -> Check:
    """Prefect and others send nothing where these say so; the command line sets them for itself."""
    wrong = [name for name, off in _TELEMETRY.items() if name in variables and variables[name].casefold() not in off]
    if wrong:
        return Check("telemetry", ok=False, message=f"{wrong[0]} turns it on", cure=f"Unset {wrong[0]}.")
    return Check("telemetry", ok=True, message="off")


def _project(found: Diagnosis, folder: Path, variables: Mapping[str, str]) -> Project | None:
    try:
        project = read_project(folder, variables)
    except ProjectBroken as broken:
        found.misconfigured = True
        for mistake in broken.mistakes:
            where = f"{mistake.file}:{mistake.line}: {mistake.path}".rstrip(": ")
            found.checks.append(Check("config", ok=False, message=f"{where}: {mistake.message}", cure=mistake.cure))
        return None
    doubts = "".join(f"; {one.path}: {one.message}. {one.cure}" for one in project.warnings)
    found.checks.append(Check("config", ok=True, message=f"{len(project.hub.systems)} systems{doubts}"))
    return project


def _mappings(project: Project) -> list[Check]:
    bad = [
        Check(f"mapping {system}/{stream}", ok=False, message=f"{one.file}:{one.line}: {one.message}", cure=one.cure)
        for (system, stream), mistakes in project.broken.items()
        for one in mistakes[:1]
    ]
    return bad or [Check("mappings", ok=True, message=f"{len(project.mappings)} streams are mapped")]


def _key_mode(project: Project, variables: Mapping[str, str]) -> Check:
    file = project.folder / project.hub.key_file
    if variables.get("CRMHUB_KEY") or not file.exists() or os.name != "posix":
        return Check("key file", ok=True, message="not read by others")
    others = stat.S_IMODE(file.stat().st_mode) & 0o077
    message = "others may read it" if others else "only its owner may read it"
    return Check("key file", not others, message, f"chmod 600 {file}" if others else "")


def _key(found: Diagnosis, project: Project, variables: Mapping[str, str]) -> KeyRing | None:
    try:
        ring = load_key_ring(project.folder / project.hub.key_file, variables.get("CRMHUB_KEY"))
    except GoldenRecordError as error:
        found.checks.append(Check("key", ok=False, message=error.what, cure=error.cure))
        return None
    found.checks.append(Check("key", ok=True, message=f"{len(ring.sealing)} in the ring"))
    return ring


def _pauses(store: Store, now: datetime) -> Check:
    """A paused system is no fault; one that somebody forgot is."""
    with store.read() as connection:
        standing = pauses.standing(connection, store.vault, now)
    if not standing:
        return Check("pauses", ok=True, message="no system is paused")
    said = "; ".join(
        f"{name} is paused by {one.author} since {one.at:%Y-%m-%d %H:%M} UTC" for name, one in sorted(standing.items())
    )
    forgotten = [name for name, one in sorted(standing.items()) if one.until is None and now - one.at > FORGOTTEN]
    return Check("pauses", not forgotten, said, f"`crmhub systems resume {forgotten[0]}`" if forgotten else "")


def _store(found: Diagnosis, project: Project, ring: KeyRing) -> bool:
    """Check the store step by step; stop at the first that fails."""
    steps: tuple[tuple[str, str, Callable[[Store], object]], ...] = (
        ("store", "reachable", health.version_of),
        ("schema", "as this program wants it", health.check_version),
        ("store key", "the key is the store's", health.check_key),
        ("store write", "writable", health.check_writable),
        ("clock", "as the store's", doctor_around.clock),
    )
    name = "store"
    try:
        with health.unopened(project.hub.store, ring, base=project.folder) as store:
            for name, message, step in steps:
                step(store)
                found.checks.append(Check(name, ok=True, message=message))
            found.checks.append(_pauses(store, datetime.now(UTC)))
    except health.StoreNotMade as error:
        found.checks.append(Check("store", ok=True, message=f"{error.what}; {error.cure}"))
        return False
    except GoldenRecordError as error:
        found.checks.append(Check(name, ok=False, message=error.what, cure=error.cure))
        return False
    return True
