"""What a product's pull API offers to `entries`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from connectors.web_forms.submission import Submission

if TYPE_CHECKING:
    from connectors.web_forms.client import Client
    from connectors.web_forms.settings import Settings

Place = Mapping[str, Any]
"""How far a form was read, as JSON; {} before the first read. Only the API that made it reads it."""


class FormsApi(Protocol):
    """The pull API of one account. Every method raises the errors of `connectors.http`."""

    def forms(self) -> Iterable[str]:
        """Yield the ids of all forms that the account sees."""

    def titles(self, form_id: str) -> Mapping[str, str]:
        """Return the questions that a form asks now: stable reference -> words shown."""

    def read(self, form_id: str, place: Place) -> Iterator[tuple[Sequence[Submission], dict[str, Any]]]:
        """Yield a form's finished entries from *place* on, page by page, each with the place behind it.

        A place never runs ahead of the entries that it covers; entries near a boundary may come twice.
        """

    def named(self, form_id: str, ids: Sequence[str]) -> Iterator[tuple[str, Submission | None]]:
        """Yield (id, entry) for these entries of a form; None for one that is gone.

        An id that stands for no entry but for "what is new" (`news_id`) yields the new entries.
        """


@dataclass(frozen=True)
class Pull:
    """What the registry knows of a product: how it is read, its host, and its documented limit in calls per second."""

    api: Callable[[Client, Settings, Callable[[], datetime]], FormsApi]
    host: str
    calls_per_second: int


def news_id(at: str) -> str:
    """Return what stands for an entry's id where a post only says that there is something new since *at*."""
    return f"@{at}"


def news_since(entry_id: str) -> str | None:
    """Return the time that such an id carries; None for an entry's own id."""
    return entry_id[1:] if entry_id.startswith("@") else None
