"""问卷星's answers over its open API: every call is a signed post, the cursor is the running number of an answer.

`action=1000002` lists surveys, `1000001` describes one, `1001002` gives answers, 50 a page, with a number above
`min_index`. A refusal comes under HTTP 200, with `result: false`. The signature lives for 30 seconds.

How an answer looks is documented in part only: answers come as a list or keyed by their number; what was answered
stands beside the rest as `q1`, or in one text `1$…}2$…` under `submitdata`, or in a list with question numbers.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from connectors.errors import TryAgain
from connectors.web_forms.json_body import objects
from connectors.web_forms.pulls.contract import Place, Pull
from connectors.web_forms.senders.wenjuanxing import submission
from connectors.web_forms.submission import STREAM, Submission

if TYPE_CHECKING:
    from connectors.web_forms.client import Client
    from connectors.web_forms.settings import Settings

log = logging.getLogger(__name__)

LARGEST_PAGE = 50
SURVEYS_PER_PAGE = 300
SURVEY, SURVEYS, ANSWERS = "1000001", "1000002", "1001002"


class Wenjuanxing:
    """Reads one account's surveys and answers. A place is `{"index": 7}`, the highest running number read."""

    def __init__(self, client: Client, settings: Settings, now: Callable[[], datetime]) -> None:
        self._client, self._settings = client, settings
        del now

    def forms(self) -> Iterator[str]:
        """Yield the numbers of all surveys of the account."""
        page = 1
        while True:
            data = self._ask(SURVEYS, page_index=str(page), page_size=str(SURVEYS_PER_PAGE))
            surveys = data.get("activitys")
            found = surveys.values() if isinstance(surveys, Mapping) else objects(surveys)
            yield from (str(one["vid"]) for one in found if isinstance(one, Mapping) and one.get("vid"))
            total = data.get("total_count")
            if not isinstance(total, int) or page * SURVEYS_PER_PAGE >= total:
                return
            page += 1

    def titles(self, form_id: str) -> Mapping[str, str]:
        """Return the titles of a survey's questions, by their numbers (`q1`, `q2`)."""
        listed = self._ask(SURVEY, vid=form_id, get_questions="1").get("questions")
        titled = ((one.get("q_index"), one.get("q_title")) for one in objects(listed))
        return {f"q{number}": str(title or "") for number, title in titled if number}

    def read(self, form_id: str, place: Place) -> Iterator[tuple[Sequence[Submission], dict[str, Any]]]:
        """Yield answers in the order of their numbers."""
        reached = int(place.get("index") or 0)
        while True:
            items = self._answers(form_id, min_index=str(reached), page_size=str(self._page_size))
            found = [one for one in (self._submission(item, form_id) for item in items) if one]
            numbers = [int(str(one.get("index"))) for one in items if str(one.get("index")).isdigit()]
            before, reached = reached, max([reached, *numbers])
            yield found, {"index": reached}
            if len(items) < self._page_size:
                return
            if reached == before:
                raise TryAgain(
                    "the list of answers does not move on",
                    system=self._client.system,
                    stream=STREAM,
                    code="paging",
                    cure="The hub tries again at the next run; if it stays, report it with the survey's number.",
                )

    def named(self, form_id: str, ids: Sequence[str]) -> Iterator[tuple[str, Submission | None]]:
        """Yield these answers, one call each; an empty list means that the answer was deleted."""
        for joined in dict.fromkeys(ids):
            items = self._answers(form_id, jid=joined)
            found = [one for one in (self._submission(item, form_id) for item in items) if one]
            yield joined, next((one for one in found if one.submission_id == joined), None)

    @property
    def _page_size(self) -> int:
        return min(self._settings.page_size, LARGEST_PAGE)

    def _answers(self, form_id: str, **params: str) -> list[Mapping[str, Any]]:
        """Return answers in the order of their numbers, with the number in each."""
        listed = self._ask(ANSWERS, vid=form_id, **params).get("answers")
        if isinstance(listed, Mapping):
            listed = [{"index": key, **one} for key, one in listed.items() if isinstance(one, Mapping)]
        found = objects(listed)
        return sorted(found, key=lambda one: int(str(one.get("index"))) if str(one.get("index")).isdigit() else 0)

    def _ask(self, action: str, **params: str) -> Mapping[str, Any]:
        data = self._client.post("", {"action": action, **params}).get("data")
        return data if isinstance(data, Mapping) else {"answers": data}

    def _submission(self, item: Mapping[str, Any], form_id: str) -> Submission | None:
        found = submission({"activity": form_id, **item}, self._settings)
        if found is None:
            log.warning("an answer to survey %s carries no id; skipped", form_id)
        return found


PULL = Pull(Wenjuanxing, "https://www.wjx.cn/openapi/default.aspx", 5)
