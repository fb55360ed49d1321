"""Reading chosen records: batches by id or by external id, with what is needed of their identities."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from connectors.errors import SkipRecord
from connectors.zendesk.client import BATCH
from connectors.zendesk.records import IDENTITIES, USERS, by_user, gone, id_of, is_id, marked, with_identities

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from connectors.zendesk.client import Client

log = logging.getLogger(__name__)


class Reading:
    """Reads records as the hub knows them."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def raw(self, stream: str, ids: Sequence[str], *, by: str = "ids") -> dict[str, dict[str, Any]]:
        """Return the records that are there, by id, in Zendesk's own shape.

        Users come with their identities where the account side-loads them; see `whole` for where it does not.
        """
        wanted = stream == USERS and self._client.settings.identities
        found: dict[str, dict[str, Any]] = {}
        for start in range(0, len(ids), BATCH):
            chunk = ids[start : start + BATCH]
            answer = self._client.show_many(stream, chunk, by=by, include=IDENTITIES if wanted else None)
            records = usable(self._client.system, stream, answer.get(stream))
            loaded = answer.get(IDENTITIES)
            if wanted and isinstance(loaded, list):
                owned = by_user(loaded)
                found |= {one: with_identities(record, owned.get(one, ())) for one, record in records}
            else:
                found |= dict(records)
        return found

    def whole(self, stream: str, record: dict[str, Any]) -> dict[str, Any]:
        """Return *record* with its identities, by a call of its own where no side-load brought them."""
        if stream != USERS or IDENTITIES in record:
            return record
        try:
            return with_identities(record, self._identities(str(record["id"])))
        except SkipRecord:  # deleted between the two calls, or of a kind that has no identities
            return with_identities(record, ())

    def marked(self, stream: str, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return *record* as a pull gives it."""
        return marked(stream, record, include_staff=self._client.settings.include_staff)

    def shown(self, stream: str, record: dict[str, Any]) -> dict[str, Any]:
        """Return *record* whole and marked: the full record as `fetch` gives it."""
        return self.marked(stream, self.whole(stream, record) if self._client.settings.identities else record)

    def fetch(self, stream: str, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Yield each of *ids* once, as a pull gives it; gone ones with the deletion mark."""
        for start in range(0, len(ids), BATCH):
            chunk = list(dict.fromkeys(ids[start : start + BATCH]))
            found = self.raw(stream, [one for one in chunk if is_id(one)])
            for record_id in chunk:
                record = found.get(record_id)
                yield self.shown(stream, record) if record else gone(record_id, now())

    def _identities(self, user_id: str) -> list[dict[str, Any]]:
        """Return a user's identities, all pages."""
        params: dict[str, Any] = {"page[size]": BATCH}
        kept: list[dict[str, Any]] = []
        while True:
            answer = self._client.get(f"users/{user_id}/identities", params, stream=USERS)
            kept += [one for one in answer.get(IDENTITIES) or () if isinstance(one, dict)]
            meta = answer.get("meta") if isinstance(answer.get("meta"), dict) else {}
            after = meta.get("after_cursor") if meta else None
            if not meta or not meta.get("has_more") or not after or after == params.get("page[after]"):
                return kept
            params["page[after]"] = after


def usable(system: str, stream: str, records: object) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (id, record) for every record that has an id; name the others and go on."""
    for place, record in enumerate(records if isinstance(records, list) else ()):
        record_id = id_of(record)
        if record_id is None:
            log.warning("%s/%s: skipped a record without a usable id (place %d of its page)", system, stream, place)
        else:
            yield record_id, record


def now() -> str:
    """Return the time in Zendesk's own form."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
