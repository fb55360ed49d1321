"""Read labels: which records people know to be one customer, or not, from a CSV file.

Room: flows. Two forms: `system_a,stream_a,id_a,system_b,stream_b,id_b,match` (1 or 0), or `system,stream,id,customer`;
further columns are ignored but for `entity`. A row that cannot be used is named with its line; the others count.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

RecordName = tuple[str, str, str]
"""(system, stream, id)."""

PAIR_COLUMNS = ("system_a", "stream_a", "id_a", "system_b", "stream_b", "id_b", "match")
CUSTOMER_COLUMNS = ("system", "stream", "id", "customer")

_ANSWERS = {"1": True, "0": False, "true": True, "false": False, "yes": True, "no": False, "是": True, "否": False}


class LabelsUnreadable(ValueError):
    """The file as a whole is no labels: says why, and what they look like."""

    def __init__(self, file: Path, why: str) -> None:
        forms = f"`{','.join(PAIR_COLUMNS)}` or `{','.join(CUSTOMER_COLUMNS)}`"
        super().__init__(f"{file}: {why}. Labels are CSV in UTF-8 with a header: {forms}")


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that cannot be used, or only in part; *line* counts from 1, the header included."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class PairLabel:
    """Two records that are one customer, or not."""

    line: int
    a: RecordName
    b: RecordName
    match: bool
    entity: str | None = None


@dataclass(frozen=True, slots=True)
class CustomerLabel:
    """The customer that a record is of; any text that is the same for the same customer."""

    line: int
    record: RecordName
    customer: str
    entity: str | None = None


@dataclass
class Labels:
    """The rows of one file: of one form alone; *rows* counts them all."""

    pairs: list[PairLabel] = field(default_factory=list)
    customers: list[CustomerLabel] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    rows: int = 0


def read_labels(file: Path) -> Labels:
    """Read a file of labels.

    Raises:
        LabelsUnreadable: there is no such file, it is not UTF-8, has no header of either form, or no row.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            labels = _read(file, csv.DictReader(opened))
    except OSError as error:
        raise LabelsUnreadable(file, error.strerror or "cannot be read") from error
    except UnicodeDecodeError as error:
        raise LabelsUnreadable(file, "is not UTF-8") from error
    except csv.Error as error:
        raise LabelsUnreadable(file, f"is no CSV ({error})") from error
    if not labels.rows:
        raise LabelsUnreadable(file, "has no rows")
    return labels


def _read(file: Path, reader: csv.DictReader[str]) -> Labels:
    header = set(reader.fieldnames or ())
    labels = Labels()
    if header >= set(PAIR_COLUMNS):
        for line, row in _rows(reader):
            _take_pair(labels, line, row)
    elif header >= set(CUSTOMER_COLUMNS):
        for line, row in _rows(reader):
            _take_customer(labels, line, row)
    else:
        raise LabelsUnreadable(file, f"has the columns `{','.join(reader.fieldnames or ('none',))}`")
    return labels


def _rows(reader: csv.DictReader[str]) -> Iterator[tuple[int, Mapping[str, str]]]:
    for row in reader:
        yield reader.line_num, {name: (text or "").strip() for name, text in row.items() if isinstance(name, str)}


def _take_pair(labels: Labels, line: int, row: Mapping[str, str]) -> None:
    labels.rows += 1
    empty = [name for name in PAIR_COLUMNS if not row[name]]
    match = _ANSWERS.get(row["match"].lower())
    if empty:
        labels.problems.append(Problem(line, f"{', '.join(empty)}: empty"))
    elif match is None:
        labels.problems.append(Problem(line, "match is neither 1 nor 0"))
    else:
        a, b = (row["system_a"], row["stream_a"], row["id_a"]), (row["system_b"], row["stream_b"], row["id_b"])
        if a == b:
            labels.problems.append(Problem(line, f"names {'/'.join(a)} twice"))
        else:
            labels.pairs.append(PairLabel(line, a, b, match, row.get("entity") or None))


def _take_customer(labels: Labels, line: int, row: Mapping[str, str]) -> None:
    labels.rows += 1
    if empty := [name for name in CUSTOMER_COLUMNS if not row[name]]:
        labels.problems.append(Problem(line, f"{', '.join(empty)}: empty"))
        return
    record = (row["system"], row["stream"], row["id"])
    labels.customers.append(CustomerLabel(line, record, row["customer"], row.get("entity") or None))
