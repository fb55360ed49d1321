"""What is noted for good: append an entry to a chain, read the entries on one subject, check a whole chain.

Entries are only ever appended; of an erased person the content goes, and an entry of its own says so. Two processes
that append at once wait for each other at the chain's head, so append as late in a transaction as can be.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite
from ulid import ULID

from golden_record.chain import HASH_BYTES, Head, Keyed, fingerprint, following
from golden_record.errors import KeyTrouble
from golden_record.store.audit_tables import audit as table
from golden_record.store.audit_tables import audit_heads as heads
from golden_record.store.source_records import among, chunks
from golden_record.vault import Vault, dump, load

WRITES, ACTS = "writes", "acts"
"""The chains: what the hub wrote into systems, and what people did in the hub."""
ERASED = "erased"
"""The kind of the entry that says from which earlier ones a person's data was taken."""
_PLACE = "audit.body"
_SALT = 16
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to note. *content* is JSON and may hold customers' values; *kind* and *run_id* stay in the clear."""

    at: datetime
    kind: str
    content: Mapping[str, Any]
    subject: bytes | None = None
    run_id: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry as kept; *content* is None where it was erased."""

    number: int
    at: datetime
    kind: str
    content: Mapping[str, Any] | None
    subject: bytes | None
    run_id: str | None
    head: Head


def append(connection: sa.Connection, vault: Vault, chain: str, entries: Sequence[Entry]) -> None:
    """Append *entries* to a chain, in their order."""
    if not entries:
        return
    keyed = _keyed(vault)
    head = _locked_head(connection, chain)
    rows = []
    for entry in entries:
        entry_id, salt = str(ULID()), os.urandom(_SALT)
        content = load(dump(entry.content))  # as it will be read back
        facts = _facts(chain, entry_id, entry.at, entry.kind, entry.subject, entry.run_id)
        mark = fingerprint(keyed, salt, content)
        head = following(keyed, head, facts, mark)
        rows.append(
            {
                "id": entry_id,
                "chain": chain,
                "number": head.number,
                "at": entry.at,
                "kind": entry.kind,
                "subject": entry.subject,
                "run_id": entry.run_id,
                "fingerprint": mark,
                "hash": head.hash,
                "body": vault.seal(_PLACE, entry_id, {"s": salt.hex(), "c": content}),
            }
        )
    connection.execute(table.insert(), rows)
    moved = heads.update().where(heads.c.chain == chain).values(number=head.number, hash=head.hash)
    connection.execute(moved)


def head_of(connection: sa.Connection, chain: str) -> Head:
    """Return a chain's head."""
    row = connection.execute(sa.select(heads).where(heads.c.chain == chain)).first()
    return Head(row.number, bytes(row.hash)) if row else Head()


def about(connection: sa.Connection, vault: Vault, chain: str, subjects: Iterable[bytes]) -> list[Kept]:
    """Return what is noted about *subjects*, oldest first."""
    found: list[Kept] = []
    for part in chunks(subjects):
        where = among(table.c.subject, part) & (table.c.chain == chain)
        found += [_kept(vault, row) for row in connection.execute(sa.select(table).where(where)).all()]
    return sorted(found, key=lambda one: one.number)


def page(connection: sa.Connection, vault: Vault, chain: str, before: int | None, limit: int) -> list[Kept]:
    """Return a page of a chain, newest first; *before* is the last number of the page before."""
    statement = sa.select(table).where(table.c.chain == chain).order_by(table.c.number.desc()).limit(limit)
    if before is not None:
        statement = statement.where(table.c.number < before)
    return [_kept(vault, row) for row in connection.execute(statement).all()]


def numbered(connection: sa.Connection, vault: Vault, chain: str, numbers: Sequence[int]) -> list[Kept]:
    """Return the entries of these numbers, newest first."""
    where = (table.c.chain == chain) & table.c.number.in_(numbers)
    statement = sa.select(table).where(where).order_by(table.c.number.desc())
    return [_kept(vault, row) for row in connection.execute(statement).all()]


def erase(connection: sa.Connection, vault: Vault, chain: str, subjects: Iterable[bytes], now: datetime) -> int:
    """Take away what the entries about *subjects* say, and note which they were; return how many.

    That something was done, when and by which run stays; the chain can be checked as before.
    """
    numbers: list[int] = []
    for part in chunks(subjects):
        where = among(table.c.subject, part) & (table.c.chain == chain) & table.c.body.is_not(None)
        found = list(connection.scalars(sa.select(table.c.number).where(where)).all())
        connection.execute(table.update().where(where).values(body=sa.null()))
        numbers += found
    if numbers:
        append(connection, vault, chain, [Entry(now, ERASED, {"numbers": sorted(numbers)})])
    return len(numbers)


# ------------------------------------------------------------------------------------------------- checking


@dataclass
class Verdict:
    """What checking a chain came to: how many entries, how many of them erased, the head, and what is wrong where."""

    chain: str
    head: Head
    entries: int = 0
    erased: int = 0
    faults: list[tuple[int, str]] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def verify(connection: sa.Connection, vault: Vault, chain: str, noted: Head | None = None) -> Verdict:
    """Check every entry of a chain up to its head; *noted* is a head that somebody wrote down earlier."""
    keyed = _keyed(vault)
    verdict = Verdict(chain, head_of(connection, chain))
    last, empty, excused = Head(), set[int](), set[int]()
    passed = noted is None or noted.number == 0
    for row in _rows(connection, chain, verdict.head.number):
        verdict.entries += 1
        if row.number != last.number + 1:
            verdict.faults.append((last.number + 1, "missing"))
            last = Head(row.number - 1, last.hash)
        facts = _facts(chain, row.id, row.at, row.kind, _bytes(row.subject), row.run_id)
        if following(keyed, last, facts, bytes(row.fingerprint)).hash != bytes(row.hash):
            verdict.faults.append((row.number, "does_not_follow"))
        if row.body is None:
            empty.add(row.number)
        else:
            excused |= _checked(vault, keyed, row, verdict)
        last = Head(row.number, bytes(row.hash))
        passed = passed or last == noted
    verdict.erased = len(empty)
    verdict.faults += [(number, "emptied") for number in sorted(empty - excused)]
    if last != verdict.head:
        verdict.faults.append((verdict.head.number, "cut_off"))
    if noted is not None and not passed:
        verdict.faults.append((noted.number, "not_the_noted_head"))
    return verdict


def _checked(vault: Vault, keyed: Keyed, row: Any, verdict: Verdict) -> set[int]:  # noqa: ANN401 (a row)
    """Note whether a body is what its fingerprint says; return the entries that it excuses for being empty."""
    try:
        body = vault.open(_PLACE, row.id, row.body)
    except KeyTrouble:
        verdict.faults.append((row.number, "unreadable"))
        return set()
    if fingerprint(keyed, bytes.fromhex(body["s"]), body["c"]) != bytes(row.fingerprint):
        verdict.faults.append((row.number, "changed"))
        return set()
    return set(body["c"]["numbers"]) if row.kind == ERASED else set()


def _rows(connection: sa.Connection, chain: str, until: int) -> Iterator[Any]:
    after = 0
    while True:
        where = (table.c.chain == chain) & (table.c.number > after) & (table.c.number <= until)
        rows = connection.execute(sa.select(table).where(where).order_by(table.c.number).limit(_PAGE)).all()
        if not rows:
            return
        yield from rows
        after = rows[-1].number


def _locked_head(connection: sa.Connection, chain: str) -> Head:
    """Return the chain's head; nobody else moves it until this transaction ends."""
    wanted = sa.select(heads).where(heads.c.chain == chain).with_for_update()
    if connection.execute(sa.select(heads.c.number).where(heads.c.chain == chain)).first() is None:
        connection.execute(_begun(connection.dialect.name, chain))
    row = connection.execute(wanted).one()
    return Head(row.number, bytes(row.hash))


def _begun(dialect: str, chain: str) -> sa.Insert:
    """Return what makes a chain's head, unless another process has made it a moment ago.

    On MariaDB a plain insert that finds the row there keeps a shared lock on it; two that then want it alone would wait
    for each other.
    """
    values = {"chain": chain, "number": 0, "hash": Head().hash}
    if dialect in {"mysql", "mariadb"}:
        return mysql.insert(heads).values(**values).on_duplicate_key_update(chain=chain)
    if dialect == "postgresql":
        return postgresql.insert(heads).values(**values).on_conflict_do_nothing()
    if dialect == "sqlite":
        return sqlite.insert(heads).values(**values).on_conflict_do_nothing()
    return heads.insert().values(**values)


def _keyed(vault: Vault) -> Keyed:
    return partial(vault.digest_bytes, size=HASH_BYTES)


def _facts(  # noqa: PLR0913 (what stands in the clear)
    chain: str, entry_id: str, at: datetime, kind: str, subject: bytes | None, run_id: str | None
) -> dict[str, Any]:
    stamp = int(at.timestamp() * 1000)
    return {
        "chain": chain,
        "id": entry_id,
        "at": stamp,
        "kind": kind,
        "subject": subject.hex() if subject else None,
        "run": run_id,
    }


def _kept(vault: Vault, row: Any) -> Kept:  # noqa: ANN401 (a row)
    content = vault.open(_PLACE, row.id, row.body)["c"] if row.body is not None else None
    head = Head(row.number, bytes(row.hash))
    return Kept(row.number, row.at, row.kind, content, _bytes(row.subject), row.run_id, head)


def _bytes(value: Any) -> bytes | None:  # noqa: ANN401 (what a driver gives)
    return bytes(value) if value is not None else None
