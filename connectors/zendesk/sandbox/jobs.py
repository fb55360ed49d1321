"""Bulk jobs: up to 100 rows, done one by one, a row that fails does not stop the others."""

from __future__ import annotations

from collections.abc import Callable

from connectors.sandboxes.faults import rows_to_fail
from connectors.zendesk.sandbox import rules
from connectors.zendesk.sandbox.account import ORGANIZATIONS, USERS, Account, Job, first
from connectors.zendesk.sandbox.wire import Answer, Ask, Json, Refusal, bad_request, not_found, stamp, too_many

MOST = 100
CAP = 30
STALE = 60.0
"""Seconds after which a job that nobody polls counts as finished."""

Row = Callable[[int, Json], Json]


def create_many(stream: str) -> Callable[[Account, Ask], Answer]:
    """Return the handler of `POST /{stream}/create_many`."""

    def handle(account: Account, ask: Ask) -> Answer:
        _allowed(account)

        def row(index: int, given: Json) -> Json:
            try:
                stored = rules.create(account, stream, given)
            except Refusal as refused:
                failed = _failed(refused, f"{_noun(stream)}CreateError")
                return failed if account.switches["create_failed_row"] == "bare" else {"id": index, **failed}
            return {"id": int(stored.record_id), "status": "Created"}

        return _run(account, f"Bulk Create {_noun(stream)}", _rows(ask, stream), row)

    return handle


def create_or_update_many(account: Account, ask: Ask) -> Answer:
    """`POST /users/create_or_update_many`."""
    _allowed(account)

    def row(index: int, given: Json) -> Json:
        try:
            stored, new = rules.create_or_update(account, USERS, given)
        except Refusal as refused:
            return {"id": index, **_failed(refused, "UserUpdateError")}
        shown = {"email": stored.values.get("email"), "external_id": stored.values.get("external_id")}
        return {"id": int(stored.record_id), "status": "Created" if new else "Updated", **shown}

    return _run(account, "Bulk Create Or Update User", _rows(ask, USERS), row)


def update_many(stream: str) -> Callable[[Account, Ask], Answer]:
    """Return the handler of `PUT /{stream}/update_many`, with a body per record or one for all."""

    def handle(account: Account, ask: Ask) -> Answer:
        ids = _named(account, ask, stream)
        if ids is None:
            rows = _rows(ask, stream)
        else:
            change = ask.part(stream.removesuffix("s"))
            rows = [{**change, "id": one} for one in ids]

        def row(_: int, given: Json) -> Json:
            try:
                target = given.get("id") or first(account.by(f"{stream}:external_id", given.get("external_id")))
                stored = rules.update(account, stream, target, given)
            except Refusal as refused:
                failed = {"id": given.get("id"), "action": "update", "success": False, "status": "Failed"}
                bare = account.switches["update_failed_row"] == "bare"
                return failed if bare else failed | {"error": _failed(refused, "")["details"]}
            return {"id": int(stored.record_id), "action": "update", "status": "Updated", "success": True}

        return _run(account, f"Bulk Update {_noun(stream)}", rows, row)

    return handle


def destroy_many(stream: str) -> Callable[[Account, Ask], Answer]:
    """Return the handler of `DELETE /{stream}/destroy_many`."""

    def handle(account: Account, ask: Ask) -> Answer:
        def row(_: int, given: Json) -> Json:
            try:
                rules.delete(account, stream, given["id"])
            except Refusal as refused:
                return {"id": given["id"], "action": "delete", "success": False, **_failed(refused, "DeleteError")}
            return {"id": int(given["id"]), "action": "delete", "status": "Deleted", "success": True}

        rows = [{"id": one} for one in _named(account, ask, stream) or ()]
        return _run(account, f"Bulk Delete {_noun(stream)}", rows, row)

    return handle


def show(account: Account, ask: Ask) -> Answer:
    """`GET /job_statuses/{id}`; every look moves the job on."""
    job = account.jobs.get(ask.ids["id"])
    if job is None:
        raise not_found()
    return Answer(body={"job_status": _looked_at(account, job)})


def show_many(account: Account, ask: Ask) -> Answer:
    """`GET /job_statuses/show_many?ids=`."""
    wanted = [account.jobs[one] for one in ask.query.get("ids", "").split(",") if one in account.jobs]
    return Answer(body={"job_statuses": [_looked_at(account, job) for job in wanted]})


def _run(account: Account, job_type: str, rows: list[Json], row: Row) -> Answer:
    if len(rows) > MOST:
        raise too_many(MOST)
    if account.options.limits == "real" and _running(account) >= CAP:
        raise Refusal(429, {"error": "TooManyJobs", "description": "Too many queued jobs"}, {"Retry-After": "5"})
    refused = rows_to_fail(len(rows))
    results = [_injected(index, given) if index in refused else row(index, given) for index, given in enumerate(rows)]
    order = account.switches["job_rows"]
    if order == "reversed" or (order == "mixed" and len(account.jobs) % 2):
        results.reverse()
    job_id = f"V3-{account.chance.getrandbits(128):032x}"
    verb = job_type.rsplit(" ", 1)[0].removeprefix("Bulk ").lower()
    job = Job(job_id, job_type, verb, results, len(rows), account.seconds())
    account.jobs[job_id] = job
    return Answer(body={"job_status": _status(account, job)})


def _looked_at(account: Account, job: Job) -> Json:
    job.polls += 1
    if job.polls > int(account.switches["job_working_polls"]):
        job.finished = True
    return _status(account, job)


def _status(account: Account, job: Job) -> Json:
    shown: Json = {
        "id": job.job_id,
        "job_type": job.job_type,
        "url": f"{account.options.base_url}/api/v2/job_statuses/{job.job_id}.json",
        "total": job.total,
        "progress": None,
        "status": "queued",
        "message": None,
        "results": None,
    }
    if job.finished:
        done = stamp(account.clock.now()).replace("T", " ").replace("Z", " +0000")
        return shown | {
            "status": "completed",
            "progress": job.total,
            "message": f"Completed at {done}",
            "results": job.rows,
        }
    if job.polls:
        at = max(1, job.total * job.polls // (int(account.switches["job_working_polls"]) + 1))
        message = f"{job.verb.capitalize().removesuffix('e')}ing user #{at}"
        return shown | {"status": "working", "progress": at, "message": message}
    return shown


def _running(account: Account) -> int:
    oldest = account.seconds() - STALE
    return sum(not job.finished and job.taken_at > oldest for job in account.jobs.values())


def _allowed(account: Account) -> None:
    if account.switches["bulk_create"] == "off":
        raise Refusal(403, {"error": "Forbidden", "description": "You do not have access to this page."})


def _rows(ask: Ask, stream: str) -> list[Json]:
    rows = ask.body.get(stream) if isinstance(ask.body, dict) else None
    if not isinstance(rows, list) or not all(isinstance(one, dict) for one in rows):
        raise bad_request("Invalid parameter", f"Parameter {stream} must be an array")
    return rows


def _named(account: Account, ask: Ask, stream: str) -> list[str] | None:
    if "ids" in ask.query:
        return [one for one in ask.query["ids"].split(",") if one]
    if "external_ids" in ask.query:
        keys = (one for one in ask.query["external_ids"].split(",") if one)
        return [found for key in keys for found in account.by(f"{stream}:external_id", key)]
    return None


def _failed(refused: Refusal, error: str) -> Json:
    body = refused.answer.body if isinstance(refused.answer.body, dict) else {}
    details = body.get("details") or {}
    said = " ".join(str(one["description"]) for rows in details.values() for one in rows)
    return {"error": error, "details": said or str(body.get("description", "")), "status": "Failed"}


def _injected(index: int, given: Json) -> Json:
    """Fail a row because a test asked for it; nothing of it is stored."""
    said = {"error": "InjectedFault", "details": "Injected fault", "status": "Failed"}
    return {"id": given.get("id") or index, "success": False, **said}


def _noun(stream: str) -> str:
    return {USERS: "User", ORGANIZATIONS: "Organization"}[stream]
