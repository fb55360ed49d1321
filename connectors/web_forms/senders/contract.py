"""What a sender's file offers: how its posts are verified and what they say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from connectors.contract import Post
from connectors.web_forms.settings import Settings
from connectors.web_forms.submission import Submission

JSON = ("application/json", "+json")
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a verified post says.

    *dedupe_key* is equal for every retry of one event. *problems* are codes of what could not be taken in. *changed*
    are ids of records to read from the product's API, for posts that do not carry the entry.
    """

    dedupe_key: str
    submissions: tuple[Submission, ...] = ()
    problems: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sender:
    """One kind of sender.

    *takes*: content types, or `+suffix` of them. *verify* raises `PostRefused`; *read* raises `json_body.Unreadable`.
    *answer* is the body that this sender's protocol asks for; empty: the hub's own 202.
    """

    name: str
    takes: tuple[str, ...]
    verify: Callable[[Post, Settings], None]
    read: Callable[[Post, Settings], Reading]
    answer: bytes = b""
    answer_type: str = "application/json"
    answer_status: int = 202
