"""A model as Splink's settings, and back.

Room: golden_record, the pure half: dictionaries only, Splink itself is not imported. The weight that Splink gives a
pair with these settings over these columns is the scorer's, to 1e-6 bits (a test holds the two together); what comes
after the weight (how many attributes must agree, what contradicts) is in `Placed` for whoever reads Splink's answer.

A level whose value may be too common to say anything becomes several: those texts that speak for a match, those that
too many hold (0 bits), those that speak against.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from golden_record.matching.compiled import level_bits
from golden_record.matching.evidence import Evidence
from golden_record.matching.frequencies import Frequencies, label_of
from golden_record.matching.level_test import LevelTest
from golden_record.matching.levels import COUNTED, needed_feature
from golden_record.matching.model import Comparison, Condition, Level, Mistake, Model, ModelMistakes
from golden_record.matching.splink_columns import Columns, texts_of
from golden_record.matching.splink_levels import Keep, LevelSql

APART = 1e-9
"""Bits by which two levels of one comparison differ at least: far under what the parity test allows."""

PAIR_KEY = "hub_pair"
"""The column by which Splink's settings say that the pairs to score are handed to it."""


Part = Literal["all", "for", "shared", "against"]
"""Of the values that two records can agree on: all, those that speak for a match, those that too many hold to say
anything, those that speak against."""


@dataclass(frozen=True, slots=True)
class Placed:
    """One of Splink's levels: which comparison and level of the model it is. Its *bits* tell it from its neighbours.

    *m*, *u*: as Splink is told. *part*: which of the values that two can agree on. *term*: the column of the text by
    whose frequency it is weighed; *several*: the column of how many there are, where there may be more than one.
    """

    comparison: int
    level: int
    m: float
    u: float
    sql: str
    part: Part = "all"
    term: str | None = None
    several: str | None = None

    @property
    def shared(self) -> bool:
        """Whether the values are those that too many hold, which say nothing."""
        return self.part == "shared"

    @property
    def bits(self) -> float:
        """The level's weight before any frequency."""
        return level_bits(self.m, self.u)


@dataclass(frozen=True)
class SplinkModel:
    """Splink's settings of a model, the columns that they read, and what each level means.

    *shows*: for each comparison the column that tells which of its levels a record can take part in.
    """

    settings: Mapping[str, Any]
    columns: Columns
    placed: tuple[Placed, ...]
    shows: tuple[str, ...]


def to_splink(model: Model, frequencies: Frequencies) -> SplinkModel:
    """Return *model* with the snapshot *frequencies* in Splink's form."""
    columns = Columns()
    sql = LevelSql(columns)
    made = [_comparison(place, one, sql, columns, frequencies) for place, one in enumerate(model.comparisons)]
    prior = model.prior_bits(frequencies.total)
    settings = {
        "link_type": "dedupe_only",
        "unique_id_column_name": "unique_id",
        "probability_two_random_records_match": 2**prior / (1 + 2**prior),
        "blocking_rules_to_generate_predictions": [{"blocking_rule": f"l.{PAIR_KEY} = r.{PAIR_KEY}"}],
        "comparisons": [one for one, _placed, _shows in made],
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": True,
        "max_iterations": 50,
    }
    placed = tuple(level for _, levels, _ in made for level in levels)
    return SplinkModel(settings, columns, placed, tuple(shows for _, _, shows in made))


def output_name(place: int) -> str:
    """Return what Splink calls the comparison at *place*: its weight is `mw_` and this."""
    return f"hub_{place}"


def _comparison(
    place: int, comparison: Comparison, sql: LevelSql, columns: Columns, frequencies: Frequencies
) -> tuple[dict[str, Any], list[Placed], str]:
    last = len(comparison.levels) - 1
    levels = [one for number in range(last) for one in _levels_of(comparison, number, sql, columns, frequencies)]
    levels.append(Placed(place, last, *comparison.weights[last], sql="ELSE"))
    levels = _told_apart([replace(one, comparison=place) for one in levels])
    shows = columns.of_number(f"shows_{comparison.field}", (place, comparison.title), shown_levels(comparison))
    nothing = {"sql_condition": f"({shows}_l & {shows}_r) = 0", "label_for_charts": "missing", "is_null_level": True}
    titles = [one.title(comparison.field) for one in comparison.levels]
    written = [_level_json(one, titles[one.level], fixed=comparison.levels[one.level].fixed) for one in levels]
    whole = {
        "output_column_name": output_name(place),
        "comparison_description": comparison.title,
        "comparison_levels": [*written[:-1], nothing, written[-1]],
    }
    return whole, levels, shows


def _told_apart(levels: Sequence[Placed]) -> list[Placed]:
    """Return levels of which no two weigh the same, and none nothing, but for those that say nothing.

    Splink's answer holds a comparison's weight but not its level (unless it holds every text as well), so that the
    weight tells the level. Where two are equal, one moves by `APART`.
    """
    taken = {0.0}
    told = []
    for one in levels:
        moved = one
        while not one.shared and any(abs(moved.bits - bits) < APART / 2 for bits in taken):
            moved = replace(moved, m=moved.m * 2**APART)
        taken.add(moved.bits)
        told.append(moved)
    return told


def _level_json(placed: Placed, title: str, *, fixed: bool) -> dict[str, Any]:
    written: dict[str, Any] = {
        "sql_condition": placed.sql,
        "label_for_charts": f"{title} (shared)" if placed.shared else title,
        "m_probability": placed.m,
        "u_probability": placed.u,
    }
    if placed.shared or fixed:
        written |= {"fix_m_probability": True, "fix_u_probability": True}
    if placed.term:
        written |= {"tf_adjustment_column": placed.term, "disable_tf_exact_match_detection": True}
    return written


def _levels_of(
    comparison: Comparison, place: int, sql: LevelSql, columns: Columns, frequencies: Frequencies
) -> Iterator[Placed]:
    """Yield what the level at *place* becomes; which comparison it is, is left open."""
    level, (m, u) = comparison.levels[place], comparison.weights[place]
    name, test = level.field or comparison.field, level.test()
    also = [sql.condition(one.field or comparison.field, one.test()) for one in level.also]
    counted = _Counted(comparison, level, m, u, frequencies)
    for part, keep in counted.parts():
        about = (comparison.title, place, part)
        conditions = [sql.condition(name, test, None if keep is None else (about, keep)), *also]
        term = several = None
        if counted.by_frequency and part != "shared":
            several = columns.of_several(f"{name}_{test.of}", about, _count(name, test, keep))
            term = columns.of_term(f"{name}_{test.of}", about, _term(name, test, keep, counted.share))
        mine = u if part == "shared" else m
        yield Placed(0, place, mine, u, " and ".join(conditions), part, term, several)


class _Counted:
    """How the commonness of a text bears on one level; the SQL side of `compiled`'s counted levels."""

    def __init__(self, comparison: Comparison, level: Level, m: float, u: float, frequencies: Frequencies) -> None:
        counted = level.when in COUNTED
        self._limit = comparison.shared_after if counted else None
        self._most, self._m, self._u = level.held_by, m, u
        self.by_frequency = counted and (comparison.frequency if level.frequency is None else level.frequency)
        self._label = label_of(level.field or comparison.field, level.test().of)
        self._frequencies = frequencies

    def share(self, text: str) -> float:
        """Return the text's share of the base."""
        return self._frequencies.share(self._label, text, self._u)

    def parts(self) -> Iterator[tuple[Part, Keep | None]]:
        """Yield the parts of the level with the texts that belong there, in the order of their bits."""
        if self._limit is None:
            yield "all", self._few if self._most is not None else None
            return
        yield "for", lambda text: self._few(text) and not self._too_common(text) and self._bits(text) > 0
        yield "shared", lambda text: self._few(text) and self._too_common(text) and self._bits(text) > 0
        yield "against", lambda text: self._few(text) and self._bits(text) <= 0

    def _held(self, text: str) -> int:
        return self._frequencies.held_by(self._label, text)

    def _few(self, text: str) -> bool:
        return self._most is None or self._held(text) <= self._most

    def _too_common(self, text: str) -> bool:
        return self._limit is not None and self._held(text) > self._limit

    def _bits(self, text: str) -> float:
        return level_bits(self._m, self.share(text) if self.by_frequency else self._u)


def _term(
    name: str, test: LevelTest, keep: Keep | None, share: Callable[[str], float]
) -> Callable[[Evidence], tuple[str, float] | None]:
    """Return the text by whose frequency a record's agreement is weighed: its rarest.

    Exact unless both sides have several and share not all: the caller scores such pairs otherwise.
    """
    every = texts_of(name, test)

    def made(evidence: Evidence) -> tuple[str, float] | None:
        shares = [(share(text), text) for text in every(evidence) if keep is None or keep(text)]
        if not shares:
            return None
        rarest, text = min(shares)
        return text, rarest

    return made


def _count(name: str, test: LevelTest, keep: Keep | None) -> Callable[[Evidence], int]:
    every = texts_of(name, test)
    return lambda evidence: sum(keep is None or keep(text) for text in every(evidence))


def shown_levels(comparison: Comparison) -> Callable[[Evidence], int]:
    """Return which levels a record could take part in, as bits: two records compare where they have one in common."""
    needed: dict[tuple[tuple[str, str], ...], None] = {}
    for level in comparison.levels[:-1]:
        conditions: Sequence[Condition] = (level, *level.also)
        wanted = {(one.field or comparison.field, needed_feature(one.test())): None for one in conditions}
        needed[tuple(wanted)] = None
    several = tuple(needed)

    def made(evidence: Evidence) -> int:
        shown = 0
        for place, features in enumerate(several):
            if all(any(value.get(of) for value in evidence.features.get(field, ())) for field, of in features):
                shown |= 1 << place
        return shown

    return made


# ------------------------------------------------------------------------------------------------- back


def from_splink(settings: Mapping[str, Any], model: Model, base: int | None = None) -> Model:
    """Return *model* with the probabilities that *settings* hold: those that `to_splink` gave, trained since.

    A level that Splink did not observe keeps its own; one that is `fixed` keeps its weight and takes the u. Levels that
    Splink has in several parts take the part that speaks for a match. Sums are brought back to 1.

    Args:
        settings: as Splink saves them.
        model: what they were made from; structure, thresholds and all the rest are its own.
        base: records in the base for which the settings' prior holds; None keeps the model's prior.

    Raises:
        ModelMistakes: the settings have other comparisons or levels, or probabilities outside (0, 1).
    """
    mine = to_splink(model, Frequencies())
    mistakes = list(_other_shape(settings, mine))
    if mistakes:
        raise ModelMistakes(mistakes)
    document = model.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    for place, comparison in enumerate(model.comparisons):
        written = _tested(settings["comparisons"][place])
        trained = [list(pair) for pair in comparison.weights]
        for one, theirs in zip((one for one in mine.placed if one.comparison == place), written, strict=True):
            for_a_match = level_bits(*comparison.weights[one.level]) > 0
            if one.shared or one.part == ("against" if for_a_match else "for"):
                continue
            for at, key in enumerate(("m_probability", "u_probability")):
                trained[one.level][at] = theirs.get(key, trained[one.level][at])
        outside = list(_outside(place, trained))
        mistakes += outside
        if not outside:
            for level, (m, u) in zip(
                document["comparisons"][place]["levels"], _whole(comparison, trained), strict=True
            ):
                level["m"], level["u"] = m, u
    if mistakes:
        raise ModelMistakes(mistakes)
    if base is not None:
        document["prior"] = settings["probability_two_random_records_match"]
        document["prior_base"] = base
    return Model.model_validate(document)


def _whole(comparison: Comparison, trained: Sequence[Sequence[float]]) -> list[tuple[float, float]]:
    """Return (m, u) of each level with sums of 1; what is fixed keeps its weight to the last bit."""
    whole_u = math.fsum(u for _m, u in trained)
    us = [u / whole_u for _m, u in trained]
    fixed = {
        place: us[place] * m / u
        for place, (level, (m, u)) in enumerate(zip(comparison.levels, comparison.weights, strict=True))
        if level.fixed
    }
    left = 1 - math.fsum(fixed.values())
    free = math.fsum(m for place, (m, _u) in enumerate(trained) if place not in fixed)
    return [(fixed[place] if place in fixed else m / free * left, us[place]) for place, (m, _u) in enumerate(trained)]


def _tested(comparison: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]


def _other_shape(settings: Mapping[str, Any], mine: SplinkModel) -> Iterator[Mistake]:
    ours, theirs = mine.settings["comparisons"], settings.get("comparisons", ())
    if len(ours) != len(theirs):
        yield ("comparisons",), f"the settings have {len(theirs)} comparisons, the model {len(ours)}"
        return
    for place, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        expected = [level["sql_condition"] for level in _tested(one)]
        found = [level.get("sql_condition") for level in _tested(other)]
        if len(expected) != len(found):
            yield ("comparisons", place), f"the settings have {len(found)} levels, the model {len(expected)}"
        for number, (mine_sql, their_sql) in enumerate(zip(expected, found, strict=False)):
            if mine_sql != their_sql:
                yield ("comparisons", place, "comparison_levels", number), "another condition than the model's"


def _outside(place: int, trained: Sequence[Sequence[float]]) -> Iterator[Mistake]:
    for number, pair in enumerate(trained):
        for name, value in zip(("m", "u"), pair, strict=True):
            if not (isinstance(value, int | float) and 0 < value < 1):
                yield ("comparisons", place, "levels", number, name), "a probability lies between 0 and 1"
