"""Typeform's responses: newest first, paged backwards by token, followed by the time of submission.

`GET /forms`, `GET /forms/{id}`, `GET /forms/{id}/responses`. Two calls a second; a token does not expire by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from connectors.errors import SkipRecord, TryAgain
from connectors.web_forms.json_body import objects
from connectors.web_forms.progress import Progress
from connectors.web_forms.pulls.contract import Place, Pull
from connectors.web_forms.senders.typeform import submission, titles
from connectors.web_forms.submission import STREAM, Submission

if TYPE_CHECKING:
    from connectors.web_forms.client import Client
    from connectors.web_forms.settings import Settings

log = logging.getLogger(__name__)

FORMS_PER_PAGE = 200
IDS_PER_CALL = 100
"""Response ids in one address: 100 of 32 characters stay well below what proxies take (8,000)."""


class Typeform:
    """Reads one account's forms and responses."""

    def __init__(self, client: Client, settings: Settings, now: Callable[[], datetime]) -> None:
        self._client, self._settings, self._now = client, settings, now

    def forms(self) -> Iterator[str]:
        """Yield the ids of all forms that the token sees."""
        page = 1
        while True:
            answer = self._client.get("/forms", {"page": page, "page_size": FORMS_PER_PAGE})
            items = objects(answer.get("items"))
            yield from (one["id"] for one in items if isinstance(one.get("id"), str))
            count = answer.get("page_count")
            if not items or not isinstance(count, int) or page >= count:
                return
            page += 1

    def titles(self, form_id: str) -> Mapping[str, str]:
        """Return the titles of a form's questions, by reference."""
        return titles(self._client.get(f"/forms/{quote(form_id, safe='')}"))

    def read(self, form_id: str, place: Place) -> Iterator[tuple[Sequence[Submission], dict[str, Any]]]:
        """Yield finished responses, newest first; see `progress` for what a place may say."""
        at = Progress.of(place).begin(self._settings.start, self._settings.lookback)
        resumed, restarted = at.before is not None, False
        while True:
            try:
                answer = self._page(form_id, at)
            except SkipRecord:  # the response that paging stood at may have been deleted since
                if at.before is None or restarted:
                    raise
                at = Progress(until=at.until).begin(self._settings.start, self._settings.lookback)
                resumed, restarted = False, True
                continue
            found = list(self._submissions(form_id, answer))
            at = at.after((one.submitted_at for one in found), self._next(answer, at), self._now())
            yield found, dict(at.as_state())
            if at.before is None and not resumed:
                return
            if at.before is None:  # a broken-off read is done; now what came in since it began
                resumed, at = False, at.begin(self._settings.start, self._settings.lookback)

    def named(self, form_id: str, ids: Sequence[str]) -> Iterator[tuple[str, Submission | None]]:
        """Yield these responses, a hundred a call."""
        for first in range(0, len(ids), IDS_PER_CALL):
            tokens = ids[first : first + IDS_PER_CALL]
            answer = self._responses(form_id, included_response_ids=",".join(tokens), page_size=len(tokens))
            found = {one.submission_id: one for one in self._submissions(form_id, answer)}
            yield from ((token, found.get(token)) for token in dict.fromkeys(tokens))

    def _responses(self, form_id: str, **params: str | int | None) -> Mapping[str, Any]:
        given = {key: value for key, value in params.items() if value is not None}
        path = f"/forms/{quote(form_id, safe='')}/responses"
        return self._client.get(path, {"response_type": "completed", **given})

    def _page(self, form_id: str, at: Progress) -> Mapping[str, Any]:
        return self._responses(form_id, page_size=self._settings.page_size, since=at.since, before=at.before)

    def _next(self, answer: Mapping[str, Any], at: Progress) -> str | None:
        """Return the token to go on before; None at the end.

        The API's page count says 1 or 0 there. Where it counts all pages and not those that remain (which of the two is
        not certain), one empty page is read too much.
        """
        items = objects(answer.get("items"))
        tokens = [one["token"] for one in items if isinstance(one.get("token"), str)]
        pages = answer.get("page_count")
        at_end = pages <= 1 if isinstance(pages, int) else len(items) < self._settings.page_size
        if at_end or not items:
            return None
        if not tokens or tokens[-1] == at.before:
            raise TryAgain(
                "the list of responses does not move on",
                system=self._client.system,
                stream=STREAM,
                code="paging",
                cure="The hub tries again at the next run; if it stays, report it with the form's id.",
            )
        return str(tokens[-1])

    def _submissions(self, form_id: str, answer: Mapping[str, Any]) -> Iterator[Submission]:
        without_id = 0
        for item in objects(answer.get("items")):
            if item.get("response_type", "completed") != "completed":
                continue
            found = submission(item, form_id, {})
            if found is None:
                without_id += 1
            else:
                yield found
        if without_id:
            log.warning("%d responses of form %s carry no token; skipped", without_id, form_id)


PULL = Pull(Typeform, "https://api.typeform.com", 2)
