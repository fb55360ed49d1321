"""`crmhub deploy`. Room: console."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from prefect.exceptions import PrefectHTTPStatusError

from console.options import HERE, JsonOption, ProjectOption
from console.say import document, line, note
from flows.deploying import OtherPool, Wanted, deploy
from flows.doctor_around import prefect_answers
from flows.project import read_project
from flows.schedules import schedules_of
from flows.worker_templates import PoolType

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def command(  # noqa: PLR0913 (the command's options)
    pool: Annotated[str, typer.Option("--pool", help="The work pool; made where there is none.")] = "crmhub",
    kind: Annotated[PoolType, typer.Option("--kind", help="What its workers start.")] = "process",
    image: Annotated[str | None, typer.Option("--image", help="The image, for docker and kubernetes.")] = None,
    at: Annotated[
        Path | None, typer.Option("--at", help="The project's folder where the workers run.", show_default="as here")
    ] = None,
    limits: Annotated[
        bool, typer.Option("--limits", help="Let Prefect hold one resolve, and one task per account, at a time, too.")
    ] = False,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Put the schedules of hub.yaml on the Prefect server or Cloud of PREFECT_API_URL; doing it again replaces them."""
    if not os.environ.get("PREFECT_API_URL"):
        raise typer.BadParameter(
            "set PREFECT_API_URL (and PREFECT_API_KEY where it asks for one) to the server; "
            "on one machine `crmhub serve` needs no deploying"
        )
    if kind != "process" and not image:
        raise typer.BadParameter(f"a pool of kind {kind} needs --image")
    if not prefect_answers(os.environ):
        note("The Prefect server of PREFECT_API_URL does not answer. Check the address, and that it is up.")
        return 1
    folder = project.resolve()
    hub = read_project(folder, os.environ).hub
    wanted = Wanted(at or folder, pool, kind, schedules_of(hub), sorted(hub.systems), image, limits)
    try:
        done = deploy(wanted)
    except OtherPool as other:
        raise typer.BadParameter(str(other)) from None
    except PrefectHTTPStatusError as refused:
        note(
            f"The Prefect server refused that ({refused.response.status_code}). Is it of version 3, and the key right?"
        )
        return 1
    if as_json:
        document(done.to_json())
        return 0
    line(f"work pool    {done.pool}" + (" (made)" if done.made_pool else ""))
    for name in done.deployments:
        line(f"deployment   {name}")
    for name in done.removed:
        line(f"removed      {name}")
    for name in done.limits:
        line(f"limit        {name}: 1")
    line(f"Start workers where the project lies: prefect worker start --pool {done.pool}")
    return 0
