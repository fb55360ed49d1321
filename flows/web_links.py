"""Where a record stands on its system's own pages, so that a steward can look at it there.

Room: flows. hub.yaml says where the system is in a browser (`web`), the stream's mapping where a record is in it
(`web: /tab/Contacts/{id}`). Nothing is asked of the system.
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from flows.hub import Hub

HERE = "{id}"


def link_to(hub: Hub, system: str, stream: str, record_id: str) -> str | None:
    """Return the address of a record's page; None where the project does not say where that is.

    A record whose id is itself a personal value is kept under a hash, which no system knows.
    """
    known = hub.systems.get(system)
    mapping = known.mappings.get(stream) if known is not None else None
    if known is None or mapping is None or mapping.web is None or record_id.startswith("#"):
        return None
    path = mapping.web.replace(HERE, quote(record_id, safe=""))
    if urlsplit(path).scheme:
        return path
    return None if known.config.web is None else known.config.web.rstrip("/") + "/" + path.lstrip("/")
