"""How systems reformat what is written to them: habits by field, and the exact pairs that they were told from.

Pairs are keyed hashes: whether a value was written and what it became is answered, and no value is revealed. A habit's
row holds a name and a count, nobody's data.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import sqlalchemy as sa

from golden_record.habits import ENOUGH, Alike, apply, contradicts, habits_of
from golden_record.store.columns import Instant, KeyBytes
from golden_record.store.tables import metadata
from golden_record.vault import Vault

DIGEST = 16
habits = sa.Table(
    "habits",
    metadata,
    sa.Column("system", sa.String(120), primary_key=True),
    sa.Column("stream", sa.String(120), primary_key=True),
    sa.Column("emit", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("field", sa.String(120), primary_key=True),
    sa.Column("habit", sa.String(40), primary_key=True),
    sa.Column(
        "seen", sa.Integer, nullable=False
    ),  # different values that were reformatted so, and none otherwise since
    sa.Column("at", Instant, nullable=False),
)
pairs = sa.Table(
    "habit_pairs",
    metadata,
    sa.Column("written", KeyBytes(DIGEST), primary_key=True),  # of place and value
    sa.Column("shown", KeyBytes(DIGEST), primary_key=True),
    sa.Column("system", sa.String(120), nullable=False),
    sa.Column("stream", sa.String(120), nullable=False),
    sa.Column("field", sa.String(120), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index(None, "system", "stream", "field"),
)

EXACT = "exact"
"""The row that counts a field's pairs; no habit by itself."""
Field = tuple[int, str]
"""Place of the entity in its record, and profile field."""


@dataclass(frozen=True, slots=True)
class Habit:
    """One habit of a system in a field. *in_force*: enough values speak for it."""

    system: str
    stream: str
    emit: int
    field: str
    habit: str
    seen: int
    at: datetime

    @property
    def in_force(self) -> bool:
        """Whether the hub goes by it."""
        return self.habit != EXACT and self.seen >= ENOUGH


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a confirmed write said of a field: a *pair* of written and shown form, and what came back the *same*."""

    field: Field
    pair: tuple[str, str] | None
    same: frozenset[str]


class StreamHabits:
    """The habits of one stream, looked up as they are needed."""

    def __init__(self, connection: sa.Connection, vault: Vault, system: str, stream: str) -> None:
        self._connection, self._vault = connection, vault
        self._system, self._stream = system, stream
        self._known: dict[Field, list[Habit]] | None = None
        self._asked: dict[tuple[bytes, bytes], bool] = {}

    def alike(self, emit: int, field: str) -> Alike:
        """Return the test for one field."""
        return partial(self._alike, (emit, field))

    def _alike(self, field: Field, written: str, shown: str) -> bool:
        in_force = [one.habit for one in self._habits().get(field, ()) if one.in_force]
        return any(apply(one, written) == shown for one in in_force) or self._was_paired(field, written, shown)

    def _habits(self) -> dict[Field, list[Habit]]:
        if self._known is None:
            self._known = {}
            for one in listed(self._connection, system=self._system, stream=self._stream):
                self._known.setdefault((one.emit, one.field), []).append(one)
        return self._known

    def _was_paired(self, field: Field, written: str, shown: str) -> bool:
        if field not in self._habits():
            return False  # a pair is always kept with a row of its field
        key = self._pair(field, written, shown)
        if key not in self._asked:
            where = (pairs.c.written == key[0]) & (pairs.c.shown == key[1])
            self._asked[key] = self._connection.execute(sa.select(pairs.c.field).where(where)).first() is not None
        return self._asked[key]

    def learn(self, lessons: Iterable[Lesson], now: datetime) -> None:
        """Take in what confirmed writes said; called in the transaction that confirms them."""
        for one in lessons:
            if one.pair is not None and not self._was_paired_at_all(one.field, *one.pair):
                self._keep(one.field, *one.pair, now)
            shown_as = [(value, value) for value in one.same] + ([one.pair] if one.pair is not None else [])
            gone = [
                known.habit
                for known in self._habits().get(one.field, ())
                if known.habit != EXACT and any(contradicts(known.habit, *each) for each in shown_as)
            ]
            if gone:
                self._connection.execute(habits.delete().where(self._where(one.field) & habits.c.habit.in_(gone)))
                self._known = None

    def _was_paired_at_all(self, field: Field, written: str, shown: str) -> bool:
        key = self._pair(field, written, shown)
        where = (pairs.c.written == key[0]) & (pairs.c.shown == key[1])
        return self._connection.execute(sa.select(pairs.c.field).where(where)).first() is not None

    def _keep(self, field: Field, written: str, shown: str, now: datetime) -> None:
        key = self._pair(field, written, shown)
        place = {"system": self._system, "stream": self._stream, "field": field[1]}
        self._connection.execute(pairs.insert().values(written=key[0], shown=key[1], at=now, **place))
        for name in (*sorted(habits_of(written, shown)), EXACT):
            where = self._where(field) & (habits.c.habit == name)
            counted = habits.update().where(where).values(seen=habits.c.seen + 1, at=now)
            if self._connection.execute(counted).rowcount == 0:
                new = habits.insert().values(emit=field[0], habit=name, seen=1, at=now, **place)
                self._connection.execute(new)
        self._known, self._asked = None, {}

    def _where(self, field: Field) -> sa.ColumnElement[bool]:
        mine = (habits.c.system == self._system) & (habits.c.stream == self._stream)
        return mine & (habits.c.emit == field[0]) & (habits.c.field == field[1])

    def _pair(self, field: Field, written: str, shown: str) -> tuple[bytes, bytes]:
        place = (self._system, self._stream, str(field[0]), field[1])
        return self._vault.digest("habit", *place, written), self._vault.digest("habit", *place, shown)


def listed(
    connection: sa.Connection, *, system: str | None = None, stream: str | None = None, field: str | None = None
) -> list[Habit]:
    """Return what was learned, by place and name; the count of exact pairs among it."""
    statement = sa.select(habits).order_by(*habits.primary_key.columns)
    for column, wanted in ((habits.c.system, system), (habits.c.stream, stream), (habits.c.field, field)):
        statement = statement if wanted is None else statement.where(column == wanted)
    return [Habit(*row) for row in connection.execute(statement).all()]


def forget(
    connection: sa.Connection, system: str, stream: str | None = None, field: str | None = None
) -> Collection[Habit]:
    """Forget what was learned of a system, a stream of it, or a field; return what that was."""
    gone = listed(connection, system=system, stream=stream, field=field)
    for table in (habits, pairs):
        where = table.c.system == system
        where = where if stream is None else where & (table.c.stream == stream)
        connection.execute(table.delete().where(where if field is None else where & (table.c.field == field)))
    return gone
