"""The ASGI app of `crmhub serve`. Room: console. Made from a state; nothing is opened here."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse

from console.web import api, health, plans_api, self_update, systems_api, webhooks
from console.web.state import State
from console.web.tokens import token_holder
from golden_record.errors import GoldenRecordError

RETRY_AFTER = "30"


def make_app(state: State) -> FastAPI:
    """Make the app. Without a token it answers nothing but health, webhooks and signed links."""
    app = FastAPI(title="crmhub", version=version("crmhub"), docs_url=None, redoc_url=None, openapi_url=None)
    app.state.crmhub = state
    app.include_router(webhooks.router)
    app.include_router(health.router)
    app.include_router(api.router)
    app.include_router(systems_api.router)
    app.include_router(plans_api.router)
    app.include_router(self_update.router)
    app.add_api_route("/api/openapi.json", _openapi, dependencies=[Depends(token_holder)], include_in_schema=False)
    app.add_exception_handler(GoldenRecordError, _store_trouble)
    return app


async def _openapi(request: Request) -> JSONResponse:
    """The description of this API."""
    return JSONResponse(request.app.openapi())


async def _store_trouble(_request: Request, error: Exception) -> JSONResponse:
    """The store is away: the same request may succeed later."""
    cure = error.cure if isinstance(error, GoldenRecordError) else ""
    code = error.code if isinstance(error, GoldenRecordError) else "internal"
    return JSONResponse({"error": code, "cure": cure}, 503, {"Retry-After": RETRY_AFTER})
