"""The HTTP face: paths, sign-in, limits, and Zoho's form for everything that is refused.

Room: connectors/zoho_crm sandbox. Any version (v2…v8) is taken in the path; a module's name is written as it is.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from connectors.sandboxes.answers import Json
from connectors.sandboxes.contract import SandboxOptions
from connectors.zoho_crm.sandbox import adding, converting, describing, external, listing, queries
from connectors.zoho_crm.sandbox.answers import Refused, empty, trouble
from connectors.zoho_crm.sandbox.exporting import Exports
from connectors.zoho_crm.sandbox.importing import Imports
from connectors.zoho_crm.sandbox.modules import Module
from connectors.zoho_crm.sandbox.org import Org
from connectors.zoho_crm.sandbox.quota import Quota
from connectors.zoho_crm.sandbox.sign_in import Accounts
from connectors.zoho_crm.sandbox.watching import Channels
from connectors.zoho_crm.sandbox.writing import Writing, read_body

Handler = Callable[[Request], Awaitable[Response]]
VERSION = re.compile(r"^v(2(\.1)?|[3-8])$")


class Api:
    """The handlers, over the organisation."""

    def __init__(self, options: SandboxOptions, org: Org, accounts: Accounts) -> None:
        self.org, self.accounts, self.writing = org, accounts, Writing(org)
        self.quota = Quota(options, org.switches)
        self.channels = Channels(org)
        self.exports = Exports(org, options.clock, real=options.limits == "real")
        self.imports = Imports(org, options, self.writing)

    def app(self) -> Starlette:
        """Return the ASGI app."""
        routes = [
            Route("/oauth/v2/token", self.accounts.token, methods=["POST"]),
            Route("/oauth/v2/auth", self.accounts.consent, methods=["GET"]),
            Route("/__sim/grant", self.accounts.generate, methods=["GET"]),
            Route("/__sim/config", self._config, methods=["GET"]),
        ]
        result = _now(lambda r: self.imports.result(r.path_params["id"]))
        routes.append(Route("/{version}/crm/{org}/bulk-write/{id}/{file}", self._guarded(result), methods=["GET"]))
        for method, path, handler in self._bulk_table():
            routes.append(Route(f"/crm/bulk/{{version}}{path}", self._guarded(handler), methods=[method]))
        for method, path, handler in self._table():
            routes.append(Route(f"/crm/{{version}}{path}", self._guarded(handler), methods=[method]))
        rest = _rest(tuple(routes))
        routes.append(Route("/{rest:path}", rest, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]))
        return Starlette(routes=routes)

    def _bulk_table(self) -> list[tuple[str, str, Handler]]:
        return [
            ("POST", "/read", self._export),
            ("GET", "/read/{id}", _now(lambda r: self.exports.status(r.path_params["id"]))),
            ("GET", "/read/{id}/result", _now(lambda r: self.exports.result(r.path_params["id"]))),
            ("POST", "/write", self._import),
            ("GET", "/write/{id}", _now(lambda r: self.imports.status(r.path_params["id"]))),
        ]

    def _table(self) -> list[tuple[str, str, Handler]]:
        org = self.org
        return [
            ("GET", "/settings/modules", _now(lambda _: describing.modules(org))),
            ("GET", "/settings/modules/{name}", _now(lambda r: describing.modules(org, r.path_params["name"]))),
            ("GET", "/settings/fields", _now(lambda r: describing.fields(org, r))),
            ("POST", "/settings/fields", self._add_fields),
            ("GET", "/settings/fields/{id}", _now(lambda r: describing.one_field(org, r, r.path_params["id"]))),
            ("GET", "/settings/layouts", _now(lambda r: describing.layouts(org, r))),
            *((method, "/settings/{rest:path}", _nothing_here) for method in ("GET", "POST", "PUT", "DELETE")),
            ("GET", "/users", _now(lambda r: describing.users(org, r))),
            ("GET", "/org", _now(lambda _: describing.organisation(org))),
            ("GET", "/actions/watch", _now(self.channels.listed)),
            ("POST", "/actions/watch", self._watch),
            ("PUT", "/actions/watch", self._watch),
            ("PATCH", "/actions/watch", self._rewatch),
            ("DELETE", "/actions/watch", _now(self.channels.disable)),
            ("POST", "/coql", self._coql),
            ("POST", "/upload", self.imports.upload),
            ("GET", "/Leads/{id}/__conversion_options", self._options),
            ("GET", "/{module}/deleted", _now(lambda r: listing.list_deleted(org, self._module(r), r))),
            ("GET", "/{module}/search", _now(lambda r: queries.search(org, self._module(r), r))),
            ("GET", "/{module}/actions/count", _now(lambda r: queries.count(org, self._module(r), r))),
            ("POST", "/{module}/upsert", self._upsert),
            ("POST", "/{module}/{id}/actions/convert", self._convert),
            ("POST", "/{module}/{id}/actions/merge", self._merge),
            ("GET", "/{module}", _now(lambda r: listing.list_records(org, self._module(r), r))),
            ("POST", "/{module}", self._insert),
            ("PUT", "/{module}", self._update),
            ("DELETE", "/{module}", _now(self._delete_many)),
            ("GET", "/{module}/{id}", _now(self._one)),
            ("PUT", "/{module}/{id}", self._update),
            ("DELETE", "/{module}/{id}", _now(self._delete_one)),
        ]

    async def _config(self, _request: Request) -> Response:
        return Json({"switches": asdict(self.org.switches), "triggers": self.writing.triggered[-20:]})

    async def _add_fields(self, request: Request) -> Response:
        return adding.add_fields(self.org, request, await read_body(request))

    async def _watch(self, request: Request) -> Response:
        return self.channels.enable(await read_body(request), replacing=request.method == "PUT")

    async def _rewatch(self, request: Request) -> Response:
        return self.channels.amend(await read_body(request))

    async def _export(self, request: Request) -> Response:
        return self.exports.start(await read_body(request))

    async def _import(self, request: Request) -> Response:
        return self.imports.start(await read_body(request))

    async def _coql(self, request: Request) -> Response:
        return queries.query(self.org, await read_body(request))

    async def _insert(self, request: Request) -> Response:
        return self.writing.insert(self._module(request), await read_body(request))

    async def _update(self, request: Request) -> Response:
        module, named = self._module(request), request.path_params.get("id")
        body = await read_body(request)
        if named is None:
            return self.writing.update(module, external.rows_by_id(self.org, module, request, body), request)
        external.keep_key(module, request, named, body)
        return self.writing.update(module, body, request, external.id_of(self.org, module, request, named) or "")

    async def _upsert(self, request: Request) -> Response:
        return self.writing.upsert(self._module(request), await read_body(request), request)

    async def _convert(self, request: Request) -> Response:
        if self._module(request).api_name != "Leads":
            raise Refused(400, "NOT_SUPPORTED", "only leads can be converted")
        return converting.convert(self.org, request.path_params["id"], await read_body(request))

    async def _merge(self, request: Request) -> Response:
        return converting.merge(self.org, self._module(request), request.path_params["id"], await read_body(request))

    def _delete_many(self, request: Request) -> Response:
        ids = [one for one in request.query_params.get("ids", "").split(",") if one]
        if not ids:
            raise Refused(400, "REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", param="ids")
        module = self._module(request)
        ids = [external.id_of(self.org, module, request, one) or "0" for one in ids]
        if not all(one.isdigit() for one in ids):
            raise Refused(400, "UNABLE_TO_PARSE_DATA_TYPE", "either the request body or parameters is in wrong format")
        return self.writing.delete(self._module(request), ids)

    def _delete_one(self, request: Request) -> Response:
        module = self._module(request)
        found = external.id_of(self.org, module, request, request.path_params["id"])
        return self.writing.delete(module, [found or "0"])

    def _one(self, request: Request) -> Response:
        module = self._module(request)
        found = external.id_of(self.org, module, request, request.path_params["id"])
        asked = request.query_params.get("fields")
        return listing.one_record(self.org, module, found, asked) if found is not None else empty()

    async def _options(self, request: Request) -> Response:
        return converting.options(self.org, request.path_params["id"])

    def _module(self, request: Request) -> Module:
        return self.org.module(request.path_params["module"])

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            if not VERSION.match(request.path_params["version"]):
                return await _nothing_here(request)
            try:
                self.accounts.check(request)
                with self.quota.taken(request.method, request.url.path, await _rows(request)) as headers:
                    answer = await handler(request)
                    answer.headers.update(headers)
                    return answer
            except Refused as refused:
                return refused.answer()

        return guarded


async def _rows(request: Request) -> int:
    """Return about how many records a write carries: what its price goes by."""
    return (await request.body()).count(b"},") + 1 if request.method in {"POST", "PUT"} else 1


async def _nothing_here(_request: Request) -> Response:
    return Json(trouble(404), 404)


def _rest(served: Sequence[Route]) -> Handler:
    """Answer what no route takes: 405 where the path is served by another method, else 404."""

    async def answered(request: Request) -> Response:
        status = 405 if any(one.matches(request.scope)[0] is Match.PARTIAL for one in served) else 404
        return Json(trouble(status), status)

    return answered


def _now(handler: Callable[[Request], Response]) -> Handler:
    async def answered(request: Request) -> Response:
        return handler(request)

    return answered
