"""The matching model of one entity as `matching.yaml` writes it: what agreement and contradiction are worth.

Room: golden_record; pydantic at the edge, pure. Probabilities in, bits out: a level's weight is log2(m / u), where
m is the share of pairs of one customer's records that fall on the level, and u the share among strangers
(Fellegi and Sunter). Mistakes in a model are all reported at once.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from golden_record.matching.level_test import LevelTest
from golden_record.matching.levels import COUNTED, DEFAULT_AT_LEAST, DEFAULT_FEATURE, When

Probability = Annotated[float, Field(gt=0, lt=1)]

SUM_TOLERANCE = 0.02
"""How far the m (and the u) of a comparison may add up beside 1: people write rounded numbers."""

WHOLE_SCALE = ("one_char", "contains", "starts", "common_start")
"""Tests whose `at_least` counts characters; that of others is a similarity from 0 to 1."""


class Written(BaseModel):
    """The base of everything that is read from matching.yaml: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Condition(Written):
    """One test of one field."""

    when: When
    """How the two sides must agree; see `levels.When`."""
    field: str | None = None
    """The profile field; default: the comparison's."""
    of: str | None = None
    """The feature that is compared; default: `key`, or the one that the test is about."""
    at_least: float | None = Field(default=None, gt=0)
    """How alike: a similarity from 0 to 1, or for `one_char` and `contains` the least number of characters."""
    only: dict[str, str] = Field(default_factory=dict)
    """Keep only values with these features: {type: mobile}."""

    def test(self) -> LevelTest:
        """Return the test with defaults filled in."""
        of = self.of or DEFAULT_FEATURE.get(self.when, "key")
        at_least = self.at_least if self.at_least is not None else DEFAULT_AT_LEAST.get(self.when, 0.0)
        return LevelTest(self.when, of, at_least, self.only)

    @model_validator(mode="after")
    def _scale_fits(self) -> Condition:
        if self.at_least is not None and self.when not in DEFAULT_AT_LEAST:
            raise ValueError(f"`{self.when}` takes no at_least")
        if self.at_least is not None and self.when not in WHOLE_SCALE and self.at_least > 1:
            raise ValueError("at_least of a similarity lies between 0 and 1")
        return self


class Level(Condition):
    """One level of a comparison. A pair falls on the first level that holds.

    `else` may leave m and u out: it takes what the others leave of 1.
    """

    m: Probability | None = None
    """Share of one customer's pairs that fall here."""
    u: Probability | None = None
    """Share of strangers' pairs that fall here."""
    also: tuple[Condition, ...] = ()
    """Further tests that must hold too (of other fields): grouped evidence."""
    name: str | None = None
    """What reports call the level; default: field and test."""
    decisive: bool = False
    """Enough alone: such a pair needs no second attribute to merge automatically."""
    conflict: bool = False
    """Never merged automatically, directly or through others, whatever else agrees: at most a review (two USCC)."""
    context: bool = False
    """Agreement here is about surroundings (a company's switchboard) and is no second attribute of its own."""
    fixed: bool = False
    """Training keeps the weight as written: what the level says counts elsewhere, or is a matter of policy."""
    frequency: bool | None = None
    """Overrides the comparison's `frequency` for this level."""
    held_by: int | None = Field(default=None, ge=1)
    """Only values that at most this many hold; commoner ones go on to the next levels (a desk's own line)."""

    @model_validator(mode="after")
    def _can_be_counted(self) -> Level:
        if self.when not in COUNTED and (self.held_by is not None or self.frequency):
            raise ValueError(f"`{self.when}` agrees on no one text, so nothing can be counted: drop held_by, frequency")
        return self

    def title(self, field: str) -> str:
        """Return what reports call the level."""
        if self.name:
            return self.name
        where = f"{self.field} " if self.field and self.field != field else ""
        return f"{where}{self.when}" + (f" {self.of}" if self.of and self.of != "key" else "")


class Comparison(Written):
    """One piece of evidence with its levels, best first. Correlated fields belong into one comparison."""

    field: str
    """The profile field; for a comparison of several fields, the one that its levels mean by default."""
    name: str | None = None
    """What reports call it; default: the field."""
    frequency: bool = False
    """Weigh agreement by how common the very value is: its own share of the base takes u's place."""
    shared_after: int | None = Field(default=None, ge=1)
    """A value held by more than this many holders says nothing any more."""
    levels: tuple[Level, ...] = Field(min_length=2)

    @property
    def title(self) -> str:
        """Return what reports call the comparison."""
        return self.name or self.field

    @cached_property
    def weights(self) -> tuple[tuple[float, float], ...]:
        """Return (m, u) of each level, with what `else` leaves out filled in."""
        rest_m = 1 - math.fsum(level.m or 0.0 for level in self.levels)
        rest_u = 1 - math.fsum(level.u or 0.0 for level in self.levels)
        return tuple(
            (rest_m if level.m is None else level.m, rest_u if level.u is None else level.u) for level in self.levels
        )

    def fields(self) -> frozenset[str]:
        """Return every profile field that the comparison looks at."""
        named = {condition.field for level in self.levels for condition in (level, *level.also)}
        return frozenset(field or self.field for field in named)

    @model_validator(mode="after")
    def _levels_fit(self) -> Comparison:
        if self.levels[-1].when != "else":
            raise ValueError(f"the last level of `{self.title}` must be `else`")
        if any(level.when == "else" for level in self.levels[:-1]):
            raise ValueError(f"`else` of `{self.title}` takes everything: levels after it are never reached")
        for what in ("m", "u"):
            _check_sum(self, what)
        return self


def _check_sum(comparison: Comparison, what: str) -> None:
    given = [getattr(level, what) for level in comparison.levels]
    if None in given[:-1]:
        raise ValueError(f"only `else` may leave {what} out in `{comparison.title}`")
    total = math.fsum(value or 0.0 for value in given)
    if given[-1] is None and total >= 1:
        raise ValueError(f"the {what} of `{comparison.title}` leave nothing for `else` (they add up to {total:.4g})")
    if given[-1] is not None and abs(total - 1) > SUM_TOLERANCE:
        raise ValueError(f"the {what} of `{comparison.title}` add up to {total:.4g}, not to 1")


class Thresholds(Written):
    """Where a weight in bits leads to."""

    auto: float
    """From here on two records are one customer."""
    review: float
    """From here on a steward is asked."""
    apart: float = -8.0
    """At or below this (without the prior) two speak against each other and never share a profile by others' links."""

    @model_validator(mode="after")
    def _in_order(self) -> Thresholds:
        if self.review > self.auto:
            raise ValueError("thresholds must rise: review <= auto")
        if self.apart >= 0:
            raise ValueError("`apart` must be below 0: it is evidence against")
        return self


def _rule(written: object) -> object:
    return {"fields": written} if isinstance(written, list | tuple) else written


class BlockingRule(Written):
    """Records that share a value in each of these fields are compared. In YAML: a list, or {fields, max}."""

    fields: tuple[str, ...] = Field(min_length=1)
    """Profile fields (their blocking keys), or `field.feature` for one feature's texts."""
    max: int = Field(default=500, ge=2)
    """Buckets with more records than this are skipped and reported: their cost grows with the square."""


class Holder(Written):
    """By what holders of a value are told apart, so that one customer's many records count once."""

    field: str
    of: str = "key"


def _renamed(written: object) -> object:
    return {name: name for name in written} if isinstance(written, list | tuple) else written


class Borrow(Written):
    """Evidence taken from a neighbour where the record itself says nothing, or added from another of its own fields."""

    relation: str | None = None
    """Of the record that this relation points to (`employer`); `own`: of the record itself, added to what it says;
    absent: of those that the same source record emits."""
    entity: str
    """The lender's entity."""
    field: str
    """The lender's field."""
    into: str
    """The field that is borrowed into."""
    features: Annotated[dict[str, str], BeforeValidator(_renamed)] = Field(default_factory=dict)
    """Only these features: a list, or {theirs: ours}; empty: all."""
    only: dict[str, str] = Field(default_factory=dict)
    """Only values with these features."""


class Model(Written):
    """The matching model of one entity."""

    thresholds: Thresholds
    prior: Probability
    """Probability that two random records are one customer, in a base of `prior_base` records."""
    prior_base: int = Field(default=10_000, ge=1)
    """The base that `prior` was stated for; in a base of N records it is prior * prior_base / N."""
    needs: int = Field(default=2, ge=1)
    """How many attributes must agree before a pair merges automatically (a decisive level is enough alone)."""
    max_cluster: int = Field(default=200, ge=2)
    """No profile grows beyond this many records by the model; what is cut there goes to review."""
    holders: tuple[Holder, ...] = ()
    """The fields that tell holders of a shared value apart (the first that a record has); empty: records count."""
    borrows: tuple[Borrow, ...] = ()
    """What a record takes from its neighbours where it says nothing itself; see `borrow`."""
    blocking: tuple[Annotated[BlockingRule, BeforeValidator(_rule)], ...] = Field(min_length=1)
    comparisons: tuple[Comparison, ...] = Field(min_length=1)

    def fields(self) -> frozenset[str]:
        """Return every profile field that the model reads."""
        found = {field for comparison in self.comparisons for field in comparison.fields()}
        found |= {name.partition(".")[0] for rule in self.blocking for name in rule.fields}
        return frozenset(found | {holder.field for holder in self.holders})

    def prior_bits(self, total: int) -> float:
        """Return the prior in bits for a base of *total* records.

        A customer has about as many records in a large base as in a small one, so the share of true pairs among all
        pairs falls as 1 / N. Bases under `SMALLEST_BASE` count as that large: their own numbers say nothing yet.
        """
        scaled = min(0.5, self.prior * self.prior_base / max(total, SMALLEST_BASE))
        return math.log2(scaled / (1 - scaled))

    @model_validator(mode="after")
    def _titles_differ(self) -> Model:
        titles = [comparison.title for comparison in self.comparisons]
        twice = sorted({title for title in titles if titles.count(title) > 1})
        if twice:
            raise ValueError(f"two comparisons are called {', '.join(twice)}: give one a `name`, or group them")
        return self


SMALLEST_BASE = 1_000


Mistake = tuple[tuple[str | int, ...], str]
"""Where in the document (keys and places from the top), and what is wrong there."""


class ModelMistakes(ValueError):
    """Everything that is wrong with matching.yaml, at once."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = mistakes
        super().__init__("; ".join(f"{'.'.join(map(str, path))}: {text}" for path, text in mistakes))


def read_models(
    document: Mapping[str, Any], profile_fields: Mapping[str, Collection[str]] | None = None
) -> dict[str, Model]:
    """Return the model of each entity in *document* (matching.yaml, already parsed).

    Args:
        document: entity -> model, as YAML gives it.
        profile_fields: entity -> its fields in profile.yaml; where given, unknown ones are mistakes too.

    Raises:
        ModelMistakes: all of them, with their places.
    """
    models: dict[str, Model] = {}
    mistakes: list[Mistake] = []
    for entity, written in document.items():
        try:
            models[entity] = Model.model_validate(written)
        except ValidationError as wrong:
            mistakes += [((entity, *error["loc"]), error["msg"]) for error in wrong.errors(include_url=False)]
            continue
        if profile_fields is not None:
            mistakes += unknown_fields(entity, models[entity], profile_fields)
    if mistakes:
        raise ModelMistakes(mistakes)
    return models


def unknown_fields(entity: str, model: Model, profile_fields: Mapping[str, Collection[str]]) -> Iterator[Mistake]:
    """Yield each use of a field (or entity) that profile.yaml does not have."""
    if entity not in profile_fields:
        yield (entity,), "profile.yaml has no such entity"
        return
    for path, owner, name in _used_fields(entity, model):
        if name not in profile_fields.get(owner, ()):
            where = "" if owner == entity else f" of `{owner}`"
            yield (entity, *path), f"profile.yaml has no field `{name}`{where}"


def _used_fields(entity: str, model: Model) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Yield (place in the model, entity, field) of each use of a field."""
    for place, comparison in enumerate(model.comparisons):
        for name in sorted(comparison.fields()):
            yield ("comparisons", place), entity, name
    for place, rule in enumerate(model.blocking):
        for name in rule.fields:
            yield ("blocking", place), entity, name.partition(".")[0]
    for place, holder in enumerate(model.holders):
        yield ("holders", place), entity, holder.field
    for place, loan in enumerate(model.borrows):
        yield ("borrows", place), entity, loan.into
        yield ("borrows", place), loan.entity, loan.field


Decision = Literal["auto", "review", "apart"]


def decide(thresholds: Thresholds, weight: float) -> Decision:
    """Return what a weight in bits leads to."""
    if weight >= thresholds.auto:
        return "auto"
    return "review" if weight >= thresholds.review else "apart"
