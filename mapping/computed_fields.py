"""A profile field that is computed: what it sums up of the interactions that refer to the customer.

Room: mapping; pydantic at the edge, pure. What comes of it is worked out in golden_record (`computed.py`).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from mapping.mistakes import CuredError
from mapping.yaml_file import Checked

Word = str | int | bool
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Take = Literal["count", "sum", "latest", "earliest", "maximum", "minimum"]

NEEDS_FIELD = frozenset({"sum", "latest", "earliest", "maximum", "minimum"})


class Unit(Checked):
    """In what the summed amounts are counted."""

    field: Name
    """The field that names each amount's unit: currency."""
    into: str
    """The unit of the sum. An amount that names none counts as this."""
    rates: dict[str, Decimal] = Field(default_factory=dict)
    """What one of another unit is worth: {USD: 7.2}. One amount in a unit without a rate leaves the field empty: better
    no sum than a wrong one."""


class Computed(Checked):
    """How a field is computed. It is shown and pushed, and never read back as anybody's word."""

    of: Name = "interaction"
    """The entity that is summed up."""
    by: Name = "customer"
    """Its relation that leads to the customer."""
    take: Take
    """How many; the sum of `field`; its value in the latest or earliest (by `date`); the largest or smallest."""
    field: Name | None = None
    """The field that is taken; `count` needs none."""
    where: dict[Name, Word | tuple[Word, ...]] = Field(default_factory=dict)
    """Which are meant: {kind: purchase}. A customer who never had one shows nothing, not 0."""
    only: dict[Name, Word | tuple[Word, ...]] = Field(default_factory=dict)
    """Which of those count now: {outcome: open}. Where none does, a count or sum is 0."""
    within: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,3}[dwy]$")] | None = None
    """Only those of the last 90d, 26w or 1y. The value is worked out anew on the day on which one drops out."""
    date: Name = "happened_on"
    """The field that tells when it was."""
    unit: Unit | None = None
    """For amounts of money (`sum` only)."""

    @model_validator(mode="after")
    def _fits(self) -> Computed:
        if self.take in NEEDS_FIELD and self.field is None:
            raise CuredError(f"`take: {self.take}` needs to know of what", "Add field: amount (or another).")
        if self.take == "count" and self.field is not None:
            raise CuredError("`take: count` counts interactions, not a field", "Drop `field`.")
        if self.unit is not None and self.take != "sum":
            raise CuredError("`unit` belongs to `take: sum`", "Drop `unit`.")
        if any(rate <= 0 for rate in (self.unit.rates.values() if self.unit else ())):
            raise CuredError("a rate is no number above 0", "Write what one of that unit is worth: {USD: 7.2}.")
        return self

    def within_days(self) -> int | None:
        """Return the window in days."""
        if self.within is None:
            return None
        return int(self.within[:-1]) * {"d": 1, "w": 7, "y": 365}[self.within[-1]]

    def names(self) -> frozenset[str]:
        """Return the fields of the summed entity that this reads."""
        found = {*self.where, *self.only, self.date}
        return frozenset(found | ({self.field} if self.field else set()) | ({self.unit.field} if self.unit else set()))
