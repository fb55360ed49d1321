"""Bring stored records to the mapping in force: a job that can be stopped anywhere and goes on where it stood.

Room: flows. Each record carries the version of the mapping that read it, so what is left to do is known from the store
alone. Records whose paths the store does not hold are read from their system, just those, by id. Until a record has
been read under the mapping in force, nothing is written to it (docs/decisions/0016-edited-mappings.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from connectors.errors import ConnectorError
from flows.hub import ConfiguredSystem, Hub
from flows.mapping_versions import InForce, finished, load
from flows.pull import Progress, read_records, silent
from flows.tally import Tally, Trouble
from golden_record.landing import Stream
from golden_record.remapping import remap
from golden_record.store import source_records
from golden_record.store.engine import CHUNK
from golden_record.store.source_records import chunks, ref_of


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the job has to do for one stream.

    *records* stored records that another version of the mapping read; of these, *fetch* must be read from the system,
    for *paths* that the store does not hold.
    """

    system: str
    stream: str
    records: int
    fetch: int
    paths: tuple[str, ...]


def forecast(hub: Hub, systems: Iterable[ConfiguredSystem] | None = None) -> list[Forecast]:
    """Return what the job would have to do now, by stream; nothing for streams whose mapping is in force throughout."""
    return list(_forecasts(hub, hub.systems.values() if systems is None else systems))


def _forecasts(hub: Hub, systems: Iterable[ConfiguredSystem]) -> Iterator[Forecast]:
    remembered = load(hub.store, hub.project.mappings)
    for system in systems:
        for name, mapping in system.mappings.items():
            if remembered[system.name, name].done == mapping.version:
                continue
            with hub.store.read() as connection:
                found = source_records.versions(connection, system.name, name)
            found.pop(mapping.version, None)
            stream, fetch, paths = system.landing(name), 0, dict[str, None]()
            for version, count in found.items():
                earlier = stream.earlier(version)
                fetch += count if stream.lacks(version) else 0
                paths |= dict.fromkeys(earlier.lacks if earlier is not None else ("(not remembered)",))
            if found:
                yield Forecast(system.name, name, sum(found.values()), fetch, tuple(paths))


def remap_system(  # noqa: PLR0913 (whose records, and who is told)
    hub: Hub,
    system: ConfiguredSystem,
    remembered: Mapping[tuple[str, str], InForce],
    tally: Tally,
    *,
    fetch: bool,
    progress: Progress = silent,
) -> None:
    """Bring one system's records to its mappings in force; *fetch*: also those that must be read from it.

    The caller holds the system's lease, and has put the mappings in force. What fails is noted in *tally*.
    """
    for name, mapping in system.mappings.items():
        key = (system.name, name)
        if remembered[key].done == mapping.version:
            continue
        if _Job(hub, system, name, tally, progress).run(fetch=fetch):
            finished(hub.store, key, remembered[key])


def reads_through(system: ConfiguredSystem, stream: str) -> bool:
    """Whether asking for some records of a stream reads all of it (connectors/contract.py): then it is done once."""
    return bool(getattr(system.readers().get(stream), "reads_through", False))


class _Job:
    """The job for one stream."""

    def __init__(self, hub: Hub, system: ConfiguredSystem, name: str, tally: Tally, progress: Progress) -> None:
        self.hub, self.system, self.name, self.tally, self.progress = hub, system, name, tally, progress
        self.stream: Stream = system.landing(name)
        self.counts = tally.remapped(system.name, name)

    def run(self, *, fetch: bool) -> bool:
        """Do what can be done; return whether nothing is left."""
        after: bytes | None = b""
        at_once = fetch and reads_through(self.system, self.name)
        waiting: list[str] = []
        while after is not None:
            page = remap(self.hub.store, self.stream, now=self.hub.now(), after=after)
            self.counts.read += page.read
            self.counts.changed += page.changed
            self._unusable(page.unusable)
            after = page.last
            waiting += page.to_fetch
            if waiting and (after is None or not at_once):
                fetch = fetch and self._fetch(waiting)
                self.counts.left += 0 if fetch else len(waiting)
                waiting = []
            self.progress(self.system.name, f"{self.name} (mapping)", self.counts.read)
        if self.counts.left:
            self._say_left()
        return not self.counts.left

    def _fetch(self, ids: list[str]) -> bool:
        """Read these records from their system; return whether it answered.

        A record that the system does not give (a form entry that was posted, and can be asked for nowhere) is read
        from what was kept.
        """
        landed = Tally(self.tally.run_id)
        try:
            read_records(self.hub, self.system, self.name, ids, landed)
        except ConnectorError as error:
            self.tally.error(error, self.system.name, self.name)
            return False
        finally:
            counts = landed.stream(self.system.name, self.name)
            self.counts.fetched += counts.read
            self.counts.changed += counts.changed
            self.tally.system(self.system.name).calls += landed.system(self.system.name).calls
        refs = [ref_of(self.hub.store.vault, self.system.name, self.name, one) for one in ids]
        for part in chunks(refs, CHUNK):
            kept = remap(self.hub.store, self.stream, now=self.hub.now(), only=part, unfetched=True)
            self.counts.read += kept.read
            self.counts.changed += kept.changed
            self.counts.not_given += kept.read
            self._unusable(kept.unusable)
        return True

    def _unusable(self, ids: list[str]) -> None:
        """Name records that the mapping reads no more: most often, `key` names another field now."""
        self.counts.left += len(ids)
        for record_id in ids:
            what = "the edited mapping does not find this record's id in what is kept of it"
            cure = (
                "Correct `key:`. A stream whose key changes is another stream: give it a system of its own in hub.yaml."
            )
            self.tally.trouble(Trouble(self.system.name, self.name, record_id, "mapping_key", what, cure))

    def _say_left(self) -> None:
        what = f"{self.counts.left:,} records wait to be read under the edited mapping; nothing is written to them"
        cure = f"They are read with the next `crmhub sync {self.system.name}` that reaches the system."
        self.tally.trouble(Trouble(self.system.name, self.name, None, "mapping_waits", what, cure))
