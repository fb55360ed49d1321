"""`/healthz` (is the process at work), `/readyz` (can it work), `/metrics`. Room: console."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from console.access import acts
from console.web.frame.bearer import bearer
from console.web.frame.needs import needs, open_to_all
from console.web.metrics import metrics_text, standing_text
from console.web.state import in_thread, state_of
from flows.standing import standing
from golden_record.errors import GoldenRecordError

router = APIRouter()


@router.get(
    "/healthz",
    summary="Is the process at work?",
    dependencies=[open_to_all("whoever watches the process has no account")],
)
async def healthz(request: Request) -> Response:
    """200 while the process serves and its worker runs; 503 asks whoever watches to restart it."""
    state = state_of(request)
    alive = state.worker_alive()
    return JSONResponse({"status": "ok" if alive else "worker stopped"}, 200 if alive else 503)


@router.get(
    "/readyz",
    summary="Can it take in events now?",
    dependencies=[open_to_all("whoever watches the process has no account")],
)
async def readyz(request: Request) -> Response:
    """200 when the store answers and its tables are of this version."""
    state = state_of(request)
    try:
        await in_thread(state.hub.store.check)
    except GoldenRecordError as error:
        return JSONResponse({"status": "not ready", "code": error.code, "cure": error.cure}, 503)
    return JSONResponse({"status": "ready", "schedules": state.schedules()})


@router.get("/metrics", summary="Counts in Prometheus' text form", dependencies=[bearer, needs(acts.SEE_METRICS)])
async def metrics(request: Request) -> Response:
    """Counts and times from the store and this process; no personal data."""
    state = state_of(request)

    found = await in_thread(lambda: standing(state.hub, ended=True))
    text = metrics_text(found.counts, found.at, dict(state.posts)) + standing_text(found)
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")
