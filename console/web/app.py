"""The ASGI app of `crmhub serve`. Room: console. Made from a state; nothing is opened here."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from console.access import acts
from console.web import api, habits_api, health, ops_api, plans_api, self_update, systems_api, webhooks
from console.web.frame import static
from console.web.frame.area import areas
from console.web.frame.body_limit import BodyLimit
from console.web.frame.errors import add_handlers
from console.web.frame.headers import SafetyHeaders
from console.web.frame.needs import needs, open_to_all
from console.web.state import State


def make_app(state: State) -> FastAPI:
    """Make the app. Whoever has not signed in and has no token gets health, webhooks and signed links."""
    app = FastAPI(
        title="crmhub",
        version=version("crmhub"),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.crmhub = state
    app.include_router(webhooks.router, dependencies=[open_to_all("systems prove by signature or key who they are")])
    app.include_router(health.router)
    app.include_router(api.router)
    app.include_router(systems_api.router)
    app.include_router(habits_api.router)
    app.include_router(plans_api.router)
    app.include_router(ops_api.router)
    app.include_router(self_update.router, dependencies=[open_to_all("the signed link is the key")])
    app.include_router(static.router, dependencies=[open_to_all("scripts, styles and pictures hold no data")])
    for area in areas():
        for router in area.routers:
            app.include_router(router)
    app.add_api_route("/api/openapi.json", _openapi, dependencies=[needs(acts.SEE_API)], include_in_schema=False)
    add_handlers(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(SafetyHeaders)
    return app


async def _openapi(request: Request) -> JSONResponse:
    """The description of this API."""
    return JSONResponse(request.app.openapi())
