"""What a story remembers of people's doings, to hold the laws against."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

Where = tuple[str, str]
"""A record: its system and id."""


@dataclass
class Said:
    """What people wrote last in a followed field of one customer: *where*, and whether it can be told to be the last.

    A system tells one time for a whole record. Where two records of a customer are edited between two pulls, a later
    edit of anything in one of them makes its older words look newer; such a field is followed again from the next
    edit after a pull.
    """

    where: Where
    value: str
    contended: bool = False


@dataclass
class Diary:
    """What the test remembers of people's doings.

    *buried*: (customer, system) whose record people deleted. *apart*: pairs of records that a steward parted, and
    that are to stay so. *parted*: customers that a steward parted once: two profiles for one customer are meant.
    *pinned*: what a steward set for good. *shared*: mails and numbers that people gave to customers: a system may take
    one only once. *twins*: how many records a system has stored twice. *clocks_wrong*: which edit is the newest cannot
    be told in this story any more.
    """

    said: dict[tuple[str, str], Said] = field(default_factory=dict)
    unpulled: dict[str, set[Where]] = field(default_factory=dict)
    buried: set[tuple[str, str]] = field(default_factory=set)
    apart: dict[str, tuple[Where, Where]] = field(default_factory=dict)
    parted: set[str] = field(default_factory=set)
    pinned: dict[tuple[str, str], tuple[Where, str]] = field(default_factory=dict)
    shared: dict[str, set[str]] = field(default_factory=dict)
    twins: Counter[str] = field(default_factory=Counter)
    clocks_wrong: bool = False
    story: list[str] = field(default_factory=list)

    def tell(self, what: str) -> None:
        """Write a line of the story."""
        self.story.append(what)

    def edited(self, customer: str, where: Where, field_name: str = "", value: str = "") -> None:
        """Note an edit of a record that is not pulled yet."""
        waiting = self.unpulled.setdefault(customer, set())
        waiting.add(where)
        if len(waiting) > 1:
            for (whose, _name), word in self.said.items():
                word.contended |= whose == customer
        if field_name:
            self.said[customer, field_name] = Said(where, value, contended=len(waiting) > 1)

    def forget(self, customer: str) -> None:
        """Follow no word of a customer any longer: who is meant by the record is in a steward's hand now."""
        for memory in (self.said, self.pinned):
            for key in [key for key in memory if key[0] == customer]:
                del memory[key]
