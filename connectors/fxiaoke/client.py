"""Calls to Fxiaoke's OpenAPI: the paths, the envelopes, and paging by `_id`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.errors import TryAgain
from connectors.fxiaoke.failures import FAILURES, TOKEN_FAILURES
from connectors.fxiaoke.settings import Settings
from connectors.fxiaoke.sign_in import TOKEN_PATHS, USER_PATH, FreshTrace, FxiaokeSignIn
from connectors.http import Call, HttpClient, Patience
from connectors.ports import Budget, Limit, TokenStore

PAGE = 100
"""Rows per query, and ids per batched look-up: the documented most."""
PRESET, CUSTOM = "/cgi/crm/v2/data", "/cgi/crm/custom/v2/data"
OBJECT_LIST, OBJECT_DESCRIBE = "/cgi/crm/v2/object/list", "/cgi/crm/v2/object/describe"
ACTIONS = ("query", "create", "update", "changeOwner")

Row = dict[str, Any]


def limits(settings: Settings) -> tuple[Limit, ...]:
    """Return the documented limits: 100 calls in 20 s for each path, 10 a minute for the token.

    The daily quota is bought in packs of 100,000 and shared by all apps of the tenant, so it cannot be declared.
    """
    paths = [f"{prefix}/{action}" for prefix in (PRESET, CUSTOM) for action in ACTIONS]
    token = Limit(TOKEN_PATHS[settings.param_style], 10, 60.0)
    if not settings.calls_per_20s:
        return (token,)
    every = (*paths, OBJECT_LIST, OBJECT_DESCRIBE, USER_PATH)
    return (token, *(Limit(path, settings.calls_per_20s, 20.0) for path in every))


def where(field: str, operator: str, values: Sequence[str]) -> dict[str, Any]:
    """Return one filter of a query; values travel as strings, which every variant accepts."""
    return {"field_name": field, "operator": operator, "field_values": list(values)}


class Client:
    """One tenant, as one acting employee."""

    def __init__(  # noqa: PLR0913 (wiring, all named)
        self,
        settings: Settings,
        *,
        tokens: TokenStore,
        budget: Budget,
        system: str = "fxiaoke",
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.settings, self.system = settings, system
        anonymous = HttpClient(
            system,
            failures=TOKEN_FAILURES,
            budget=budget,
            patience=patience,
            read_timeout=settings.read_timeout,
            sleep=sleep,
        )
        self.sign_in = FxiaokeSignIn(settings, tokens=tokens, anonymous=anonymous, account=system)
        self._http = HttpClient(
            system,
            failures=FAILURES,
            budget=budget,
            sign_in=self.sign_in,
            patience=patience,
            read_timeout=settings.read_timeout,
            sleep=sleep,
        )

    @property
    def ahead(self) -> timedelta:
        """How far the system's clock is ahead of this machine's, by its last answer."""
        return self._http.ahead

    def system_time(self, here: datetime) -> datetime:
        """Return what Fxiaoke's clock shows when this machine's shows *here*."""
        return self._http.system_time(here)

    # ------------------------------------------------------------------------------------------ reading

    def page(  # noqa: PLR0913 (the parts of a query, all named)
        self,
        stream: str,
        filters: Sequence[Mapping[str, Any]],
        *,
        order_by: str = "_id",
        ascending: bool = True,
        limit: int = PAGE,
        fields: Sequence[str] = (),
    ) -> tuple[list[Any], bool]:
        """Return the first rows that pass all *filters*, and whether there may be more.

        Offset stays 0: deep paging is `_id GT last`. Never trusts `total`, which is 0 where it is not counted.
        """
        search: dict[str, Any] = {
            "limit": limit,
            "offset": 0,
            "filters": list(filters),
            "orders": [{"fieldName": order_by, "isAsc": ascending}],
        }
        if fields:
            search["fieldProjection"] = list(fields)
        data = {"dataObjectApiName": stream, "find_explicit_total_num": False, "search_query_info": search}
        body = self._post(self._path(stream, "query"), {"data": data}, stream=stream, idempotent=True)
        found = body.get("data")
        rows = _rows(found)
        return rows, len(rows) >= _served(found, limit)

    def rows(self, stream: str, filters: Sequence[Mapping[str, Any]], *, fields: Sequence[str] = ()) -> Iterator[Row]:
        """Yield every row that passes all *filters*, in order of `_id`; rows without an id are left out."""
        last, more = "", True
        while more:
            after = [where("_id", "GT", [last])] if last else []
            page, more = self.page(stream, [*filters, *after], fields=fields)
            usable = [row for row in page if isinstance(row, dict) and id_of(row)]
            yield from usable
            last = self.advance(stream, last, usable, more=more)

    def advance(self, stream: str, last: str, usable: Sequence[Row], *, more: bool) -> str:
        """Return the id after which the next page begins; a full page that leads nowhere would never end."""
        newest = id_of(usable[-1]) if usable else last
        if more and (newest == last or newest < last):
            raise TryAgain(
                "a page of the listing did not lead on",
                system=self.system,
                stream=stream,
                code="paging",
                cure="The next run begins again from the last page that was kept.",
            )
        return newest

    def objects(self) -> list[str]:
        """Return the api names of the tenant's objects."""
        data = self._post(OBJECT_LIST, {"data": {}}, idempotent=True).get("data")
        listed = data.get("objects") if isinstance(data, dict) else None
        return [
            str(one["describeApiName"]) for one in listed or () if isinstance(one, dict) and one.get("describeApiName")
        ]

    def describe(self, stream: str) -> dict[str, Any]:
        """Return an object's fields: api name -> {type, label, options, …}; {} where the tenant tells nothing."""
        # New docs put apiName into data, all working clients at the top: send both.
        asked = {"apiName": stream, "includeDetail": False, "data": {"apiName": stream}}
        data = self._post(OBJECT_DESCRIBE, asked, stream=stream, idempotent=True).get("data")
        described = data.get("describe") if isinstance(data, dict) else None
        fields = described.get("fields") if isinstance(described, dict) else None
        return fields if isinstance(fields, dict) else {}

    # ------------------------------------------------------------------------------------------ writing

    def create(self, stream: str, values: Mapping[str, Any]) -> str:
        """Create one record and return its id; starts no approval flow and no workflow.

        Raises:
            OutcomeUnknown: no usable answer; the record may be there.
        """
        data = {"object_data": {**values, "dataObjectApiName": stream}, "details": {}}
        body = self._post(self._path(stream, "create"), {**_QUIETLY, "data": data}, stream=stream)
        inner = body.get("data")
        return str(body.get("dataId") or (inner.get("dataId") if isinstance(inner, dict) else None) or "")

    def update(self, stream: str, record_id: str, values: Mapping[str, Any]) -> None:
        """Change *values* of one record; what is not named stays."""
        data = {"object_data": {**values, "_id": record_id, "dataObjectApiName": stream}, "details": {}}
        self._post(self._path(stream, "update"), {**_QUIETLY, "data": data}, stream=stream, record_id=record_id)

    def change_owner(self, stream: str, record_id: str, owner: Sequence[str]) -> None:
        """Give one record to another employee; update cannot."""
        data = {"dataObjectApiName": stream, "Data": [{"objectDataId": record_id, "ownerId": list(owner)}]}
        self._post(self._path(stream, "changeOwner"), {"data": data}, stream=stream, record_id=record_id)

    def invalidate(self, stream: str, record_id: str) -> None:
        """Make one record invalid (作废): it is kept, and its people can bring it back.

        Raises:
            OutcomeUnknown: sent, and no usable answer came.
        """
        data = {"dataObjectApiName": stream, "object_data_id": record_id}
        self._post(self._path(stream, "invalid"), {"data": data}, stream=stream, record_id=record_id)

    def _path(self, stream: str, action: str) -> str:
        return f"{CUSTOM if stream.endswith('__c') else PRESET}/{action}"

    def _post(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        stream: str | None = None,
        record_id: str | None = None,
        idempotent: bool = False,
    ) -> dict[str, Any]:
        call = Call(
            "POST",
            self.settings.root + path,
            params=FreshTrace(),
            json=dict(body),
            bucket=path,
            idempotent=idempotent,
            stream=stream,
            record_id=record_id,
        )
        answer = self._http.call(call).body
        return answer if isinstance(answer, dict) else {}


_QUIETLY = {"triggerApprovalFlow": False, "triggerWorkFlow": False}
"""Both default to true: a sync would start approvals and send notices."""


def id_of(row: Mapping[str, Any]) -> str:
    """Return a row's `_id`, "" where it has none that can be used."""
    found = row.get("_id")
    return found if isinstance(found, str) else ""


def _rows(data: object) -> list[Any]:
    """Return the rows of an answer: a list, or the single map that some pages of the documentation draw."""
    if not isinstance(data, dict):
        return []
    listed = data.get("dataList")
    if isinstance(listed, list):
        return listed
    if isinstance(listed, dict):
        return [listed]
    return [data] if "_id" in data else []


def _served(data: object, asked: int) -> int:
    """Return the page size that was served: a gateway that clamps it says so in the answer."""
    told = data.get("limit") if isinstance(data, dict) else None
    try:
        return min(asked, int(str(told))) or asked
    except ValueError:
        return asked
