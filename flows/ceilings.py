"""How much may one run write to a system? Above that, a second person approves.

Room: flows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import sqlalchemy as sa

from connectors.removals import REMOVING
from flows.plan import Target
from flows.tally import Tally, Trouble
from golden_record.store import source_records

ABOVE_CEILING = (
    "Keep it with `crmhub plan --out FILE`, let a second person say `crmhub plan approve FILE`, and carry it out with "
    "`crmhub push --plan FILE`. The rest waits."
)
NOT_APPROVED = "not_approved"
"""Why a record is not deleted or merged: nobody has approved that."""
ONLY_APPROVED = (
    "Keep the plan with `crmhub plan --out FILE`, let a second person say `crmhub plan approve FILE`, and carry it out "
    "with `crmhub push --plan FILE`."
)
Allow = Callable[[Target, str], bool]
"""Whether one more write of a kind may go out; counts it."""


class Ceilings:
    """Counts what one run plans against each system's ceilings; names the first that is passed."""

    def __init__(self, tally: Tally, records: Mapping[str, int]) -> None:
        """*records*: how many living records each system has, for ceilings that are a share of them."""
        self._tally, self._records = tally, records
        self._planned: Counter[tuple[str, str]] = Counter()

    def allow(self, target: Target, kind: str) -> bool:
        """Count one write; False above the ceiling."""
        ceiling = target.push.ceilings.limit(kind, self._records.get(target.name, 0))
        self._planned[target.name, kind] += 1
        if ceiling is None or self._planned[target.name, kind] <= ceiling:
            return True
        waits = ceiling == 0 and kind in REMOVING  # as it always does until it is approved: nothing has gone wrong
        if self._planned[target.name, kind] == ceiling + 1 and not waits:
            what = f"more than {ceiling} {kind}s are planned, which is the ceiling of one run"
            self._tally.trouble(Trouble(target.name, None, None, "ceiling", what, ABOVE_CEILING))
        return False


def ceilings_of(connection: sa.Connection, targets: Sequence[Target], tally: Tally) -> Ceilings:
    """Return the ceilings of one run."""
    names = [target.name for target in targets if target.push.ceilings.by_share]
    return Ceilings(tally, {name: source_records.count_living(connection, name) for name in names})
