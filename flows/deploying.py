"""Put hub.yaml's schedules on a Prefect server or Cloud: work pool, deployments, limits; and take away what is gone.

Room: flows. Everything is named after what it does, so that deploying again replaces. Nothing but the project's folder
and names of systems goes to Prefect.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags
from prefect.client.schemas.sorting import DeploymentSort
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType

from flows.prefect_flows import ACCOUNT_TAG, RESOLVE_TAG, crmhub_sync, parameters_of
from flows.schedules import Schedule
from flows.worker_templates import PoolType, worker_template

ON_DEMAND = "on demand"
"""The deployment without a schedule: for people who start a sync in Prefect's own pages."""
TAG = "crmhub"
MOST = 200
"""Deployments that a server lists at once."""


@dataclass(frozen=True)
class Wanted:
    """What shall stand on the server.

    *at*: the project's folder where the workers run; *image*: for pools of containers; *limits*: one resolve at a time
    and one task per account held by Prefect as well; *systems*: all of the project.
    """

    at: Path
    pool: str
    kind: PoolType
    schedules: Sequence[Schedule]
    systems: Sequence[str]
    image: str | None = None
    limits: bool = False


@dataclass(frozen=True)
class Deployed:
    """What was done, by name."""

    pool: str
    made_pool: bool
    deployments: tuple[str, ...]
    removed: tuple[str, ...]
    limits: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as `crmhub deploy --json` prints it."""
        return {
            "pool": {"name": self.pool, "made": self.made_pool},
            "deployments": list(self.deployments),
            "removed": list(self.removed),
            "limits": list(self.limits),
        }


def deploy(wanted: Wanted) -> Deployed:
    """Bring the server of `PREFECT_API_URL` to what is wanted; twice is once."""
    with get_client(sync_client=True) as client:
        made = _keep_pool(client, wanted)
        names = []
        for deployment in deployments_of(wanted):
            deployment.apply()
            names.append(str(deployment.name))
        removed = _remove_others(client, wanted, names)
        limits = _keep_limits(client, wanted) if wanted.limits else ()
    return Deployed(wanted.pool, made, tuple(names), removed, limits)


def deployments_of(wanted: Wanted) -> list[RunnerDeployment]:
    """Return one deployment per schedule, and one for people to start by hand."""
    found = [_deployment(wanted, one.name, one.systems, one) for one in wanted.schedules]
    return [*found, _deployment(wanted, ON_DEMAND, (), None)]


def _deployment(wanted: Wanted, name: str, systems: Sequence[str], schedule: Schedule | None) -> RunnerDeployment:
    made = crmhub_sync.to_deployment(
        name=f"{name} ({wanted.at.name})",
        schedule=Cron(schedule.cron, timezone=schedule.timezone) if schedule else None,
        parameters=parameters_of(wanted.at, systems),
        tags=[TAG, project_tag(wanted.at)],
        work_pool_name=wanted.pool,
        job_variables={"image": wanted.image} if wanted.image else {},
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    assert isinstance(made, RunnerDeployment)  # noqa: S101 (typed as a coroutine too; we are in no event loop)
    return made


def project_tag(at: Path) -> str:
    """Return the tag that marks a project's deployments: two projects may share a server."""
    return f"crmhub-project-{hashlib.sha256(str(at).encode()).hexdigest()[:12]}"


def _keep_pool(client: SyncPrefectClient, wanted: Wanted) -> bool:
    """Make the pool, or bring its template up to date; return whether it was made."""
    shipped = worker_template(wanted.kind, client.read_worker_metadata(), wanted.image)
    try:
        there = client.read_work_pool(wanted.pool)
    except ObjectNotFound:
        client.create_work_pool(WorkPoolCreate(name=wanted.pool, type=wanted.kind, base_job_template=shipped))
        return True
    if there.type != wanted.kind:
        raise OtherPool(wanted.pool, there.type)
    client.update_work_pool(wanted.pool, WorkPoolUpdate(base_job_template=shipped))
    return False


class OtherPool(Exception):
    """There is a work pool of this name and of another kind."""

    def __init__(self, name: str, kind: str) -> None:
        super().__init__(f"the work pool {name} is of kind {kind}; name another one with --pool, or say --kind {kind}")


def _remove_others(client: SyncPrefectClient, wanted: Wanted, names: Sequence[str]) -> tuple[str, ...]:
    tags = DeploymentFilterTags(all_=[TAG, project_tag(wanted.at)])
    removed = []
    mine = DeploymentFilter(tags=tags)
    there = client.read_deployments(deployment_filter=mine, limit=MOST, sort=DeploymentSort.NAME_ASC)
    for one in there:
        if one.name not in names:
            client.delete_deployment(one.id)
            removed.append(str(one.name))
    return tuple(sorted(removed))


def _keep_limits(client: SyncPrefectClient, wanted: Wanted) -> tuple[str, ...]:
    tags = [RESOLVE_TAG, *(f"{ACCOUNT_TAG}{system}" for system in wanted.systems)]
    for tag in tags:
        client.create_concurrency_limit(tag=tag, concurrency_limit=1)
    return tuple(tags)
