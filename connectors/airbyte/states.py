"""Airbyte's three kinds of state, kept stream by stream as the hub keeps cursors, and put together again. Pure.

A state of one stream is that stream's. One of the whole source (global, or of the legacy kind) covers every stream:
each keeps a copy with the number of its place in the run, and the oldest copy is the one that is given back: after a
kill some streams may have kept a newer one than others, and going on from it would skip what the others have not got.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Kept = dict[str, Any]


def split(state: Mapping[str, Any], streams: Sequence[str], number: int) -> Iterator[tuple[str, Kept]]:
    """Yield (stream, what it keeps) of a state message; *number* grows with each message of a source's life."""
    kind = state.get("type") or ("LEGACY" if "data" in state else "STREAM")
    if kind == "STREAM":
        one = state.get("stream") or {}
        name = (one.get("stream_descriptor") or {}).get("name")
        if isinstance(name, str) and name in streams:
            yield name, {"kind": "stream", "state": one.get("stream_state")}
        return
    if kind == "GLOBAL":
        said = state.get("global") or {}
        whole = {"kind": "global", "number": number, "global": said}
    else:
        whole = {"kind": "legacy", "number": number, "data": state.get("data")}
    for name in streams:
        yield name, whole


def complete() -> Kept:
    """Return what a stream keeps that was read whole: the next read begins anew."""
    return {"kind": "complete"}


def joined(kept: Mapping[str, Mapping[str, Any]], namespaces: Mapping[str, str | None]) -> Any:  # noqa: ANN401 (JSON)
    """Return the content of the state file for a read: a list of messages, or the object of the legacy kind."""
    whole = [one for one in kept.values() if one.get("kind") in {"global", "legacy"}]
    if whole:
        oldest = min(whole, key=lambda one: int(one.get("number", 0)))
        if oldest["kind"] == "legacy":
            return oldest.get("data") or {}
        return [{"type": "GLOBAL", "global": oldest.get("global") or {}}]
    return [
        {"type": "STREAM", "stream": {"stream_descriptor": _descriptor(name, namespaces), "stream_state": one["state"]}}
        for name, one in kept.items()
        if one.get("kind") == "stream" and one.get("state") is not None
    ]


def last_number(kept: Mapping[str, Mapping[str, Any]]) -> int:
    """Return the largest number given so far."""
    return max((int(one.get("number", 0)) for one in kept.values()), default=0)


def _descriptor(name: str, namespaces: Mapping[str, str | None]) -> dict[str, str]:
    namespace = namespaces.get(name)
    return {"name": name, **({"namespace": namespace} if namespace else {})}
