"""Carries queries out: which rows pass, in which order, and how many are shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.fxiaoke.sandbox.errors import Refused, illegal, missing
from connectors.fxiaoke.sandbox.filters import Filter, read_filter
from connectors.fxiaoke.sandbox.index import Shelves
from connectors.fxiaoke.sandbox.objects import OBJECTS
from connectors.fxiaoke.sandbox.rows import Caller, Rows
from connectors.sandboxes.book import Stored

CURSOR = "last_modified_time"
FURTHEST = 10_000
"""The greatest offset."""
_END = 10**15


@dataclass(frozen=True, slots=True)
class Query:
    """A query as it was asked, checked."""

    stream: str
    filters: tuple[Filter, ...]
    orders: tuple[tuple[str, bool], ...]
    limit: int
    offset: int
    fields: frozenset[str]
    counted: bool


def read_query(body: Mapping[str, Any], stream: str, switches: Mapping[str, str], projection: str) -> Query:
    """Read `data.search_query_info`, or refuse it the way the gateway does."""
    data = body["data"]
    search = data.get("search_query_info")
    if not isinstance(search, Mapping):
        raise missing("search_query_info")
    filters = tuple(read_filter(entry) for entry in _list(search.get("filters"), "filters"))
    known = OBJECTS[stream].fields
    for one in filters:
        if one.field not in known:
            raise missing(one.field)
    limit = _limit(_whole(search.get("limit", 20), "limit"), switches)
    offset = _whole(search.get("offset", 0), "offset")
    if offset > FURTHEST:
        raise Refused("10013", f"offset out of range {FURTHEST}")
    if offset % limit and switches["SIM_OFFSET_STEP"] == "refuse":
        raise illegal("offset must be a multiple of limit")
    orders = tuple(_order(entry) for entry in _list(search.get("orders"), "orders"))
    place = data if projection == "field_projection" else search
    fields = frozenset(map(str, _list(place.get(projection), projection)))
    return Query(stream, filters, orders, limit, offset, fields, _counted(body, switches))


def _limit(asked: int, switches: Mapping[str, str]) -> int:
    most = int(switches["SIM_MAX_LIMIT"])
    if asked < 1 or (asked > most and switches["SIM_LIMIT_OVER"] == "refuse"):
        raise illegal(f"limit must be between 1 and {most}")
    return min(asked, most)


def _whole(value: object, name: str) -> int:
    """Numbers arrive as numbers or as text; both have been seen to work."""
    try:
        number = int(str(value))
    except ValueError:
        raise missing(name) from None
    if isinstance(value, bool) or number < 0:
        raise missing(name)
    return number


def _list(value: object, name: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise missing(name)
    return value


def _order(entry: object) -> tuple[str, bool]:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("fieldName"), str):
        raise missing("orders")
    return str(entry["fieldName"]), str(entry.get("isAsc", True)).lower() != "false"


def _counted(body: Mapping[str, Any], switches: Mapping[str, str]) -> bool:
    """Say whether `total` is exact: three switches are documented, and without any the tenant's habit decides."""
    told = body["data"].get("find_explicit_total_num")
    if told is not None:
        return str(told).lower() == "true"
    if "returnTotalNum" in body:
        return str(body["returnTotalNum"]) in {"1", "2"}
    if "need_return_count_num" in body:
        return str(body["need_return_count_num"]).lower() == "true"
    return switches["SIM_TOTAL"] == "on"


class Search:
    """Answers queries over the shelves."""

    def __init__(self, shelves: Shelves, rows: Rows, switches: Mapping[str, str]) -> None:
        self._shelves, self._rows, self._switches = shelves, rows, switches

    def run(self, query: Query, caller: Caller, *, nulls: bool = False) -> dict[str, Any]:
        """Return `data` of the answer."""
        passing = (stored for stored in self._candidates(query) if self._passes(stored, query, caller))
        end = query.offset + query.limit
        page: list[Stored] = []
        total = 0
        for stored in passing:
            if query.offset <= total < end:
                page.append(stored)
            total += 1
            if total >= end and not query.counted:
                break
        shown = [self._rows.shown(stored, caller, fields=query.fields, nulls=nulls) for stored in page]
        listed: Any = shown[0] if len(shown) == 1 and self._switches["SIM_ONE_ROW"] == "map" else shown
        counted = total if query.counted else 0
        return {"total": counted, "offset": query.offset, "limit": query.limit, "dataList": listed}

    def _passes(self, stored: Stored, query: Query, caller: Caller) -> bool:
        if stored.deleted_at is not None and not self._shows_invalid(query):
            return False
        return all(one.test(self._rows.value(stored, one.field)) for one in query.filters) and caller.sees(stored)

    def _shows_invalid(self, query: Query) -> bool:
        when = self._switches["SIM_RETURN_INVALID"]
        named = any(one.field in {"life_status", "is_deleted"} for one in query.filters)
        return when == "always" or (when == "on_filter" and named)

    def _candidates(self, query: Query) -> Iterator[Stored]:
        """Return the rows to look at, in the order asked for, by way of the narrowest index."""
        for record_id in self._ordered_ids(query):
            stored = self._shelves.row(query.stream, record_id)
            if stored is not None:
                yield stored

    def _ordered_ids(self, query: Query) -> Iterable[str]:
        index = self._shelves.of(query.stream)
        by, ascending = query.orders[0] if query.orders else ("_id", True)
        low, high = _times(query)
        narrow = self._named(query)
        if narrow is None and by == "_id" and _worth(index.count_since(low, high), len(index.ids), query.limit):
            narrow = set(index.stamp_range(low, high))
        if narrow is None and by == "_id":
            return index.id_range(_above(query) if ascending else "", ascending=ascending)
        if narrow is None and by == CURSOR:
            return index.stamp_range(low, high, ascending=ascending)
        return self._sorted(query, index.ids if narrow is None else narrow)

    def _named(self, query: Query) -> set[str] | None:
        """Return the ids that a filter names outright or through a value; None where none does."""
        index = self._shelves.of(query.stream)
        for one in query.filters:
            if one.operator not in {"EQ", "IN"}:
                continue
            if one.field == "_id":
                return {value for value in one.values if value in index.stamp_of}
            if OBJECTS[query.stream].fields[one.field].type in _INDEXED:
                return index.holding(one.field, one.values, self._shelves.book.all(query.stream))
        return None

    def _sorted(self, query: Query, ids: Iterable[str]) -> list[str]:
        ordered = sorted(ids)
        for field, ascending in reversed(query.orders):
            if field == "_id":
                ordered.sort(reverse=not ascending)
            else:
                ordered.sort(key=lambda one: self._sort_key(query.stream, one, field), reverse=not ascending)
        return ordered

    def _sort_key(self, stream: str, record_id: str, field: str) -> tuple[bool, float, str]:
        stored = self._shelves.row(stream, record_id)
        value = None if stored is None else self._rows.value(stored, field)
        if isinstance(value, int | float):
            return True, float(value), ""
        return value is not None, 0.0, "" if value is None else str(value)


_INDEXED = frozenset({"text", "email", "phone_number"})


def _times(query: Query) -> tuple[int, int]:
    """Return the modification times between which the rows must lie."""
    low, high = 0, _END
    for one in query.filters:
        if one.field != CURSOR:
            continue
        numbers = [int(float(value)) for value in one.values if value.lstrip("-").replace(".", "", 1).isdigit()]
        if one.operator in {"GT", "GTE", "EQ", "BETWEEN"} and numbers:
            low = max(low, numbers[0])
        if one.operator in {"LT", "LTE", "EQ"} and numbers:
            high = min(high, numbers[0])
        if one.operator == "BETWEEN" and len(numbers) > 1:
            high = min(high, numbers[1])
    return low, high


def _above(query: Query) -> str:
    """Return an id below which no row passes; the filters themselves still decide."""
    return max((one.values[0] for one in query.filters if one.field == "_id" and one.operator == "GT"), default="")


def _worth(within: int, everything: int, limit: int) -> bool:
    """Say whether sorting the rows of a time range costs less than walking the ids until *limit* of them pass."""
    return within * within < limit * everything
