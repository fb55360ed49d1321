"""Gravity Forms' entries over WordPress's REST API: in the order of their ids, those changed since the last read.

Asked for with a filter on `date_updated`. A site that does not know this filter gives all entries: more than was asked
for, none too few. The place moves only with the last page, since pages are numbered and entries may come in between.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from connectors.errors import SkipRecord
from connectors.web_forms.json_body import objects
from connectors.web_forms.progress import moment
from connectors.web_forms.pulls.contract import Place, Pull
from connectors.web_forms.senders.gravity_forms import submission, titles
from connectors.web_forms.submission import Submission

if TYPE_CHECKING:
    from connectors.web_forms.client import Client
    from connectors.web_forms.settings import Settings

LARGEST_PAGE = 200
ROOT = "/wp-json/gf/v2"


class GravityForms:
    """Reads one site's forms and entries. A place is `{"until": "2026-01-02T03:04:05Z"}`, the newest change read."""

    def __init__(self, client: Client, settings: Settings, now: Callable[[], datetime]) -> None:
        self._client, self._settings, self._now = client, settings, now

    def forms(self) -> Iterator[str]:
        """Yield the ids of the site's forms."""
        listed = self._client.get(f"{ROOT}/forms")
        yield from (str(one.get("id") or key) for key, one in listed.items() if isinstance(one, Mapping))

    def titles(self, form_id: str) -> Mapping[str, str]:
        """Return the labels of a form's fields and their parts, by field id."""
        return titles(self._client.get(f"{ROOT}/forms/{quote(form_id, safe='')}"))

    def read(self, form_id: str, place: Place) -> Iterator[tuple[Sequence[Submission], dict[str, Any]]]:
        """Yield entries in the order of their ids."""
        until = place.get("until")
        at = moment(until if isinstance(until, str) else None)
        since = at - timedelta(seconds=self._settings.lookback) if at else self._settings.start
        newest, kept = at, {"until": until} if at else {}
        size, page = min(self._settings.page_size, LARGEST_PAGE), 1
        while True:
            answer = self._client.get(f"{ROOT}/forms/{quote(form_id, safe='')}/entries", _query(since, size, page))
            items = objects(answer.get("entries"))
            found = [one for one in (submission(item, form_id) for item in items) if one]
            newest = max([one for one in (newest, *map(moment, (x.revision for x in found))) if one], default=None)
            total = answer.get("total_count")
            total = int(total) if isinstance(total, int | str) and str(total).isdigit() else None
            is_last = len(items) < size if total is None else page * size >= total or not items
            if is_last and newest is not None:
                kept = {"until": min(newest, self._now()).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
            yield found, kept
            if is_last:
                return
            page += 1

    def named(self, form_id: str, ids: Sequence[str]) -> Iterator[tuple[str, Submission | None]]:
        """Yield these entries, one call each; one in the bin counts as gone."""
        for entry_id in dict.fromkeys(ids):
            try:
                item = self._client.get(f"{ROOT}/entries/{quote(entry_id, safe='')}")
            except SkipRecord as refused:
                if refused.code not in {"404", "not_found"}:
                    raise
                yield entry_id, None
            else:
                yield entry_id, submission(item, form_id) if item.get("status", "active") == "active" else None


def _query(since: datetime | None, size: int, page: int) -> dict[str, str | int]:
    search: dict[str, Any] = {"status": "active"}
    if since is not None:
        stamp = since.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        search["field_filters"] = [{"key": "date_updated", "value": stamp, "operator": ">="}]
    return {
        "search": json.dumps(search, separators=(",", ":")),
        "sorting[key]": "id",
        "sorting[direction]": "ASC",
        "paging[page_size]": size,
        "paging[current_page]": page,
    }


PULL = Pull(GravityForms, "", 5)
