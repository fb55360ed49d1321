"""Every act that a route can ask for: who may do it, and which token. Room: console; pure.

A new act is one line here and `needs(acts.NAME)` at its routes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from console.access.user import Role, Scope

VIEWER, STEWARD, OPS, ADMIN, AUDITOR = Role
READ, VALUES, SYNC, DECIDE, OPERATE = Scope


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that can be done: its name, what it is, the roles that may, the scope that a token needs for it.

    No *scope*: only people do it, never a token.
    """

    name: str
    says: str
    roles: frozenset[Role]
    scope: Scope | None


EVERY: Final[dict[str, Act]] = {}
"""Name -> act, in the order of the pages."""


def _act(name: str, says: str, roles: tuple[Role, ...], scope: Scope | None) -> Act:
    if name in EVERY:
        raise ValueError(f"two acts are called {name}")
    return EVERY.setdefault(name, Act(name, says, frozenset(roles), scope))


ALL = (VIEWER, STEWARD, OPS, ADMIN, AUDITOR)
WORK = (VIEWER, STEWARD, OPS, ADMIN)

SEE_TODAY = _act("today.see", "See the state of the hub at a glance", ALL, READ)

SEE_REVIEWS = _act("reviews.see", "See the queue and its questions", ALL, READ)
DECIDE_REVIEWS = _act("reviews.decide", "Take, decide, defer and comment on reviews", (STEWARD,), DECIDE)

SEE_PROFILES = _act("profiles.see", "Search and see profiles, masked", ALL, READ)
EDIT_PROFILES = _act("profiles.edit", "Create, edit, pin, merge and split profiles", (STEWARD,), DECIDE)
UNDO_ACTS = _act("acts.undo", "Take stewards' acts back", (STEWARD,), DECIDE)
REVEAL_VALUES = _act("values.reveal", "Have a masked value shown; the act is recorded", (STEWARD,), None)

SEE_DELETIONS = _act("deletions.see", "See who asks to be deleted", (STEWARD, ADMIN, AUDITOR), READ)
ANSWER_DELETIONS = _act("deletions.answer", "Confirm or refuse that a customer is deleted", (ADMIN,), None)

SEE_VALUES = _act("values.see", "Get values as they are over the API, not masked", (), VALUES)

SEE_PLAN = _act("plan.see", "See what would be written", ALL, READ)
MAKE_PLAN = _act("plan.make", "Have a plan made, and leave writes out of it", (OPS, ADMIN), OPERATE)
APPROVE_PLAN = _act("plan.approve", "Approve a plan as the second person", (OPS, ADMIN), OPERATE)
PUSH_PLAN = _act("plan.push", "Carry a plan out", (OPS, ADMIN), OPERATE)
SEE_WRITES = _act("writes.see", "See writes on their way and why they were refused", ALL, READ)
MEND_WRITES = _act("writes.mend", "Retry and dismiss writes", (STEWARD, OPS, ADMIN), OPERATE)
UNDO_WRITES = _act("writes.undo", "Take back what the hub wrote into systems", (OPS, ADMIN), OPERATE)

SEE_SYSTEMS = _act("systems.see", "See systems, their errors, schedules and quota", ALL, READ)
RUN_SYSTEMS = _act("systems.run", "Pause and resume systems", (OPS, ADMIN), OPERATE)
SYNC_SYSTEMS = _act("systems.sync", "Ask for a sync", (OPS, ADMIN), SYNC)
SEE_RUNS = _act("runs.see", "See the history of runs", ALL, READ)
SEE_EVENTS = _act("events.see", "See posted events, without what was posted", (OPS, ADMIN, AUDITOR), READ)
RETRY_EVENTS = _act("events.retry", "Have a failed event tried again", (OPS, ADMIN), SYNC)

SEE_MAPPINGS = _act("mappings.see", "See mappings and the table of fields", ALL, READ)
EDIT_MAPPINGS = _act("mappings.edit", "Edit, preview and put mappings in force", (OPS, ADMIN), OPERATE)
SEE_MATCHING = _act("matching.see", "See the matching model and its measures", ALL, READ)
CHANGE_MATCHING = _act("matching.change", "Train models and put one in force", (OPS, ADMIN), OPERATE)

SEE_QUALITY = _act("quality.see", "See data quality and its lists, masked", ALL, READ)

SEE_METRICS = _act("metrics.see", "Read counts and times", (OPS, ADMIN), READ)
SEE_API = _act("api.see", "Read the description of the API", ALL, READ)

OWN_ACCOUNT = _act("account.own", "Change one's own password, second factor, language and sessions", ALL, None)
MANAGE_USERS = _act("users.manage", "Add and disable users, give roles, end sessions, make tokens", (ADMIN,), None)
SEE_AUDIT = _act("audit.see", "Read the audit trail", (ADMIN, AUDITOR), READ)
