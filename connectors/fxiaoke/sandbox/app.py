"""The gateway: paths, envelopes and the order of its checks. HTTP status is 200 whatever happens."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.fxiaoke.sandbox.door import TOKENS, Door, parsed
from connectors.fxiaoke.sandbox.errors import Refused, missing
from connectors.fxiaoke.sandbox.index import Shelves
from connectors.fxiaoke.sandbox.objects import OBJECTS, described, listed
from connectors.fxiaoke.sandbox.people import Employee, People
from connectors.fxiaoke.sandbox.query import Search, read_query
from connectors.fxiaoke.sandbox.rows import Caller, Rows
from connectors.fxiaoke.sandbox.switches import SWITCHES, Switches
from connectors.fxiaoke.sandbox.writes import Desk, Write
from connectors.sandboxes.answers import Json

PRESET, CUSTOM, OBJECT = "/cgi/crm/v2/data", "/cgi/crm/custom/v2/data", "/cgi/crm/v2/object"
OF_EMPLOYEES = "/cgi/user/"
"""Calls about employees: they name the enterprise and no acting user."""
WRITES = ("create", "update", "invalid", "delete", "recover", "changeOwner", "lock", "unlock", "choose", "return")

Answer = dict[str, Any]
Handler = Callable[[Mapping[str, Any], Caller], Answer]


class Gateway:
    """The simulated API over one tenant's book."""

    def __init__(self, door: Door, people: People, shelves: Shelves, switches: Switches) -> None:
        self.door, self.people, self.shelves, self.switches = door, people, shelves, switches
        self.desk = Desk(shelves, people, switches)
        self._rows = Rows(shelves, people)
        self._search = Search(shelves, self._rows, switches)
        self._trace = itertools.count(1)
        self._paths = self._table()

    def app(self) -> ASGIApp:
        """Return the ASGI application."""

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            request = Request(scope, receive)
            if scope["path"].startswith("/__sim/"):
                await self._simulator(scope["path"], await request.body())(scope, receive, send)
                return
            answer = self.answer(request, await request.body())
            await Json(answer)(scope, receive, send)

        return serve

    def answer(self, request: Request, raw: bytes) -> Answer:
        """Return the envelope for one call."""
        acting: list[Employee] = []
        try:
            extra = self._served(request, raw, acting)
        except Refused as refused:
            return self._envelope(acting, refused.code, refused.message, {"data": refused.data} if refused.data else {})
        return self._envelope(acting, "0", "OK", extra)

    def _served(self, request: Request, raw: bytes, acting: list[Employee]) -> Answer:
        """Check path, sign-in, limits, parameters, permission and rules, in this order; *acting* learns who called."""
        path = request.url.path
        if request.method != "POST" or not (path in TOKENS or path in self._paths):
            raise Refused("10006", f"the request uri=[{path}], apiName=[null] is not exists")
        body = parsed(raw)
        if path in TOKENS:
            return self.door.token(TOKENS[path], body)
        caller = self.door.let_in(request, body, needs_user=not path.startswith(OF_EMPLOYEES))
        acting.append(caller.employee)
        self.door.count(path)
        return self._paths[path](body, caller)

    # ------------------------------------------------------------------------------------------- paths

    def _table(self) -> dict[str, Handler]:
        desk = self.desk
        actions: dict[str, Write] = {
            "create": desk.create,
            "update": desk.update,
            "invalid": desk.invalidate,
            "delete": desk.delete,
            "recover": desk.recover,
            "changeOwner": desk.change_owner,
        }
        table: dict[str, Handler] = {}
        for prefix in (PRESET, CUSTOM):
            for action, act in actions.items():
                table[f"{prefix}/{action}"] = self._on_object(prefix, act)
            table[f"{prefix}/query"] = self._on_object(prefix, self._query("fieldProjection"))
            table[f"{prefix}/get"] = self._on_object(prefix, self._get)
        for name, act in {"findSimple": self._query("field_projection"), "findOne": self._one}.items():
            table[f"{CUSTOM}/{name}"] = self._on_object("", act)
        table["/cgi/crm/custom/data/invalid"] = self._on_object(CUSTOM, desk.invalidate)
        pools = {"choose": desk.choose, "return": desk.give_back}
        table |= {f"{PRESET}/{name}": self._on_object(PRESET, act) for name, act in pools.items()}
        locks = {"lock": desk.lock, "unlock": desk.unlock}
        table |= {f"{OBJECT}/{name}": self._on_object("", act) for name, act in locks.items()}
        return table | {
            f"{OBJECT}/list": lambda _body, _caller: {"data": {"objects": [listed(name) for name in OBJECTS]}},
            f"{OBJECT}/describe": self._describe,
            f"{OF_EMPLOYEES}getByMobile": self._by_mobile,
            "/cgi/user/get": self._user,
            "/cgi/user/simpleList": lambda _body, _caller: {"userList": [_named(one) for one in self.people.everyone]},
            "/cgi/user/list": lambda _body, _caller: {"userList": [one.shown() for one in self.people.everyone]},
        }

    def _on_object(self, prefix: str, act: Callable[[str, Mapping[str, Any], Caller], Answer]) -> Handler:
        """Return a handler that finds out which object a call is about, and whether it came the right way."""

        def handle(body: Mapping[str, Any], caller: Caller) -> Answer:
            stream = _object_of(body)
            if stream not in OBJECTS:
                raise missing("apiName")
            wrong = prefix and (prefix == CUSTOM) != stream.endswith("__c")
            if wrong and self.switches["SIM_MISROUTE"] == "refuse":
                raise missing("apiName")
            return act(stream, body, caller)

        return handle

    def _query(self, projection: str) -> Callable[[str, Mapping[str, Any], Caller], Answer]:
        def handle(stream: str, body: Mapping[str, Any], caller: Caller) -> Answer:
            query = read_query(body, stream, self.switches, projection)
            return {"data": self._search.run(query, caller, nulls=body.get("includeNull") is True)}

        return handle

    def _one(self, stream: str, body: Mapping[str, Any], caller: Caller) -> Answer:
        query = read_query(body, stream, self.switches, "field_projection")
        found = self._search.run(query, caller)["dataList"]
        return {"data": found if isinstance(found, dict) else next(iter(found), None)}

    def _get(self, stream: str, body: Mapping[str, Any], caller: Caller) -> Answer:
        record_id = body["data"].get("objectDataId")
        if not isinstance(record_id, str) or not record_id:
            raise missing("objectDataId")
        stored = self.shelves.row(stream, record_id)
        hidden = stored is not None and stored.deleted_at and self.switches["SIM_RETURN_INVALID"] == "never"
        if stored is None or hidden:
            raise Refused(self.switches["SIM_BUSINESS_CODE"], "the record does not exist or was deleted")
        if not caller.sees(stored):
            raise Refused(self.switches["SIM_PERMISSION_CODE"], "无此操作的数据权限")
        return {"data": self._rows.shown(stored, caller, nulls=body.get("includeNull") is True)}

    def _describe(self, body: Mapping[str, Any], _caller: Caller) -> Answer:
        name = body.get("apiName") or body["data"].get("apiName")
        if name not in OBJECTS:
            raise missing("apiName")
        return {"data": {"describe": described(str(name))}}

    def _by_mobile(self, body: Mapping[str, Any], _caller: Caller) -> Answer:
        found = self.people.with_mobile(str(body.get("mobile") or ""))
        return {"empList": [one.shown() for one in found]} if found else {}

    def _user(self, body: Mapping[str, Any], _caller: Caller) -> Answer:
        employee = self.people.find(str(body.get("openUserId") or ""))
        if employee is None:
            raise Refused("20012", "the employee does not exist")
        return employee.shown()

    # ------------------------------------------------------------------------------------------- the rest

    def _envelope(self, acting: list[Employee], code: str, message: str, extra: Mapping[str, Any]) -> Answer:
        user = f"{self.door.tenant.ea}.{acting[0].number}" if acting else "null.-1000"
        told = {"errorDescription": "success"} if code == "0" else {}
        trace = f"E-O.{user}-{next(self._trace):08x}"
        return {"errorCode": int(code), "errorMessage": message, **told, "traceId": trace, **extra}

    def _simulator(self, path: str, raw: bytes) -> Json:
        """Serve what only the simulator has: its switches, and the approval of a waiting change."""
        try:
            body = parsed(raw)
            if path == "/__sim/config":
                self.switches.choose({str(name): str(value) for name, value in body.items() if name != "data"})
                self.shelves.bumps = self.switches["SIM_INVALID_BUMPS"] == "yes"
                about = {name: switch.question for name, switch in SWITCHES.items()}
                return Json({"switches": dict(self.switches), "questions": about})
            if path == "/__sim/approve":
                self.desk.approve(str(body.get("object")), str(body.get("id")))
                return Json({"approved": True})
        except (Refused, ValueError, KeyError) as error:
            return Json({"error": str(error)}, 400)
        return Json({"error": "there is /__sim/config and /__sim/approve"}, 404)


def _named(employee: Employee) -> dict[str, Any]:
    shown = employee.shown()
    return {name: shown[name] for name in ("openUserId", "name")}


def _object_of(body: Mapping[str, Any]) -> str:
    """Return the object's name; where it stands differs between calls by design."""
    data = body["data"]
    inner = data.get("object_data")
    if isinstance(inner, dict):
        return str(inner.get("dataObjectApiName") or inner.get("object_describe_api_name") or "")
    return str(data.get("dataObjectApiName") or data.get("apiName") or "")
