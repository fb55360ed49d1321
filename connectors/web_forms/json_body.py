"""Read the JSON of strangers strictly.

Pure. UTF-8 (a byte order mark is borne), no key twice in one object, no NaN, at most 20 levels and 2,000 keys.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NoReturn

from connectors.web_forms.clean import DEEPEST

MOST_KEYS = 2_000


class Unreadable(Exception):
    """A body that cannot be read: *code* says why, and holds nothing of the body."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def read_json(body: bytes, numbers: Literal["text", "number"] = "number") -> Any:  # noqa: ANN401 (JSON of any shape)
    """Parse *body*; with `numbers="text"` numbers stay as written, so that long ids and phones lose no digit.

    Raises:
        Unreadable: `not_utf8`, `not_json`, `repeated_key`, `too_deep` or `too_many_keys`.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("not_utf8") from None
    written = str if numbers == "text" else None
    try:
        parsed = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=written, parse_float=written
        )
    except RecursionError:
        raise Unreadable("too_deep") from None
    except ValueError:
        raise Unreadable("not_json") from None
    _measure(parsed)
    return parsed


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unreadable("repeated_key")
    return found


def _no_constant(_name: str) -> NoReturn:
    raise Unreadable("not_json")


def _measure(parsed: Any) -> None:  # noqa: ANN401 (JSON of any shape)
    level, keys = [parsed], 0
    for _ in range(DEEPEST + 1):
        inner: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                keys += len(one)
                inner += one.values()
            elif isinstance(one, list):
                inner += one
        if keys > MOST_KEYS:
            raise Unreadable("too_many_keys")
        level = [one for one in inner if isinstance(one, (dict, list))]
        if not level:
            return
    raise Unreadable("too_deep")


def objects(value: Any) -> Sequence[Mapping[str, Any]]:  # noqa: ANN401 (whatever stands where a list is due)
    """Return the objects of a list that was parsed; nothing where it is none."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
