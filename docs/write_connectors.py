"""Write docs/connectors.md anew: which clause of the contract the suite runs on which connector. Run as `make docs`.

The table is that of tests/connectors/contract_suite: a cell says `yes` where the suite runs the clause, and the suite
is part of `make test`, so that a `yes` that does not hold fails there.
"""

from __future__ import annotations

from pathlib import Path

from tests.connectors.contract_suite.clauses import CLAUSES, EXCEPT
from tests.connectors.contract_suite.rigs import RIGS

PAGE = Path(__file__).parent / "connectors.md"

HEAD = """# Connectors and their contract

Written from the suite in `tests/connectors/contract_suite` by `make docs`; a test keeps the two alike.

Each connector's README says what its operator needs and which calls of the system's API it makes. This page says what
all of them promise alike: the suite runs each clause on each connector, over real HTTP against its simulator (or on
real files, a real database, a real program), with faults put in. `-` with a number: it does not apply, and why.
`bazaar` is no product: a small hostile CRM of ours, with a connector made from a page of API description.

Memory is watched over some thousand records here; `benchmarks/connectors.py` reads a million through seven of the
connectors, and compares rate and calls of all of them with a bare loop ([benchmarks.md](benchmarks.md)).
"""


def page() -> str:
    """Return the page."""
    names = sorted(RIGS)
    why = {reason: number for number, reason in enumerate(dict.fromkeys(EXCEPT.values()), 1)}
    rows = [
        [f"{clause.replace('_', ' ')}: {asks}", *(_cell(name, clause, why) for name in names)]
        for clause, asks in CLAUSES.items()
    ]
    lines = [_line(["clause", *(f"`{name}`" for name in names)]), _line(["---"] * (len(names) + 1)), *map(_line, rows)]
    notes = [f"{number}. {reason}" for reason, number in why.items()]
    return "\n".join([HEAD, *lines, "", *notes, ""])


def _cell(name: str, clause: str, why: dict[str, int]) -> str:
    reason = EXCEPT.get((name, clause))
    return f"- ({why[reason]})" if reason else "yes"


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
