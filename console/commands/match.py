"""`crmhub match`: explain and measure the matching model. Room: console."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from console.options import HERE, JsonOption, ProjectOption, hub_of
from console.pictures.threshold_chart import threshold_chart
from console.pictures.waterfall import waterfall
from console.say import document, line
from console.table import table
from flows.evaluate_labels import SHOWN, evaluate_labels
from flows.explain_pair import explain_pair
from flows.labels import LabelsUnreadable, read_labels

app = typer.Typer(
    add_completion=False, rich_markup_mode=None, no_args_is_help=True, help="The matching model: explain, evaluate."
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
    _show_explained(explained)
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
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Measure the profiles against what you know; exit 1 where a label could not be used."""
    try:
        read = read_labels(labels)
    except LabelsUnreadable as wrong:
        raise typer.BadParameter(str(wrong), param_hint="--labels") from wrong
    with hub_of(project) as hub:
        evaluated = evaluate_labels(hub, read, entity, show)
    if chart is not None:
        write_picture(chart, threshold_chart(evaluated))
    if as_json:
        document(evaluated)
    else:
        _show_evaluated(evaluated)
    return 1 if evaluated["problems"] else 0


def _show_evaluated(evaluated: Mapping[str, Any]) -> None:
    rows = [
        (name, *(f"{evaluated[name][one]:.4f}" for one in ("precision", "recall", "f1")))
        for name in ("pairs", "clusters")
    ]
    table((evaluated["entity"], "precision", "recall", "f1"), rows)
    best = max(evaluated["by_threshold"], key=lambda one: one["pairs"]["f1"])
    line(f"Best F1 by pairs: {best['pairs']['f1']:.4f} at {best['bits']:g} bits; in force: {evaluated['threshold']:g}")
    for kind, title in (("false_merges", "Joined, but different customers"), ("misses", "Apart, but one customer")):
        total = evaluated["wrong"][kind]
        if total:
            line()
            line(f"{title}: {total}, the worst:")
        for one in evaluated[kind]:
            line(f"  {_pair(one)}: {one['weight']:+.1f} bits; {one['because']}")
    used = evaluated["labels"]
    line()
    line(f"{used['used']} of {used['rows']} labels used; {used['of_other_entities']} of other entities")
    for problem in evaluated["problems"][:SHOWN]:
        line(f"  line {problem['line']}: {problem['why']}")
    if len(evaluated["problems"]) > SHOWN:
        line(f"  … and {len(evaluated['problems']) - SHOWN} more: --json lists them all")


def write_picture(file: Path, drawn: str) -> None:
    """Write an SVG file; one that cannot be written is a wrong command line."""
    try:
        file.write_text(drawn, encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"cannot write {file}: {error.strerror}", param_hint="--picture") from error


def _show_explained(explained: Mapping[str, Any]) -> None:
    line(f"{explained['entity']}: {_pair(explained)}")
    line(explained["because"])
    line()
    rows = [(step["field"], step["level"] or "-", f"{step['bits']:+.2f}") for step in explained["comparisons"]]
    table(("comparison", "level", "bits"), [*rows, ("weight", explained["decision"], f"{explained['weight']:+.2f}")])
    line()
    line(explained["why"])
    line(f"Brought together by: {', '.join(explained['found_by']) or 'no blocking rule'}")
    if explained["too_full"]:
        line(f"Buckets too full to compare: {', '.join(explained['too_full'])}")
    if explained["links"]:
        line()
        table(("link", "a", "b", "bits"), [_link_row(link) for link in explained["links"]])
    if explained["changes"]:
        line()
        line("What would change it:")
        for change in explained["changes"]:
            line(f"  {change['field']}: {change['level']} -> {change['weight']:+.1f} bits, {change['decision']}")


def _link_row(link: Mapping[str, Any]) -> tuple[str, str, str, str]:
    kind = link["kind"] if link["kind"] == "model" else f"{link['kind']}-link by {link['author']}"
    bits = "-" if link["weight"] is None else f"{link['weight']:+.2f}"
    return kind, _name(link["a"]), _name(link["b"]), bits


def _pair(explained: Mapping[str, Any]) -> str:
    return f"{_name(explained['records']['a'])} and {_name(explained['records']['b'])}"


def _name(record: Mapping[str, Any]) -> str:
    return "/".join(str(record[part]) for part in ("system", "stream", "id"))
