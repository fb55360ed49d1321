"""Train a model from a base of records: how often each level occurs among one customer's pairs and among strangers.

m comes from Splink: expectation maximisation without labels, one session for each blocking rule (what a rule says is
no evidence within its own session), or the pairs that stewards have joined. u comes from all candidate pairs, each
counted as far as it is strangers', and a sample of the pairs that no rule brings together: a random sample alone holds
too few of the rare agreements that matter most, and on a small base too many true matches. The prior is the share of
matches that both leave.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from splink import Linker
from splink.internals.exceptions import EMTrainingException

from golden_record.bulk.score_pairs import linker_on, scored_table
from golden_record.bulk.workbench import RuleForecast, Workbench, check_pairs
from golden_record.errors import NotDecidable
from golden_record.matching.model import Model
from golden_record.matching.splink_settings import APART, Placed, from_splink, output_name, to_splink

LEAST_RECORDS = 200
LEAST_PAIRS = 100
"""Candidate pairs under which nothing can be learned; Splink's own advice is at least a few hundred."""
LEAST_LABELS = 50
MOST_PAIRS = 200_000_000
"""Pairs that the blocking rules may make together: some minutes of work, and all that memory holds."""
SAMPLED = 2_000_000
"""Candidate pairs that take part in training; of more, every n-th."""
STRANGERS = 200_000
"""Pairs that no rule brings together, for the levels that strangers share."""
ROUNDS = 2
PRIOR_STEPS = 20
NEARLY = 1e-9
"""Where Splink is certain, we are nearly so: a level that it saw never, or always, weighs infinitely."""
HALF = 0.5
"""Half an observation: what a level counts for that was never seen."""


class CannotTrain(NotDecidable):
    """The base cannot train a model; nothing was changed."""


@dataclass
class Trained:
    """The new model, and on what it rests. *skipped*: sessions that could not be held, with the reason."""

    model: Model
    records: int
    pairs: int
    strangers: int
    labels: int = 0
    sessions: list[str] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)


def check_forecast(forecast: Sequence[RuleForecast], records: int) -> None:
    """Check that a base of *records* can be compared and learned from, by what its blocking rules make.

    Raises:
        CannotTrain: too few records or pairs to learn from, or more pairs than a machine compares in a run.
    """
    try:
        check_pairs(forecast, records, MOST_PAIRS)
    except NotDecidable as refused:
        raise CannotTrain(refused.what, refused.cure) from None
    total = sum(rule.pairs for rule in forecast)
    if records < LEAST_RECORDS:
        raise CannotTrain(
            f"{records} records are too few to train on; {LEAST_RECORDS} is the least",
            "Keep the shipped weights until more is pulled",
        )
    if total < LEAST_PAIRS:
        raise CannotTrain(
            f"the blocking rules bring only {total} pairs together; {LEAST_PAIRS} is the least to learn from",
            "Add a blocking rule, or pull more records",
        )


def train(bench: Workbench, labels: Sequence[tuple[str, str]] | None = None, strangers: int = STRANGERS) -> Trained:
    """Train the workbench's model.

    Args:
        bench: filled with all records of the entity.
        labels: pairs of record keys that stewards said are one customer; None trains without labels.
        strangers: pairs to sample among those that no rule brings together.

    Raises:
        CannotTrain: see `check_forecast`; or too few labels.
    """
    check_forecast(bench.forecast(), len(bench.keys))
    logging.getLogger("splink").setLevel(logging.ERROR)  # it warns of every level that a session has not seen
    pairs = _prepare_pairs(bench, strangers)
    trained = Trained(bench.model, len(bench.keys), pairs.candidates, pairs.strangers)
    if labels is not None:
        _keep_labels(bench, labels, trained)
    for number in range(ROUNDS):
        apart = _measure_strangers(bench, trained.model, pairs)
        settings = _with_u(bench, trained.model, apart)
        last = number == ROUNDS - 1
        saved = _m_by_labels(bench, settings) if labels is not None else _m_by_em(bench, settings, trained, note=last)
        learned = _safe(from_splink(_only_m(saved, settings), bench.model), pairs)
        trained.model = _with_prior(learned, apart.prior, len(bench.keys))
    apart = _measure_strangers(bench, trained.model, pairs)
    final = from_splink(_with_u(bench, trained.model, apart), trained.model)
    trained.model = _with_prior(_safe(final, pairs), apart.prior, len(bench.keys))
    return trained


# -------------------------------------------------------------------------------------------------- pairs


@dataclass(frozen=True, slots=True)
class _Pairs:
    """The pairs in training: each candidate stands for *step* of them, each stranger for *each*."""

    total: int
    candidates: int
    step: int
    strangers: int
    each: float


def _prepare_pairs(bench: Workbench, most: int) -> _Pairs:
    """Make the table `training_pairs`: candidates (`match_key` 0) and a sample of all others (1)."""
    records = len(bench.keys)
    total = records * (records - 1) // 2
    candidates = bench.find_pairs()
    step = math.ceil(candidates / SAMPLED)
    run = bench.connection.execute
    wanted = min(most, total - candidates)
    numbers = f"cast(hash(n, 1) % {records} as bigint) as i, cast(hash(n, 2) % {records} as bigint) as j"
    every = "select a.unique_id as i, b.unique_id as j from records a join records b on a.unique_id < b.unique_id"
    some = f"select {numbers} from range({wanted}) t(n)"  # noqa: S608 (numbers)
    some = f"select distinct least(i, j) as i, greatest(i, j) as j from ({some}) where i <> j"  # noqa: S608 (our own)
    drawn = every if total <= most else some
    run(
        "create or replace table training_pairs as select join_key_l, join_key_r, '0' as match_key from candidates"  # noqa: S608 (numbers)
        f" where hash(join_key_l, join_key_r) % {step} = 0"
        f" union all select i, j, '1' from ({drawn}) drawn"
        " where not exists (select 1 from candidates where join_key_l = i and join_key_r = j)"
    )
    (strangers,) = run("select count(*) from training_pairs where match_key = '1'").fetchall()[0]
    return _Pairs(total, candidates, step, strangers, (total - candidates) / max(strangers, 1))


@dataclass(frozen=True, slots=True)
class _Strangers:
    """How strangers' pairs fall on the levels, by place in `placed`, and the share of pairs that are matches.

    *unseen*: levels that no pair stands on, a match or not.
    """

    u: Mapping[int, float]
    unseen: frozenset[int]
    prior: float


def _measure_strangers(bench: Workbench, model: Model, pairs: _Pairs) -> _Strangers:
    splink = to_splink(model, bench.frequencies)
    with scored_table(bench, splink.settings, "training_pairs") as scored:
        run = bench.connection.execute
        prior_bits = model.prior_bits(bench.frequencies.total)
        run(
            f"create or replace temp table weighed as select *, match_weight - ({prior_bits!r}) as evidence,"  # noqa: S608 (our own)
            f" case when match_key = '0' then {pairs.step}.0 else {pairs.each!r} end as stands_for from {scored}"
        )
        prior = _prior(bench, model.prior, pairs)
        odds = math.log2(prior / (1 - prior))
        run("alter table weighed add column p double default 0")
        match = f"1 / (1 + pow(2, -(evidence + ({odds!r}))))"
        run(f"update weighed set p = {match} where match_key = '0'")  # noqa: S608 (a number)
        u: dict[int, float] = {}
        unseen: set[int] = set()
        for place in range(len(model.comparisons)):
            u |= _u_of(bench, splink.placed, place, unseen)
    return _Strangers(u, frozenset(unseen), prior)


def _prior(bench: Workbench, start: float, pairs: _Pairs) -> float:
    """Return the share of matches among all pairs, by expectation maximisation with m and u as they stand."""
    prior = min(max(start, 1e-12), HALF)
    for _ in range(PRIOR_STEPS):
        odds = math.log2(prior / (1 - prior))
        (matches,) = bench.connection.execute(
            f"select sum(stands_for / (1 + pow(2, -(evidence + ({odds!r}))))) from weighed where match_key = '0'"  # noqa: S608 (numbers)
        ).fetchall()[0]
        onward = min(max(float(matches or 0), HALF) / pairs.total, HALF)
        if abs(math.log2(onward / prior)) < 1e-3:  # noqa: PLR2004 (a thousandth of a bit)
            return onward
        prior = onward
    return prior


def _u_of(bench: Workbench, placed: Sequence[Placed], place: int, unseen: set[int]) -> dict[int, float]:
    """Return place in *placed* -> share of strangers' pairs, for one comparison; note the levels that never occur."""
    name = f"mw_{output_name(place)}"
    rows = bench.connection.execute(
        f"select {name}, sum((1 - p) * stands_for) from weighed where {name} <> 0 group by 1"  # noqa: S608 (our own name)
    ).fetchall()
    mine = [(number, one) for number, one in enumerate(placed) if one.comparison == place and not one.shared]
    seen = {number: [count for bits, count in rows if abs(bits - one.bits) < APART / 4] for number, one in mine}
    unseen |= {number for number, found in seen.items() if not found}
    counts = {number: HALF + sum(found) for number, found in seen.items()}
    whole = math.fsum(counts.values())
    return {number: count / whole for number, count in counts.items()}


# ------------------------------------------------------------------------------------------- what m becomes


def _with_u(bench: Workbench, model: Model, strangers: _Strangers) -> dict[str, Any]:
    """Return the model's settings with these u, and the prior that goes with them.

    What no pair stands on keeps its weight, as what is fixed does.
    """
    splink = to_splink(model, bench.frequencies)
    settings: dict[str, Any] = deepcopy(dict(splink.settings))
    settings["probability_two_random_records_match"] = strangers.prior
    at: dict[int, int] = {}
    for number, one in enumerate(splink.placed):
        written = [
            level
            for level in settings["comparisons"][one.comparison]["comparison_levels"]
            if not level.get("is_null_level")
        ]
        level = written[at.setdefault(one.comparison, 0)]
        at[one.comparison] += 1
        if number in strangers.u:
            level["u_probability"] = strangers.u[number]
    return settings


def _m_by_em(bench: Workbench, settings: dict[str, Any], trained: Trained, *, note: bool) -> dict[str, Any]:
    linker = linker_on(bench, settings)
    held = 0
    for place, rule in enumerate(bench.model.blocking):
        name = " + ".join(rule.fields)
        used = {part.partition(".")[0] for part in rule.fields}
        marks = [
            f" and l.{shows} >= 0 and r.{shows} >= 0"
            for shows, comparison in zip(bench.splink.shows, bench.model.comparisons, strict=True)
            if comparison.field in used
        ]
        column = bench.first_key(place)
        pairs = bench.pairs_by_first_key(place)
        if len(marks) == len(bench.model.comparisons) or pairs < LEAST_PAIRS:
            why = f"only {pairs} pairs" if pairs < LEAST_PAIRS else "it leaves no comparison to train"
            trained.skipped += [(name, why)] if note else []
            continue
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(
                f"l.{column} = r.{column}{''.join(marks)}",
                estimate_without_term_frequencies=True,
                max_pairs=float(SAMPLED),
                record_sample_proportion=1.0,
            )
        except EMTrainingException:
            trained.skipped += [(name, "no pairs")] if note else []
            continue
        held += 1
        trained.sessions += [name] if note else []
    if not held:
        raise CannotTrain(
            "no blocking rule brings enough pairs together to learn from", "Add one, or pull more records"
        )
    return _learned(linker)


def _learned(linker: Linker) -> dict[str, Any]:
    """Return what Splink saves, without the m of levels that none of its sessions saw while it saw others there."""
    saved: dict[str, Any] = linker.misc.save_model_to_json()
    for comparison, written in zip(linker._settings_obj.comparisons, saved["comparisons"], strict=True):  # noqa: SLF001 (Splink tells it nowhere else)
        levels = comparison.comparison_levels
        seen = [not one.is_null_level and one._has_estimated_m_values for one in levels]  # noqa: SLF001 (likewise)
        for level, was_seen in zip(written["comparison_levels"], seen, strict=True):
            if any(seen) and not was_seen:
                level.pop("m_probability", None)
    return saved


def _keep_labels(bench: Workbench, labels: Sequence[tuple[str, str]], trained: Trained) -> None:
    place = {key: number for number, key in enumerate(bench.keys)}
    known = sorted({tuple(sorted((place[a], place[b]))) for a, b in labels if a in place and b in place})
    if len(known) < LEAST_LABELS:
        raise CannotTrain(
            f"{len(known)} pairs that stewards have joined are too few to train on; {LEAST_LABELS} is the least",
            "Train without them, or decide more reviews",
        )
    bench.connection.execute("create or replace table labels (unique_id_l bigint, unique_id_r bigint)")
    bench.connection.executemany("insert into labels values (?, ?)", [list(pair) for pair in known])
    trained.labels = len(known)


def _m_by_labels(bench: Workbench, settings: dict[str, Any]) -> dict[str, Any]:
    linker = linker_on(bench, settings)
    linker.training.estimate_m_from_pairwise_labels("labels")  # type: ignore[no-untyped-call]  # as Splink has it
    return _learned(linker)


def _only_m(saved: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return Splink's m beside our u."""
    kept = deepcopy(dict(saved))
    for theirs, ours in zip(kept["comparisons"], settings["comparisons"], strict=True):
        for level, own in zip(theirs["comparison_levels"], ours["comparison_levels"], strict=True):
            if "u_probability" in own:
                level["u_probability"] = own["u_probability"]
            if own.get("fix_m_probability"):
                level["m_probability"] = own["m_probability"]
            elif not own.get("is_null_level"):
                level["m_probability"] = min(max(level.get("m_probability", 0.0), NEARLY), 1 - NEARLY)
    return kept


def _safe(model: Model, pairs: _Pairs) -> Model:
    """Return *model* with no m below half an observation: what was never seen among matches is rare, not impossible."""
    least = HALF / max(pairs.candidates, 1)
    document = model.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    for comparison, written in zip(model.comparisons, document["comparisons"], strict=True):
        raised = [
            m if one.fixed else max(m, least)
            for one, (m, _u) in zip(comparison.levels, comparison.weights, strict=True)
        ]
        kept = math.fsum(m for one, m in zip(comparison.levels, raised, strict=True) if one.fixed)
        scale = (1 - kept) / (math.fsum(raised) - kept)
        for one, level, m in zip(comparison.levels, written["levels"], raised, strict=True):
            level["m"] = m if one.fixed else _settled(m * scale)
            if "u" in level and not one.fixed:
                level["u"] = _settled(level["u"])
    return Model.model_validate(document)


def _with_prior(model: Model, prior: float, base: int) -> Model:
    return model.model_copy(update={"prior": _settled(prior), "prior_base": base})


def _settled(share: float) -> float:
    """Return a share without the last digits: threads add up in any order, and the same base gives the same model."""
    return float(f"{share:.12g}")
