"""Jinshuju's entries: 50 a page in the order of their serial numbers, which are the cursor.

There is no "updated since": an edit is told by a post, or found by reading the last serial numbers again (`rescan`).
Reading goes on at the last number itself, whether the API's `next` includes it or not.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from connectors.errors import SkipRecord, TryAgain
from connectors.web_forms.json_body import objects
from connectors.web_forms.pulls.contract import Place, Pull
from connectors.web_forms.senders.jinshuju import submission
from connectors.web_forms.submission import STREAM, Submission

if TYPE_CHECKING:
    from connectors.web_forms.client import Client
    from connectors.web_forms.settings import Settings

log = logging.getLogger(__name__)

MISSING = "404"


class Jinshuju:
    """Reads one account's forms and entries. A place is `{"serial": 59}`, the highest number read."""

    def __init__(self, client: Client, settings: Settings, now: Callable[[], datetime]) -> None:
        self._client, self._settings = client, settings
        del now

    def forms(self) -> Iterator[str]:
        """Yield the tokens of all forms that the key sees."""
        following = ""
        while True:
            answer = self._client.get("/forms", {"next": following} if following else {})
            yield from (one["token"] for one in objects(answer.get("data")) if isinstance(one.get("token"), str))
            if not answer.get("next") or str(answer["next"]) == following:
                return
            following = str(answer["next"])

    def titles(self, form_id: str) -> Mapping[str, str]:
        """Return the labels of a form's fields, by `field_n` or the key that the owner chose."""
        found: dict[str, str] = {}
        for described in objects(self._client.get(_form(form_id)).get("fields")):
            for key, field in described.items():  # each item is an object of one key
                found[key] = str(field.get("label") or "") if isinstance(field, Mapping) else ""
        return found

    def read(self, form_id: str, place: Place) -> Iterator[tuple[Sequence[Submission], dict[str, Any]]]:
        """Yield entries in the order of their serial numbers, those of the last `rescan` numbers once more."""
        reached = _number(place.get("serial"))
        start = max(0, reached - self._settings.rescan)
        following: int | None = start
        while following is not None:
            asked = following
            answer = self._client.get(f"{_form(form_id)}/entries", {"next": asked} if asked else {})
            found = [one for one in (self._submission(item, form_id) for item in objects(answer.get("data"))) if one]
            reached = max([reached, *(int(one.submission_id) for one in found if one.submission_id.isdigit())])
            yield found, {"serial": reached}
            following = _number(answer.get("next")) or None
            if following is not None and following <= asked:
                raise TryAgain(
                    "the list of entries does not move on",
                    system=self._client.system,
                    stream=STREAM,
                    code="paging",
                    cure="The hub tries again at the next run; if it stays, report it with the form's token.",
                )

    def named(self, form_id: str, ids: Sequence[str]) -> Iterator[tuple[str, Submission | None]]:
        """Yield these entries, one call each. A form that is not the key's answers 404 as well: that is asked first."""
        known = False
        for serial in dict.fromkeys(ids):
            try:
                item = self._client.get(f"{_form(form_id)}/entries/{quote(serial, safe='')}")
            except SkipRecord as refused:
                if refused.code != MISSING:
                    raise
                if not known:
                    self._client.get(_form(form_id))
                    known = True
                yield serial, None
            else:
                known = True
                yield serial, self._submission(item, form_id)

    def _submission(self, item: Mapping[str, Any], form_id: str) -> Submission | None:
        inner = item.get("entry")
        found = submission(inner if isinstance(inner, Mapping) else item, form_id)
        if found is None:
            log.warning("an entry of form %s carries no serial number; skipped", form_id)
        return found


def _form(form_id: str) -> str:
    return f"/forms/{quote(form_id, safe='')}"


def _number(value: object) -> int:
    """Return a serial number that the API or a state gives as number or text; 0 where it is none."""
    return int(str(value)) if isinstance(value, int | str) and str(value).isdigit() else 0


PULL = Pull(Jinshuju, "https://jinshuju.net/api/v1", 5)
