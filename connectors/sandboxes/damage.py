"""What a text looks like after a way through a wrong character set: what is no ASCII, a question mark. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any


def damaged(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return *values* as a system stores them that spoils texts, those within lists and objects too.

    >>> damaged({"Title": "采购 manager", "Date": "1988-07-01", "cf": {"x": "是"}, "tags": ["甲乙", "vip"]})
    {'Title': '?? manager', 'Date': '1988-07-01', 'cf': {'x': '?'}, 'tags': ['??', 'vip']}
    """
    return {name: _spoilt(value) for name, value in values.items()}


def _spoilt(value: Any) -> Any:  # noqa: ANN401 (any JSON)
    if isinstance(value, Mapping):
        return damaged(value)
    if isinstance(value, list):
        return [_spoilt(one) for one in value]
    return re.sub(r"[^\x00-\x7f]", "?", value) if isinstance(value, str) else value
