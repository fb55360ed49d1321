"""`crmhub match`: explain and measure the matching model. Room: console."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from console.match_text import show_drafted, show_evaluated, show_explained, show_in_bulk, show_trained, show_versions
from console.options import HERE, AuthorOption, JsonOption, ProjectOption, ReasonOption, author_of, hub_of, reason_of
from console.pictures.threshold_chart import threshold_chart
from console.pictures.waterfall import waterfall
from console.say import document, line
from flows.draft_model import as_yaml, draft_model
from flows.evaluate_labels import SHOWN, evaluate_labels
from flows.explain_pair import explain_pair
from flows.hub import open_hub
from flows.labels import LabelsUnreadable, read_labels
from flows.match_in_bulk import Engine, match_in_bulk
from flows.match_in_bulk import Wanted as InBulk
from flows.match_reports import keep_report
from flows.train_model import WRITTEN, Wanted, train_model, use_version, versions_json

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="The matching model: explain, evaluate, train.",
)

Side = Annotated[str, typer.Argument(help="A profile's id, or a record as system/stream/id.")]
PictureOption = Annotated[
    Path | None, typer.Option("--picture", metavar="FILE.svg", help="Draw it into this SVG file too.")
]


@app.command()
def explain(  # noqa: PLR0913 (the command's options)
    a: Side,
    b: Side,
    entity: Annotated[
        str | None, typer.Option("--entity", help="Which, where both sides have records of several.")
    ] = None,
    picture: PictureOption = None,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Say why two records or profiles are one customer or not, and what would change it; in bits."""
    with hub_of(project) as hub:
        explained = explain_pair(hub, a.strip(), b.strip(), entity)
    if picture is not None:
        write_picture(picture, waterfall(explained))
    if as_json:
        document(explained)
        return 0
    show_explained(explained)
    return 0


@app.command()
def evaluate(  # noqa: PLR0913 (the command's options)
    labels: Annotated[
        Path, typer.Option("--labels", metavar="FILE.csv", help="Pairs with `match`, or records with `customer`.")
    ],
    entity: Annotated[
        str | None, typer.Option("--entity", help="What to measure.", show_default="what most labels are of")
    ] = None,
    show: Annotated[int, typer.Option("--show", min=0, max=1000, help="Wrong pairs of each kind to explain.")] = SHOWN,
    chart: Annotated[
        Path | None, typer.Option("--chart", metavar="FILE.svg", help="Draw the thresholds into this SVG file too.")
    ] = None,
    by: AuthorOption = "",
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Measure the profiles against what you know; exit 1 where a label could not be used.

    The last reports are kept, and shown on the console's page of the model.
    """
    try:
        read = read_labels(labels)
    except LabelsUnreadable as wrong:
        raise typer.BadParameter(str(wrong), param_hint="--labels") from wrong
    with hub_of(project) as hub:
        evaluated = evaluate_labels(hub, read, entity, show)
        keep_report(hub, "match_evaluate", evaluated, author=author_of(by))
    if chart is not None:
        write_picture(chart, threshold_chart(evaluated))
    if as_json:
        document(evaluated)
    else:
        show_evaluated(evaluated)
    return 1 if evaluated["problems"] else 0


@app.command()
def train(  # noqa: PLR0913 (the command's options)
    entity: Annotated[str, typer.Option("--entity", help="Whose model.")] = "person",
    decisions: Annotated[
        bool, typer.Option("--from-decisions", help="Learn from the pairs that stewards joined, not from all records.")
    ] = False,
    apply: Annotated[
        bool, typer.Option("--apply", help="Keep the model and put it in force; the next sync weighs every pair anew.")
    ] = False,
    by: AuthorOption = "",
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Train the model on the hub's own records and say what it would change; nothing else changes without --apply."""
    with hub_of(project) as hub:
        report = train_model(hub, Wanted(entity, decisions, apply), author=author_of(by))
        keep_report(hub, "match_train", report, author=author_of(by))
    if as_json:
        document(report)
    else:
        show_trained(report)
    return 0


@app.command()
def draft(
    entity: Annotated[str, typer.Option("--entity", help="Whose model.")] = "person",
    write: Annotated[
        bool, typer.Option("--write", help="Write it into config/matching.yaml, in the place of the one that is there.")
    ] = False,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Draft a model for the project's own fields: levels by field type, blocking by what the records hold."""
    file = project.resolve() / "config" / "matching.yaml"
    with open_hub(project.resolve(), os.environ, with_models=False) as hub:
        report = draft_model(hub, entity, file if write else None)
    if as_json:
        document(report)
    else:
        show_drafted(report, as_yaml(entity, report["model"]))
    return 0


@app.command()
def bulk(  # noqa: PLR0913 (the command's options)
    engine: Annotated[Engine, typer.Option("--engine", help="Where the model runs: here, or on Spark.")] = "duckdb",
    entity: Annotated[str, typer.Option("--entity", help="Whose records.")] = "person",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only weigh and compare; the store stays as it is.")
    ] = False,
    master: Annotated[
        str | None, typer.Option("--master", metavar="URL", help="Spark's master.", show_default="spark-defaults.conf")
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--folder", metavar="DIR", help="Where Spark's workers find the columns: a folder that all see."),
    ] = None,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Weigh a whole base through Splink, bring the links back, and resolve what they change."""
    if folder is not None and not folder.is_dir():
        raise typer.BadParameter(f"{folder} is no folder", param_hint="--folder")
    with hub_of(project) as hub:
        report = match_in_bulk(hub, InBulk(entity, engine, dry_run, master, folder))
    if as_json:
        document(report)
    else:
        show_in_bulk(report)
    return 0


@app.command()
def versions(project: ProjectOption = HERE, as_json: JsonOption = False) -> int:
    """List the trained models, and which is in force."""
    with hub_of(project) as hub:
        found = versions_json(hub)
    if as_json:
        document(found)
        return 0
    show_versions(found)
    return 0


@app.command()
def use(
    version: Annotated[str, typer.Argument(help="A version, or `yaml` for matching.yaml itself.")],
    entity: Annotated[str, typer.Option("--entity", help="Whose model.")] = "person",
    reason: ReasonOption = "",
    by: AuthorOption = "",
    project: ProjectOption = HERE,
) -> int:
    """Put a version of the model in force, or go back to an earlier one; the next sync weighs every pair anew."""
    if version != WRITTEN and not version.isdecimal():
        raise typer.BadParameter(f"`{version}` is neither a version nor `{WRITTEN}`", param_hint="VERSION")
    number = None if version == WRITTEN else int(version)
    with hub_of(project) as hub:
        use_version(hub, entity, number, author=author_of(by), reason=reason_of(reason))
    line(f"In force for {entity}: {version}. Run `crmhub sync` to weigh every pair anew.")
    return 0


def write_picture(file: Path, drawn: str) -> None:
    """Write an SVG file; one that cannot be written is a wrong command line."""
    try:
        file.write_text(drawn, encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"cannot write {file}: {error.strerror}", param_hint="--picture") from error
