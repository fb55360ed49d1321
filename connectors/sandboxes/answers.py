"""The JSON answer that simulators give: quick, and able to carry what pages of records carry."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import orjson
from starlette.responses import Response


class Json(Response):
    """A JSON answer; dates become ISO 8601 text. Any status, any vendor's envelope."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:  # noqa: ANN401 (JSON of any shape)
        """Return *content* as UTF-8 JSON."""
        try:
            return orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS)
        except TypeError:  # a lone surrogate, or a number beyond 64 bits: JSON bears both
            return json.dumps(content, default=_iso).encode()


def _iso(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
