"""What goes in and out of a handler, and how Zendesk words its refusals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connectors.zendesk.sandbox.account import Account

Json = dict[str, Any]


@dataclass(frozen=True)
class Ask:
    """One call: *ids* are the parts of the path that its route names, *many* holds repeated query keys."""

    method: str
    path: str
    ids: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    many: Mapping[str, list[str]] = field(default_factory=dict)
    body: Any = None

    def part(self, key: str) -> Json:
        """Return an object of the body; refuses a body without it."""
        value = self.body.get(key) if isinstance(self.body, dict) else None
        if not isinstance(value, dict):
            raise bad_request("Invalid parameter", f"Parameter {key} is required")
        return value

    def number(self, key: str, default: int, most: int) -> int:
        """Return a number of the query, held between 1 and *most*."""
        text = self.query.get(key, "")
        return max(1, min(most, int(text))) if text.isdigit() else default


@dataclass(frozen=True)
class Answer:
    """What goes back; *body* None is an empty one, a text is sent as plain text."""

    status: int = 200
    body: Json | str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[["Account", Ask], Answer]


class Refusal(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, body: Json | str, headers: Mapping[str, str] | None = None) -> None:
        self.answer = Answer(status, body, headers or {})
        super().__init__(str(status))


def not_found() -> Refusal:
    """404 in Zendesk's words."""
    return Refusal(404, {"error": "RecordNotFound", "description": "Not found"})


def invalid(name: str, description: str, error: str = "InvalidValue") -> Refusal:
    """422 about one attribute."""
    details = {name: [{"description": description, "error": error}]}
    return Refusal(422, {"error": "RecordInvalid", "description": "Record validation errors", "details": details})


def bad_request(title: str, message: str) -> Refusal:
    """400 with `error` as an object."""
    return Refusal(400, {"error": {"title": title, "message": message}})


def too_many(count: int = 100) -> Refusal:
    """400 for more than *count* items."""
    said = f"Number of values exceeds maximum: more than {count} values"
    return Refusal(400, {"error": "TooManyValues", "description": said, "max_count": count})


def stamp(moment: datetime) -> str:
    """Whole seconds, Z."""
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat() + "Z"
