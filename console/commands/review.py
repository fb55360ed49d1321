"""`crmhub review`. Room: console."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import typer

from console.options import (
    HERE,
    LIMIT,
    AfterOption,
    AuthorOption,
    JsonOption,
    LimitOption,
    MaskOption,
    ProjectOption,
    ReasonOption,
    author_of,
    hub_of,
    reason_of,
)
from console.say import document, line
from console.steward_text import tell_overruled
from console.table import more, short, table, text_of
from flows.bulk_decisions import CEILING, SAMPLE, Decision, Rule, decide_all, sample
from flows.hub import Hub
from flows.profile_edits import Edit, WrongValue, said
from flows.profile_view import profile_shown, view_of
from flows.stewards import (
    Outcome,
    comment_review,
    decide_deleted,
    decide_pair,
    decide_return,
    decide_value,
    defer_review,
    dismiss,
    give_back_review,
    picked,
    review_of,
    review_page,
    review_shown,
    take_review,
)
from golden_record.errors import NotDecidable
from golden_record.stewardship import Answer

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True, help="The steward's queue.")

IdArgument = Annotated[str, typer.Argument(metavar="ID")]


@app.command("list")
def list_(  # noqa: PLR0913 (the command's options)
    status: Annotated[
        Literal["open", "decided", "dismissed", "obsolete", "all"], typer.Option("--status", help="Which ones.")
    ] = "open",
    limit: LimitOption = LIMIT,
    after: AfterOption = None,
    mask: MaskOption = False,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """List what waits for a steward, the most pressing first (others: in the order in which they were opened)."""
    with hub_of(project) as hub:
        chosen = None if status == "all" else status
        found = review_page(hub, status=chosen, after=after, limit=limit, show=view_of(hub, mask=mask))
    if as_json:
        document(found)
        return 0
    _tell_items(found["items"])
    more(found["next"], "crmhub review list")
    return 0


def _tell_items(items: Sequence[dict[str, Any]]) -> None:
    rows = [
        (
            one["id"],
            one["kind"],
            one["why"],
            one["field"],
            one["weight"],
            _due(one),
            short(", ".join(f"{record['system']}/{record['id']}" for record in one["records"])),
            one["status"],
        )
        for one in items
    ]
    table(("id", "kind", "why", "field", "bits", "due", "records", "status"), rows)


def _due(one: dict[str, Any]) -> str:
    """Say on which day a question is due, and what of its customers makes it press."""
    presses = [f"{cause['what']} {text_of(cause['value'])}" for cause in one["presses"] if cause["what"] != "weight"]
    day = (one["due_at"] or "")[:10]
    return f"{day} ({', '.join(presses)})" if presses else day


@app.command()
def show(
    review_id: IdArgument, mask: MaskOption = False, project: ProjectOption = HERE, as_json: JsonOption = False
) -> int:
    """Show one question with what it rests on."""
    with hub_of(project) as hub:
        view = view_of(hub, mask=mask)
        found = review_shown(hub, review_id.strip().upper(), view)
        beside = [profile_shown(hub, one, view) for one in found["profiles"]] if found else []
    if found is None:
        raise typer.BadParameter(f"there is no review {review_id}. See `crmhub review list`")
    if as_json:
        document(found)
        return 0
    line(f"{found['kind']} {found['id']}: {found['status']}, {found['why']}, opened {found['opened_at']}")
    for record in found["records"]:
        line(f"record       {record['system']}/{record['stream']}/{record['id']}")
    if found["candidates"]:
        rows = [(one["n"], text_of(one["value"]), _source(one["source"])) for one in found["candidates"]]
        table(("pick", found["field"], "from"), rows)
    sides = [one for one in beside if one is not None]
    names = list(dict.fromkeys(name for one in sides for name in one["fields"]))
    if found["kind"] == "duplicate" and sides:
        line(f"{found['weight']} bits for one customer")
        table(
            ("field", *(one["profile_id"] for one in sides)),
            [(name, *(short(one["fields"].get(name)) for one in sides)) for name in names],
        )
    _tell_work(found)
    if found["decision"]:
        line(f"closed       {found['decision']} by {found['author']} at {found['ended_at']}")
    return 0


def _tell_work(found: dict[str, Any]) -> None:
    """Tell how pressing a question is, who has it in hand, and what stewards did with it."""
    if found["status"] == "open":
        line(f"due          {found['due_at']}")
        for cause in found["presses"]:
            line(f"             {cause['days']:g} days sooner for {cause['what']} {text_of(cause['value'])}")
        if found["held_by"]:
            line(f"in hand      {found['held_by']}")
        if found["suggestion"]:
            number = f" {found['suggestion']['n']}" if "n" in found["suggestion"] else ""
            line(f"suggested    {found['suggestion']['decision']}{number}: {found['suggestion']['why']}")
    for one in found["acts"]:
        undone = f", undone by {one['undone_by']}" if one["undone_at"] else ""
        line(f"{one['kind']:<12} {one['at']} by {one['author']}: {one['reason']} ({one['id']}{undone})")


@app.command()
def decide(  # noqa: PLR0913 (the command's options)
    review_id: IdArgument,
    match: Annotated[bool, typer.Option("--match", help="They are one customer.")] = False,
    no_match: Annotated[bool, typer.Option("--no-match", help="They are not, for good.")] = False,
    pick: Annotated[int | None, typer.Option("--pick", metavar="N", help="This candidate's value holds.")] = None,
    value: Annotated[str | None, typer.Option("--value", metavar="V", help="This value holds.")] = None,
    restore: Annotated[
        bool, typer.Option("--restore", help="The customer is back: the deleted record may be made again.")
    ] = False,
    accept: Annotated[
        bool, typer.Option("--accept", help="The deletion concerns that system alone: nothing follows.")
    ] = False,
    archive: Annotated[
        bool, typer.Option("--archive", help="The deleted customer is over: it is made nowhere any more.")
    ] = False,
    propagate: Annotated[
        bool, typer.Option("--propagate", help="As --archive, and its records elsewhere are planned to be deleted.")
    ] = False,
    dismissed: Annotated[bool, typer.Option("--dismiss", help="Close it undecided, until the grounds change.")] = False,
    reason: ReasonOption = "",
    by: AuthorOption = "",
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Decide one question; the systems get what follows with the next sync or push."""
    chosen = [match, no_match, pick is not None, value is not None, restore, accept, archive, propagate, dismissed]
    if sum(chosen) != 1:
        words = "--match, --no-match, --pick, --value, --restore, --accept, --archive, --propagate, --dismiss"
        raise typer.BadParameter(f"give exactly one of {words}")
    name, why, who = review_id.strip().upper(), reason_of(reason), author_of(by)
    with hub_of(project) as hub:
        if match or no_match:
            done = decide_pair(hub, name, same=match, author=who, reason=why)
        elif accept or archive or propagate or (restore and _is_deletion(hub, name)):
            said: dict[Answer, bool] = {"accept": accept, "archive": archive, "propagate": propagate}
            answer: Answer = next((one for one, meant in said.items() if meant), "restore")
            done = decide_deleted(hub, name, answer, author=who, reason=why)
        elif restore:
            done = decide_return(hub, name, author=who, reason=why)
        elif dismissed:
            done = dismiss(hub, name, author=who, reason=why)
        else:
            done = _decide_value(hub, name, pick, value, who, why)
        found = review_shown(hub, name, view_of(hub, mask=False))
    outcome = {
        "id": name,
        "status": found["status"] if found else None,
        "decision": found["decision"] if found else None,
        **done.to_json(),
    }
    if as_json:
        document(outcome)
    else:
        line(f"{outcome['status']}: {outcome['decision']}. Profiles: {', '.join(done.profiles)}")
        tell_overruled(done)
    return 0


def _is_deletion(hub: Hub, review_id: str) -> bool:
    review = review_of(hub, review_id)
    return review is not None and review.kind == "deleted"


@app.command("decide-all")
def decide_all_(  # noqa: PLR0913 (the command's options)
    match: Annotated[bool, typer.Option("--match", help="They are one customer, each pair of them.")] = False,
    no_match: Annotated[bool, typer.Option("--no-match", help="They are not, for good.")] = False,
    dismissed: Annotated[bool, typer.Option("--dismiss", help="Close them undecided.")] = False,
    as_suggested: Annotated[bool, typer.Option("--suggested", help="Decide each as the hub suggests.")] = False,
    kind: Annotated[Literal["duplicate", "value"] | None, typer.Option("--kind", help="Only these.")] = None,
    entity: Annotated[str | None, typer.Option("--entity", help="Only these: person, company, …")] = None,
    why: Annotated[
        str | None,
        typer.Option("--why", help="band, against, together, too_large; concurrent, not_owner, cleared, widened."),
    ] = None,
    field: Annotated[str | None, typer.Option("--field", help="Only about this field.")] = None,
    at_least: Annotated[float | None, typer.Option("--at-least", metavar="BITS", help="Weight from here up.")] = None,
    below: Annotated[float | None, typer.Option("--below", metavar="BITS", help="Weight below this.")] = None,
    system: Annotated[str | None, typer.Option("--system", help="Only with a record of this system.")] = None,
    opened_before: Annotated[datetime | None, typer.Option("--opened-before", help="Older than this (UTC).")] = None,
    samples: Annotated[int, typer.Option("--sample", min=1, max=100, help="How many to show.")] = SAMPLE,
    apply: Annotated[bool, typer.Option("--apply", help="Decide them all; without it only a sample is shown.")] = False,
    ceiling: Annotated[int, typer.Option("--ceiling", min=1, help="Decide none if more than this fit.")] = CEILING,
    mask: MaskOption = False,
    reason: ReasonOption = "",
    by: AuthorOption = "",
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Decide every open question that a rule fits: first a sample, then with --apply all; one `undo` takes all back."""
    chosen: dict[Decision, bool] = {
        "match": match,
        "no_match": no_match,
        "dismiss": dismissed,
        "suggested": as_suggested,
    }
    if sum(chosen.values()) != 1:
        raise typer.BadParameter("give exactly one of --match, --no-match, --dismiss, --suggested")
    decision = next(name for name, wanted in chosen.items() if wanted)
    before = opened_before.replace(tzinfo=UTC) if opened_before else None
    rule = Rule(kind, entity, why, field, at_least, below, system, before)
    who = author_of(by)
    with hub_of(project) as hub:
        if not apply:
            found = sample(hub, rule, who, view_of(hub, mask=mask), samples)
            return _tell_sample(found, decision, as_json=as_json)
        done = decide_all(hub, rule, decision, author=who, reason=reason_of(reason), ceiling=ceiling)
    if as_json:
        document(done.to_json())
    else:
        line(f"Decided {len(done.ids)} ({decision}); take all back with `crmhub undo {done.outcome.run_id}`")
        for one in done.left:
            line(f"Left open {one['id']}: {one['why']}. {one['cure']}")
        tell_overruled(done.outcome)
    return 1 if done.left else 0


def _tell_sample(found: dict[str, Any], decision: str, *, as_json: bool) -> int:
    if as_json:
        document({**found, "decision": decision})
        return 0
    line(f"{found['fitting']} open questions fit; --apply would decide each with `{decision}`. Some of them:")
    _tell_items(found["sample"])
    return 0


@app.command()
def take(
    review_id: Annotated[str | None, typer.Argument(metavar="[ID]", show_default="the most pressing")] = None,
    minutes: Annotated[int, typer.Option("--minutes", min=1, max=1440, help="For how long.")] = 30,
    by: AuthorOption = "",
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Take a question in hand: until then nobody else decides it."""
    wanted = review_id.strip().upper() if review_id else None
    with hub_of(project) as hub:
        taken = take_review(hub, wanted, held_for=timedelta(minutes=minutes), author=author_of(by))
    if as_json:
        document({"id": taken})
    else:
        line(f"In hand: {taken}. See `crmhub review show {taken}`")
    return 0


@app.command()
def release(
    review_id: IdArgument, by: AuthorOption = "", project: ProjectOption = HERE, as_json: JsonOption = False
) -> int:
    """Let others take a question that you have in hand."""
    name = review_id.strip().upper()
    with hub_of(project) as hub:
        give_back_review(hub, name, author=author_of(by))
    if as_json:
        document({"id": name})
    else:
        line(f"Free again: {name}")
    return 0


@app.command()
def defer(  # noqa: PLR0913 (the command's options)
    review_id: IdArgument,
    until: Annotated[datetime, typer.Option("--until", help="Until when (UTC).")],
    reason: ReasonOption = "",
    by: AuthorOption = "",
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Put a question off: it leaves the queue until then."""
    name, at = review_id.strip().upper(), until.replace(tzinfo=UTC)
    with hub_of(project) as hub:
        done = defer_review(hub, name, at, author=author_of(by), reason=reason_of(reason))
    if as_json:
        document({"id": name, **done.to_json()})
    else:
        line(f"Off the queue until {at:%Y-%m-%d %H:%M} UTC: {name}")
    return 0


@app.command()
def comment(
    review_id: IdArgument,
    words: Annotated[str, typer.Argument(metavar="WORDS")],
    by: AuthorOption = "",
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Say something about a question; whoever looks at it reads it."""
    name = review_id.strip().upper()
    if not words.strip():
        raise typer.BadParameter("say something")
    with hub_of(project) as hub:
        done = comment_review(hub, name, author=author_of(by), words=words.strip())
    if as_json:
        document({"id": name, **done.to_json()})
    else:
        line(f"Kept with {name}")
    return 0


def _decide_value(  # noqa: PLR0913 (the facts of a decision)
    hub: Hub, name: str, pick: int | None, value: str | None, who: str, why: str
) -> Outcome:
    review = review_of(hub, name)
    if review is None:
        raise NotDecidable(f"there is no review {name}", "See `crmhub review list`")
    if pick is not None:
        word = picked(review, pick)
    elif review.field is None:
        raise NotDecidable(f"review {name} is not about a value", "Use --match, --no-match or --dismiss")
    else:
        try:
            word = said(hub, review.entity, Edit({review.field: [value] if value else []}))[review.field]
        except WrongValue as wrong:
            raise typer.BadParameter(str(wrong), param_hint="--value") from None
    return decide_value(hub, name, word, author=who, reason=why)


def _source(source: dict[str, str | None]) -> str:
    return "/".join(str(source[key]) for key in ("system", "stream", "id") if source[key])
