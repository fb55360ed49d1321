"""Texts that nothing can store: lone halves of a surrogate pair become U+FFFD.

Room: connectors/zoho_crm; pure.
"""

from __future__ import annotations

import re
from typing import Any

_LONE = re.compile("[\ud800-\udfff]")


def without_surrogates(value: Any) -> Any:  # noqa: ANN401 (any JSON)
    """Return *value* with every lone surrogate replaced; all else stays.

    >>> without_surrogates({"a": ["x" + chr(0xD800), 1]}) == {"a": ["x" + chr(0xFFFD), 1]}
    True
    """
    if isinstance(value, str):
        return _LONE.sub("\ufffd", value)
    if isinstance(value, list):
        return [without_surrogates(one) for one in value]
    if isinstance(value, dict):
        return {without_surrogates(key): without_surrogates(one) for key, one in value.items()}
    return value
