"""The last reports of `match train` and `match evaluate`, kept for those who look at the model.

Room: flows. Ids of records, fields, levels and bits; never a customer's value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from ulid import ULID

from flows.hub import Hub
from flows.profile_view import instant
from golden_record.store import findings
from golden_record.store.findings import Finding

Kind = Literal["match_train", "match_evaluate"]
KINDS: Final[tuple[Kind, ...]] = ("match_train", "match_evaluate")
KEPT: Final = 5
"""Reports kept of each kind and entity."""
LISTED: Final = 50
"""Problems of labels, and pairs, that a kept report names at most."""


def keep_report(hub: Hub, kind: Kind, report: Mapping[str, Any], *, author: str) -> None:
    """Keep a report as that entity's newest."""
    entity = str(report["entity"])
    said = {name: one[:LISTED] if isinstance(one, list) and name in _LONG else one for name, one in report.items()}
    with hub.store.write() as connection:
        found = Finding(str(ULID()), kind, entity, hub.now(), {"author": author, "report": said})
        findings.keep(connection, hub.store.vault, found)
        findings.forget(connection, kind, entity, KEPT)


_LONG: Final = frozenset({"problems", "false_merges", "misses"})


def reports_json(hub: Hub, entity: str) -> dict[str, Any]:
    """Return the kept reports on an entity's model.

    Returns:
        `{"trained": [{"at", "author", "report"}], "evaluated": […]}`, the newest first; `report` is what
        `match train --json` and `match evaluate --json` printed.
    """
    with hub.store.read() as connection:
        trained, evaluated = (findings.newest(connection, hub.store.vault, kind, entity, KEPT) for kind in KINDS)
    return {"entity": entity, "trained": list(map(_json, trained)), "evaluated": list(map(_json, evaluated))}


def _json(found: Finding) -> dict[str, Any]:
    return {"at": instant(found.at), **found.body}
