"""Run a transaction again that the database gave up because others held what it needed.

Room: golden_record, shell. A deadlock is nobody's mistake: the database chose one of two and took back all that it had
done, so that it can simply be done again. Only for functions of which the whole work on the store is one transaction.
"""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar, cast

from golden_record.errors import TransactionGivenUp
from golden_record.store.engine import Store

TRIES = 4
LONGEST_PAUSE = 0.2
"""Seconds between two tries, at most; doubled each time, and by chance, so that two that met do not meet again."""

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def tried_again(
    work: Callable[Concatenate[Store, Arguments], Result],
) -> Callable[Concatenate[Store, Arguments], Result]:
    """Make *work*, whose first argument is the store, run again where its transaction was given up.

    Within a transaction that is open already nothing is tried again: all of it was taken back, and only who opened it
    can begin anew.
    """

    @functools.wraps(work)
    def again(store: Store, *arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
        for attempt in range(1 if store.within else TRIES - 1):
            try:
                return work(store, *arguments, **named)
            except TransactionGivenUp:
                if store.within:
                    raise
                time.sleep(random.uniform(0, LONGEST_PAUSE * 2**attempt))  # noqa: S311 (spreads load, keeps no secret)
        return work(store, *arguments, **named)

    return cast("Callable[Concatenate[Store, Arguments], Result]", again)  # functools.wraps names the first argument
