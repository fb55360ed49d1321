"""The hub of a process that serves for days: it goes by the project's files as they lie now.

Room: flows. Mappings, profile.yaml and matching.yaml that were edited, a model that was put in force and a change that
was accepted make a new hub, which takes the old one's place as a whole: whoever works with the old one ends with it.
A file that cannot be used leaves the one before in force, and is named. hub.yaml is read at the start alone.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import RLock
from typing import Any

from flows.contracts import waiting
from flows.hub import Hub, in_force_of, systems_under
from flows.project import Project, ProjectBroken, files_of, with_files_of_now
from golden_record.store import trained_models
from mapping.mistakes import Mistake

log = logging.getLogger(__name__)

Stamp = tuple[Any, ...]
"""What tells one state of the project's files from another."""


class HubOfNow:
    """Holds the hub in force. *told* hears of each new one."""

    def __init__(self, hub: Hub, told: Callable[[Hub], None] = lambda _hub: None) -> None:
        self._lock = RLock()
        self._hub, self._told = hub, told
        self._read = _as_read(hub.project)
        self._files = _stamp(hub.project)
        self._hub_yaml = _of(hub.project.folder / "config" / "hub.yaml")
        self._kept = self._what_is_kept()
        self._trouble: tuple[Mistake, ...] = ()

    @property
    def hub(self) -> Hub:
        """The hub in force."""
        return self._hub

    def look(self) -> Hub:
        """Return the hub by what the files say now; the same one where nothing was edited.

        Raises:
            GoldenRecordError: the store is away; the hub stays as it is.
        """
        with self._lock:
            files = _stamp(self._hub.project)
            trouble, read = self._trouble, self._read
            if files != self._files:
                read, trouble = self._read_again()
            kept = self._what_is_kept(read)
            shown = (*trouble, *self._restart())
            if read is not self._read or kept != self._kept or shown != self._hub.project.not_in_force:
                self._put_in_force(replace(read, not_in_force=shown))
            self._read, self._files, self._kept, self._trouble = read, files, kept, trouble
            return self._hub

    def _read_again(self) -> tuple[Project, tuple[Mistake, ...]]:
        try:
            read = with_files_of_now(self._read)
        except ProjectBroken as broken:
            return self._read, broken.mistakes
        before = [one for key, wrong in read.broken.items() if key in read.compiled for one in wrong]
        without = [one for key, wrong in read.broken.items() if key not in read.compiled for one in wrong]
        return read, (*before, *without)

    def _put_in_force(self, read: Project) -> None:
        for one in read.not_in_force:
            if one not in self._hub.project.not_in_force:
                log.error("not in force, what was read before goes on: %s", one)
        project, rules = in_force_of(read, self._hub.store)
        self._hub = Hub(project, self._hub.store, rules, systems_under(project, self._hub.systems))
        log.info("the project was edited: what it says now is in force")
        self._told(self._hub)

    def _what_is_kept(self, read: Project | None = None) -> Stamp:
        """Return what the store says that has to do with what is in force: chosen models, changes that hold fields."""
        store = self._hub.store
        with store.read() as connection:
            chosen = tuple(trained_models.choices(connection))
        return chosen, tuple(waiting(store, read or self._read))

    def _restart(self) -> tuple[Mistake, ...]:
        """Say that hub.yaml waits for a restart, where it was edited."""
        if _of(self._hub.project.folder / "config" / "hub.yaml") == self._hub_yaml:
            return ()
        what, cure = "it was edited; serve goes by what it said at the start", "Restart crmhub serve."
        return (Mistake("config/hub.yaml", 1, "", what, cure, "warning"),)


def _as_read(project: Project) -> Project:
    """Return the project as it was read, with nothing held back."""
    broken = {key: wrong for key, wrong in project.broken.items() if key not in project.compiled}
    return replace(project, mappings=project.compiled, broken=broken)


def _stamp(project: Project) -> Stamp:
    return tuple((str(file), _of(file)) for file in files_of(project))


def _of(file: Path) -> tuple[int, ...]:
    try:
        found = os.stat(file)  # noqa: PTH116 (some forty files at each look)
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino
