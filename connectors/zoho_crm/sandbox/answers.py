"""Zoho's envelopes: errors of a whole request, empty answers, results per record.

Room: connectors/zoho_crm sandbox; pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from connectors.sandboxes.answers import Json

Element = dict[str, Any]


class Refused(Exception):
    """A request that is answered with an error as a whole."""

    def __init__(self, status: int, code: str, message: str, **details: Any) -> None:  # noqa: ANN401 (JSON)
        self.status, self.code, self.message, self.details = status, code, message, details
        super().__init__(code)

    def answer(self) -> Json:
        """Return the HTTP answer."""
        return Json(error_body(self.code, self.message, self.details), self.status)


class BadRow(Exception):
    """A record that is refused, the others of its batch are not."""

    def __init__(self, code: str, message: str, **details: Any) -> None:  # noqa: ANN401 (JSON)
        self.element = error_body(code, message, details)
        super().__init__(code)


def error_body(code: str, message: str, details: Mapping[str, Any] | None = None) -> Element:
    """Return Zoho's error object."""
    return {"code": code, "details": dict(details or {}), "message": message, "status": "error"}


def trouble(status: int) -> Element:
    """Return what Zoho says with an HTTP status of trouble."""
    code, message = {
        401: ("INVALID_TOKEN", "invalid oauth token"),
        403: ("NO_PERMISSION", "permission denied"),
        404: ("INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one"),
        405: ("INVALID_REQUEST_METHOD", "The http request method type is not a valid one"),
        429: ("TOO_MANY_REQUESTS", "too many requests. please try again after some time"),
    }.get(status, ("INTERNAL_ERROR", "Internal Server Error"))
    return error_body(code, message)


def empty(status: int = 204) -> Response:
    """Return an answer without a body: 204 nothing found, 304 nothing newer."""
    return Response(status_code=status)


def batch(elements: Sequence[Element], *, created: bool = False) -> Json:
    """Return results per record: all well 200 (201 for inserts), all refused 400 (412 where changed), else 207."""
    refused = [one for one in elements if one["status"] != "success"]
    if not refused:
        status = 201 if created else 200
    elif len(refused) < len(elements):
        status = 207
    else:
        status = 412 if all(one["code"] == "ALREADY_MODIFIED" for one in refused) else 400
    return Json({"data": list(elements)}, status)
