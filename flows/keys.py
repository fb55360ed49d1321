"""The key ring of a project: what it holds and what was sealed with what; a new key; keys that nothing needs any more.

Room: flows. Rotating replaces the key that seals. The key of the lookup hashes stays: every reference in the store
is made with it, so that a new one means a new store (restore into one with `sync --full`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.project import read_project
from flows.project_secrets import ProjectSecrets
from golden_record.errors import KeyTrouble
from golden_record.store import leases, sealing_keys
from golden_record.store.engine import Store, open_store
from golden_record.vault import KeyRing, load_key_ring, replace_key_ring, write_key_ring

_IN_ENVIRONMENT = "CRMHUB_KEY"


@dataclass(frozen=True, slots=True)
class Keys:
    """*current*: the id of the key that seals; *values*: key id -> how many values it has sealed."""

    current: str
    values: Mapping[str, int]
    sealed_anew: int = 0
    retired: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the JSON of `crmhub keys … --json`: ids and counts, never a key."""
        return {
            "current": self.current,
            "values": dict(self.values),
            "sealed_anew": self.sealed_anew,
            "retired": list(self.retired),
        }


def keys_shown(folder: Path, variables: Mapping[str, str]) -> Keys:
    """Count what is sealed with which key."""
    with _opened(folder, variables) as (store, ring, _file):
        return _counted(store, ring)


def rotate(folder: Path, variables: Mapping[str, str], progress: Callable[[str, int], None]) -> Keys:
    """Mint a key and seal every value anew with it; one that was cut off is ended first, with the key it had minted.

    The older keys stay in the ring until `retire`: what other processes sealed meanwhile, and backups, need them.

    Raises:
        KeyTrouble: the ring lies in the environment, where it cannot be replaced.
        LeaseHeld: somebody else is rotating.
    """
    with _opened(folder, variables) as (store, ring, file), leases.hold(store, "keys"):
        used = sealing_keys.count_by_key(store)
        if not set(used) - {ring.current}:
            replace_key_ring(_only_a_file(file), ring.with_new_key())
    with _opened(folder, variables) as (store, ring, _file), leases.hold(store, "keys"):
        anew = sealing_keys.seal_all_anew(store, ring.current, progress)
        ProjectSecrets(folder, variables).seal_anew(ring)
        found = _counted(store, ring)
        return Keys(found.current, found.values, sealed_anew=anew)


def retire(folder: Path, variables: Mapping[str, str]) -> Keys:
    """Take the keys out of the ring that no value of the store was sealed with; each stays in a file beside it.

    Raises:
        KeyTrouble: the ring lies in the environment, where it cannot be replaced.
    """
    with _opened(folder, variables) as (store, ring, file), leases.hold(store, "keys"):
        used = sealing_keys.count_by_key(store)
        unused = frozenset(set(ring.sealing) - set(used) - {ring.current})
        if unused:
            path = _only_a_file(file)
            _put_aside(path, ring, unused)
            replace_key_ring(path, ring.without(unused))
        return Keys(ring.current, used, retired=tuple(sorted(unused)))


def _put_aside(path: Path, ring: KeyRing, names: frozenset[str]) -> None:
    """Keep what is retired beside the key file: a backup, or a process that was not restarted, may still need it."""
    for name in sorted(names):
        aside = path.with_name(f"{path.name}.retired-{name}")
        if not aside.exists():
            write_key_ring(aside, KeyRing({name: ring.sealing[name]}, name, ring.index))


def _counted(store: Store, ring: KeyRing) -> Keys:
    used = sealing_keys.count_by_key(store)
    return Keys(ring.current, {name: used[name] for name in sorted(set(ring.sealing) | set(used))})


def _only_a_file(file: Path | None) -> Path:
    if file is None:
        raise KeyTrouble(
            f"the key ring lies in {_IN_ENVIRONMENT}, which this command cannot change",
            f"Put it into the key file of hub.yaml, unset {_IN_ENVIRONMENT}, rotate, and take the file's text back",
        )
    return file


@contextmanager
def _opened(folder: Path, variables: Mapping[str, str]) -> Iterator[tuple[Store, KeyRing, Path | None]]:
    """Yield the store, the ring, and the ring's file (None: it lies in the environment)."""
    project = read_project(folder, variables)
    file = folder / project.hub.key_file
    said = variables.get(_IN_ENVIRONMENT)
    ring = load_key_ring(file, said)
    store = open_store(project.hub.store, ring, base=folder)
    try:
        yield store, ring, None if said else file
    finally:
        store.close()
