"""The one text of a value: equal values have equal texts, whatever they are made of.

Room: mapping; pure. Elements of `many` fields, refused values and comparisons are keyed by it.
"""

from __future__ import annotations

import json

from mapping.values import Json


def canonical(value: Json) -> str:
    """Return the canonical text of *value*: a text itself, anything else as sorted JSON without blanks."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
