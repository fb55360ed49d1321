"""Write docs/connectors.md anew: what became of each clause of the contract on each connector. Run as `make docs`.

The table is that of the last run that was kept (`make contract` writes docs/connectors.json): a cell says in how many
cases the clause held. The suite is part of `make test`; tests of it fail when what is kept is not what it runs, and
when the code of a connector is no longer what the run was of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.connectors.contract_suite.clauses import CLAUSES, EXCEPT
from tests.connectors.contract_suite.kept import kept
from tests.connectors.contract_suite.rigs import RIGS

PAGE = Path(__file__).parent / "connectors.md"

HEAD = """# Connectors and their contract

Written by `make docs` from the last kept run of the suite in `tests/connectors/contract_suite` (`make contract`, which
runs those whose code has changed); a test fails when the suite runs something else, or when a connector's code is no
longer what the run was of. What single APIs are known to do, and what bears it:
[edge-behaviours.md](edge-behaviours.md).

Each connector's README says what its operator needs and which calls of the system's API it makes. This page says what
all of them promise alike: the suite runs each clause on each connector, over real HTTP against its simulator (or on
real files, a real database, a real program), with faults put in. `yes` with a number: it held in so many cases
(several faults); **no**: not in all of them. `-` with a number: it does not apply, and why.
`bazaar` is no product: a small hostile CRM of ours, with a connector made from a page of API description.

Memory is watched over some thousand records here; `benchmarks/connectors.py` reads a million through seven of the
connectors, and compares rate and calls of all of them with a bare loop ([benchmarks.md](benchmarks.md)).
"""


def page() -> str:
    """Return the page."""
    names, cells = sorted(RIGS), results()
    why = {reason: number for number, reason in enumerate(dict.fromkeys(EXCEPT.values()), 1)}
    rows = [
        [f"{clause.replace('_', ' ')}: {asks}", *(_cell(name, clause, why, cells) for name in names)]
        for clause, asks in CLAUSES.items()
    ]
    lines = [_line(["clause", *(f"`{name}`" for name in names)]), _line(["---"] * (len(names) + 1)), *map(_line, rows)]
    notes = [f"{number}. {reason}" for reason, number in why.items()]
    return "\n".join([HEAD, *lines, "", *notes, ""])


def results() -> Mapping[str, Mapping[str, Sequence[int]]]:
    """Return the kept run: clause -> connector -> cases that passed, cases in all."""
    return kept()[0]


def _cell(name: str, clause: str, why: Mapping[str, int], cells: Mapping[str, Mapping[str, Sequence[int]]]) -> str:
    reason = EXCEPT.get((name, clause))
    if reason:
        return f"- ({why[reason]})"
    passed, cases = cells.get(clause, {}).get(name, (0, 0))
    if not cases or passed < cases:
        return f"**no** ({passed} of {cases})"
    return "yes" if cases == 1 else f"yes ({cases})"


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
