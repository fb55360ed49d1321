"""The process that starts scheduled flows: deployments from hub.yaml, served to a Prefect server.

Room: flows. Run as `python -m flows.schedule_runner PROJECT` by flows.schedule_processes, with PREFECT_API_URL set. It
ends when its standard input ends, so that it does not outlive the process that started it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

from prefect import serve
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType

from flows.prefect_flows import crmhub_sync, parameters_of
from flows.project import read_project
from flows.schedules import Schedule, schedules_of


def deployment_of(project: Path, schedule: Schedule) -> RunnerDeployment:
    """Return the deployment of one schedule; its flow is found by module, wherever the process starts."""
    made = crmhub_sync.to_deployment(
        name=schedule.name,
        schedule=Cron(schedule.cron, timezone=schedule.timezone),
        parameters=parameters_of(project, schedule.systems),
        concurrency_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
        tags=["crmhub"],
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    assert isinstance(made, RunnerDeployment)  # noqa: S101 (typed as a coroutine too; we are in no event loop)
    return made


def main(project: Path) -> None:
    """Serve the project's schedules until stopped."""
    threading.Thread(target=_end_with_parent, name="parent-watch", daemon=True).start()
    hub = read_project(project, os.environ).hub
    serve(*(deployment_of(project, schedule) for schedule in schedules_of(hub)), print_starting_message=False)


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
