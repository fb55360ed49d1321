"""Create and update people, batch by batch, with an answer for each row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from connectors.contract import Found, Lookup, WriteRequest, WriteResult
from connectors.errors import OutcomeUnknown, TryAgain
from connectors.ports import Budget, MemoryTokenStore, TokenStore, WindowBudget
from tests.connectors.bazaar.client import Client
from tests.connectors.bazaar.settings import Settings

BATCH = 20
"""Rows of a call."""


class Writer:
    """A `connectors.contract.Writer`."""

    def __init__(
        self,
        settings: Settings,
        *,
        tokens: TokenStore | None = None,
        budget: Budget | None = None,
        system: str = "bazaar",
    ) -> None:
        self._client = Client(
            settings, tokens=tokens or MemoryTokenStore(), budget=budget or WindowBudget(), system=system
        )

    def write(self, requests: Sequence[WriteRequest]) -> Iterator[WriteResult]:
        """Carry out *requests*; Bazaar compares with `if` itself, and creates one record for one `ref`."""
        for begin in range(0, len(requests), BATCH):
            part = requests[begin : begin + BATCH]
            try:
                answers = self._client.batch([_row(request) for request in part])
            except OutcomeUnknown as error:
                yield from (WriteResult(one.write_id, "unknown", code=error.code) for one in part)
            except TryAgain as error:
                yield from (WriteResult(one.write_id, "try_again", code=error.code) for one in part)
            else:
                yield from (_result(one, answer) for one, answer in zip(part, answers, strict=True))

    def find(self, lookups: Sequence[Lookup]) -> Iterator[Found]:
        """Look people up by ref, then mail, then phone."""
        ways: tuple[tuple[Literal["binding_id", "mail", "phone"], str], ...]
        for lookup in lookups:
            mail, phone = str(lookup.fields.get("email") or ""), str(lookup.fields.get("phone") or "")
            ways = (("binding_id", lookup.binding_id), ("mail", mail), ("phone", phone))
            names = {"binding_id": "ref", "mail": "email", "phone": "phone"}
            for by, value in ways:
                rows = self._client.find(**{names[by]: value}) if value else []
                if rows:
                    yield Found(lookup.write_id, str(rows[0]["id"]), by, rows[0])
                    break


def _row(request: WriteRequest) -> dict[str, Any]:
    if request.kind == "create":
        return {"ref": request.binding_id, "set": dict(request.fields)}
    return {"id": request.record_id, "if": dict(request.expected), "set": dict(request.fields)}


def _result(request: WriteRequest, answer: dict[str, Any]) -> WriteResult:
    if "person" in answer:
        return WriteResult(request.write_id, "confirmed", str(answer["person"]["id"]), answer["person"])
    if "now" in answer:
        return WriteResult(request.write_id, "stale", request.record_id, current=answer["now"])
    return WriteResult(
        request.write_id, "rejected", code=str(answer.get("error", "")), cure="Look at the row in Bazaar."
    )
