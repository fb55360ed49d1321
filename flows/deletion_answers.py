"""A steward's answer to a deletion that is held, as far as the project's systems can follow it.

Room: flows.
"""

from __future__ import annotations

from flows.hub import Hub, makes
from golden_record import stewardship
from golden_record.departed import departures
from golden_record.errors import NotDecidable
from golden_record.stewardship import Act, Answer
from golden_record.store import normalised_records as records
from golden_record.store.engine import Store
from golden_record.store.reviews import Review


def decide_deletion(hub: Hub, store: Store, review: Review, answer: Answer, act: Act) -> list[str]:
    """Keep *answer* on *store*; return the profiles that it is about.

    Raises:
        NotDecidable: the question is another one, closed or in somebody's hands, or the system takes no such record.
    """
    if review.kind == "deleted" and review.status == "open" and answer == "restore":
        _can_be_made(hub, store, review)
    if review.kind == "deleted" and review.status == "open" and answer == "propagate":
        _goes_somewhere(hub, store, review)
    return stewardship.decide_deletion(store, review.review_id, act, answer)


def _goes_somewhere(hub: Hub, store: Store, review: Review) -> None:
    with store.read() as connection:
        rows = list(records.load(connection, store.vault, review.refs).values())
    left = {one.system for one in departures(rows)}
    takes = [
        name for name, system in hub.systems.items() if system.config.push is not None and system.config.push.deletes
    ]
    if not set(takes) - left:
        raise NotDecidable(
            "no other system takes deletions",
            "Switch it on where it may be (`deletes: true` under `push` in hub.yaml), or answer `archive`",
            why="nowhere_deleted",
        )


def _can_be_made(hub: Hub, store: Store, review: Review) -> None:
    with store.read() as connection:
        rows = list(records.load(connection, store.vault, review.refs).values())
    for one in departures(rows):
        if not makes(hub, one.system, review.entity):
            raise NotDecidable(
                f"the hub makes no {review.entity} in {one.system}",
                "Restore the record there, by its own recycle bin: the question then closes by itself. Or answer "
                "`accept` or `archive`",
                why="not_made_there",
            )
