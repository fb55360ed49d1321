"""What can go wrong with the store and with decisions, and what to do next.

GoldenRecordError
├── StoreUnreachable   the database does not answer, or refuses us: nothing was changed
│   └── TransactionGivenUp   it gave a transaction up for another one: it can be done again
├── StoreReadOnly      the database or its file cannot be written
├── SchemaMismatch     the store's tables are older or newer than this program
├── KeyTrouble         the key is missing, malformed, or not the one this store was written with
├── LeaseHeld          somebody else is doing this work
├── BackupUnusable     a backup cannot be written, read, or put where it was asked to
└── NotDecidable       a steward's act does not fit what is there now
"""

from __future__ import annotations


class GoldenRecordError(Exception):
    """Says what happened and what to do next; carries a short *code*."""

    code = "golden_record"

    def __init__(self, what: str, cure: str) -> None:
        self.what, self.cure = what, cure
        super().__init__(f"{what}. {cure}")


class StoreUnreachable(GoldenRecordError):
    """The database does not answer."""

    code = "store_unreachable"


class TransactionGivenUp(StoreUnreachable):
    """The database gave a transaction up that waited for another one; nothing of it was kept."""


class StoreReadOnly(GoldenRecordError):
    """The database cannot be written."""

    code = "store_read_only"


class SchemaMismatch(GoldenRecordError):
    """Tables of another version."""

    code = "schema"


class KeyTrouble(GoldenRecordError):
    """The key is missing, malformed or a wrong one."""

    code = "key"


class LeaseHeld(GoldenRecordError):
    """Somebody else holds the lease *name*."""

    code = "lease_held"

    def __init__(self, name: str, holder: str) -> None:
        self.name, self.holder = name, holder
        super().__init__(
            f"{name} is being done by {holder}",
            "Wait for it to end, or give a longer --wait; the lease of a dead process is taken over by itself",
        )


class LeaseLost(GoldenRecordError):
    """The lease *name* was taken over by somebody else while this process stood still."""

    code = "lease_lost"

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"{name} was taken over by another process while this one stood still",
            "That one goes on with the work; see what stopped this host (sleep, a paused machine, no memory)",
        )


class NotDecidable(GoldenRecordError):
    """A steward's act does not fit; *why* is a word for the reason, *facts* what a page says of it in any language."""

    code = "not_decidable"

    def __init__(self, what: str, cure: str, *, why: str = "not_fitting", **facts: str) -> None:
        self.why, self.facts = why, facts
        super().__init__(what, cure)


class BackupUnusable(GoldenRecordError):
    """A backup cannot be written, read, or put where it was asked to."""

    code = "backup"
