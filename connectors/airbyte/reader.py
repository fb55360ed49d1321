"""One stream of an Airbyte source, for what the protocol has no word for: single records."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

from connectors.airbyte import states
from connectors.airbyte.catalog import KEY, Offered, configured
from connectors.airbyte.run import Ending, SourceProgram
from connectors.cells import key_text
from connectors.contract import Page, Record

PAGE = 500


class AirbyteReader:
    """A `connectors.contract.StreamReader` of one stream. The hub pulls by `Source.read`: all streams in one run."""

    reads_through = True

    def __init__(self, program: SourceProgram, stream: Offered) -> None:
        self.name, self.stream = stream.name, stream
        self.primary_key = KEY if len(stream.key) > 1 else (stream.key[0][-1] if stream.key else "id")
        self._program = program

    @property
    def cursor_field(self) -> str | None:
        """The field that changes are followed by, where the source names one."""
        field = self.stream.described.get("default_cursor_field") or []
        return str(field[0]) if self.stream.incremental and field else None

    def schema(self) -> Mapping[str, Any]:
        """Return the schema that the source describes."""
        return dict(self.stream.described.get("json_schema") or {})

    def read(self, state: Mapping[str, Any] | None) -> Generator[Page, None, None]:
        """Yield the stream's records and states from *state* on; a source's own state, wrapped as `states` keeps it."""
        catalog = configured([self.stream])
        whole = catalog["streams"][0]["sync_mode"] != "incremental"
        given = {self.name: state} if state and not whole else {}
        number = states.last_number(given)
        batch: list[Record] = []
        for message in self._program.read(catalog, states.joined(given, {self.name: self.stream.namespace}), Ending()):
            if message["type"] == "RECORD" and message["record"].get("stream") == self.name:
                batch.append(self.stream.with_key(message["record"]["data"]))
            elif message["type"] == "STATE" and not whole:
                number += 1
                for _, kept in states.split(message["state"], [self.name], number):
                    yield Page(batch, kept)
                    batch = []
            if len(batch) >= PAGE:
                yield Page(batch)
                batch = []
        yield Page(batch, states.complete() if whole else None)

    def fetch(self, ids: Sequence[str]) -> Iterator[Record]:
        """Read the stream from its beginning until all are found: the protocol knows no other way.

        What is not met is not concluded to be gone.
        """
        wanted = set(ids)
        with closing(self.read(None)) as pages:
            for page in pages:
                for record in page.records:
                    if key_text(record.get(self.primary_key)) in wanted:
                        wanted.discard(str(key_text(record.get(self.primary_key))))
                        yield record
                if not wanted:
                    return
