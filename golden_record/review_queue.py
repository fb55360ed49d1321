"""Work on the queue that decides nothing yet: take a review in hand, give it back, put it off, say something about it.

Room: golden_record, shell. A review that somebody has in hand is decided by nobody else until that time has passed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from golden_record.deed import Act, Deed, open_review
from golden_record.errors import NotDecidable
from golden_record.store import reviews
from golden_record.store.engine import Store

IN_HAND = timedelta(minutes=30)
"""How long a review stays in somebody's hands unless they say otherwise."""


def take(store: Store, review_id: str | None, act: Act, *, held_for: timedelta = IN_HAND) -> str:
    """Take a review in hand (None: the most pressing one that nobody has); return its id.

    Raises:
        NotDecidable: there is no such review, it is closed or in somebody else's hands; or there is none left.
    """
    with store.write() as connection:
        if review_id is None:
            review_id = reviews.most_pressing(connection, act.author, act.at)
            if review_id is None:
                raise NotDecidable("no open review is free", "Come back later, or see `crmhub review list`")
        open_review(connection, store.vault, review_id, act, None)
        reviews.hold(connection, review_id, act.author, act.at + held_for)
    return review_id


def give_back(store: Store, review_id: str, act: Act) -> None:
    """Let others take a review that one has in hand.

    Raises:
        NotDecidable: there is no such open review, or it is in somebody else's hands.
    """
    with store.write() as connection:
        open_review(connection, store.vault, review_id, act, None)
        reviews.hold(connection, review_id, None, None)


def defer(store: Store, review_id: str, until: datetime, act: Act) -> None:
    """Put a review off: it leaves the queue until then.

    Raises:
        NotDecidable: there is no such open review, it is in somebody else's hands, or *until* is past.
    """
    if until <= act.at:
        raise NotDecidable(f"{until:%Y-%m-%d %H:%M} UTC is past", "Give a later time")
    with store.write() as connection:
        review = open_review(connection, store.vault, review_id, act, None)
        deed = Deed(connection, store.vault, act)
        before = review.deferred_until
        deed.effects.deferred[review_id] = None if before is None else int(before.timestamp() * 1000)
        reviews.defer(connection, {review_id: until})
        reviews.hold(connection, review_id, None, None)
        deed.keep("deferred", [], {}, review_id)


def comment(store: Store, review_id: str, act: Act) -> None:
    """Say something about a review, open or closed; the words are the act's reason.

    Raises:
        NotDecidable: there is no such review.
    """
    with store.write() as connection:
        if reviews.get(connection, store.vault, review_id) is None:
            raise NotDecidable(f"there is no review {review_id}", "See `crmhub review list`")
        Deed(connection, store.vault, act).keep("commented", [], {}, review_id)
