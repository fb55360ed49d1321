"""Can we sign in to the systems and read, and what do they offer? Room: flows. Reads the systems, writes nowhere."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from airbyte_cdk.models import AirbyteStream, Status

from connectors.errors import ConnectorError
from flows.hub import ConfiguredSystem, makes_in
from golden_record.errors import GoldenRecordError

log = logging.getLogger(__name__)


def check(systems: Sequence[ConfiguredSystem]) -> dict[str, Any]:
    """Sign in to each system and make one cheap read: `{"systems": {name: {"ok", "message"}}}`."""
    with ThreadPoolExecutor(max_workers=max(1, len(systems)), thread_name_prefix="check") as pool:
        found = list(pool.map(_check, systems))
    return {"systems": dict(zip((system.name for system in systems), found, strict=True))}


def _check(system: ConfiguredSystem) -> dict[str, Any]:
    try:
        answer = system.source().check(log, system.written)
    except (ConnectorError, GoldenRecordError) as error:
        return {"ok": False, "message": str(error)}
    except Exception as error:
        log.debug("%s cannot be checked", system.name, exc_info=True)
        message = f"{type(error).__name__}: a mistake in crmhub or its connector; run again with --debug and report it"
        return {"ok": False, "message": message}
    missing = [stream for stream in system.config.streams if stream not in system.mappings]
    message = answer.message or ("reached" if answer.status == Status.SUCCEEDED else "the check failed")
    if missing:
        message += f"; no usable mapping for {', '.join(missing)}: crmhub mapping lint"
    ok = answer.status == Status.SUCCEEDED
    if not ok:
        return {"ok": False, "message": message}
    said, stopped = _creating(system)
    return {"ok": not stopped, "message": f"{message}{said}"}


def _creating(system: ConfiguredSystem) -> tuple[str, bool]:
    """Say what the system lacks for records to be made, and whether that stops what hub.yaml asks for."""
    if system.config.push is None:
        return "", False
    try:
        found = system.source().lacking(system.settings)
    except ConnectorError as error:
        return f"; whether records can be made could not be seen: {error}", False
    said = "".join(f"; creating needs {one.what} in {', '.join(one.streams)}: {one.cure}" for one in found)
    return said, any(makes_in(system, stream) for one in found for stream in one.streams)


def prepare(systems: Sequence[ConfiguredSystem]) -> dict[str, Any]:
    """Make in each system what pushing needs: `{"systems": {name: {"ok", "made", "message"}}}`."""
    return {"systems": {system.name: _prepare(system) for system in systems}}


def _prepare(system: ConfiguredSystem) -> dict[str, Any]:
    try:
        made = list(system.source().prepare(system.settings))
    except (ConnectorError, GoldenRecordError) as error:
        return {"ok": False, "made": [], "message": str(error)}
    return {"ok": True, "made": made, "message": "; ".join(made) or "nothing was lacking"}


def discover(system: ConfiguredSystem) -> dict[str, Any]:
    """Ask a system for its streams and fields, and say which of them the hub's mappings read.

    Raises:
        ConnectorError: it cannot be reached.
    """
    catalog = system.source().discover(log, system.written)
    return {"system": system.name, "streams": [_stream(system, stream) for stream in catalog.streams]}


def _stream(system: ConfiguredSystem, stream: AirbyteStream) -> dict[str, Any]:
    mapping = system.mappings.get(stream.name)
    fields = list(_fields(stream.json_schema))
    every = {field["name"]: None for field in fields}
    read = mapping.mapped_paths(every) if mapping is not None else {}
    key = stream.source_defined_primary_key or []
    return {
        "stream": stream.name,
        "configured": stream.name in system.config.streams,
        "mapped": mapping is not None,
        "key": key[0][0] if key else None,
        "cursor": next(iter(stream.default_cursor_field or ()), None),
        "fields": [field | {"mapped": field["name"] in read} for field in fields],
    }


def _fields(schema: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, described in (schema.get("properties") or {}).items():
        shape = described if isinstance(described, Mapping) else {}
        kinds = shape.get("type")
        kinds = [kind for kind in kinds if kind != "null"] if isinstance(kinds, list) else [kinds]
        yield {"name": name, "type": "|".join(str(kind) for kind in kinds if kind), "label": shape.get("title")}
