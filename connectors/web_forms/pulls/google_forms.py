"""Google Forms' responses: filtered by the time of the last submission, which an edit renews.

The order within a list is not promised, so a place moves only with the last page. Pages are followed by a token that
belongs to one list; a read that was broken off starts that list again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from connectors.errors import SkipRecord, StopSystem, TryAgain
from connectors.web_forms.json_body import objects
from connectors.web_forms.progress import moment
from connectors.web_forms.pulls.contract import Place, Pull, news_since
from connectors.web_forms.senders.google_forms import submission, titles
from connectors.web_forms.submission import STREAM, Submission

if TYPE_CHECKING:
    from connectors.web_forms.client import Client
    from connectors.web_forms.settings import Settings

LARGEST_PAGE = 5000


class GoogleForms:
    """Reads the responses of the configured forms. A place is `{"until": "2026-01-02T03:04:05Z"}`."""

    def __init__(self, client: Client, settings: Settings, now: Callable[[], datetime]) -> None:
        self._client, self._settings, self._now = client, settings, now

    def forms(self) -> Iterator[str]:
        """Google has no list of forms in this API.

        Raises:
            StopSystem: no form is configured.
        """
        raise StopSystem(
            "Google Forms does not list an account's forms",
            system=self._client.system,
            code="no-forms",
            cure="Name the forms' ids under `forms`.",
        )

    def titles(self, form_id: str) -> Mapping[str, str]:
        """Return the titles of a form's questions by question id; a grid has one id a row."""
        return titles(self._client.get(f"/v1/forms/{quote(form_id, safe='')}"))

    def read(self, form_id: str, place: Place) -> Iterator[tuple[Sequence[Submission], dict[str, Any]]]:
        """Yield new and edited responses; the last page's place is the newest submission."""
        until = place.get("until")
        at = moment(until if isinstance(until, str) else None)
        since = at - timedelta(seconds=self._settings.lookback) if at else self._settings.start
        newest = at
        kept = {"until": until} if at else {}
        for page, is_last in self._pages(form_id, since):
            times = [moment(one.revision) for one in page]
            newest = max([one for one in (newest, *times) if one is not None], default=None)
            if is_last and newest is not None:
                kept = {"until": _stamp(min(newest, self._now()))}
            yield page, kept

    def named(self, form_id: str, ids: Sequence[str]) -> Iterator[tuple[str, Submission | None]]:
        """Yield these responses, one call each; for a message that something is new, what was submitted since."""
        for one in dict.fromkeys(ids):
            since = news_since(one)
            if since is not None:
                at = (moment(since) or self._now()) - timedelta(seconds=self._settings.lookback)
                for page, _ in self._pages(form_id, at):
                    yield from ((found.submission_id, found) for found in page)
                continue
            try:
                item = self._client.get(f"{_responses(form_id)}/{quote(one, safe='')}")
            except SkipRecord as refused:
                if refused.code != "NOT_FOUND":
                    raise
                self._client.get(f"/v1/forms/{quote(form_id, safe='')}")  # a form that is not ours answers 404 as well
                yield one, None
            else:
                yield one, submission(item, form_id)

    def _pages(self, form_id: str, since: datetime | None) -> Iterator[tuple[list[Submission], bool]]:
        params: dict[str, str | int] = {"pageSize": min(self._settings.page_size, LARGEST_PAGE)}
        if since is not None:
            params["filter"] = f"timestamp >= {_stamp(since)}"
        while True:
            answer = self._client.get(_responses(form_id), params)
            found = [submission(item, form_id) for item in objects(answer.get("responses"))]
            following = answer.get("nextPageToken")
            yield [one for one in found if one is not None], not following
            if not following:
                return
            if following == params.get("pageToken"):
                raise TryAgain(
                    "the list of responses does not move on",
                    system=self._client.system,
                    stream=STREAM,
                    code="paging",
                    cure="The hub tries again at the next run; if it stays, report it with the form's id.",
                )
            params["pageToken"] = str(following)


def _responses(form_id: str) -> str:
    return f"/v1/forms/{quote(form_id, safe='')}/responses"


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


PULL = Pull(GoogleForms, "https://forms.googleapis.com", 2)
