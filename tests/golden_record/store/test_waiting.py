"""A transaction that the database gave up is told from a database that does not answer."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from golden_record.errors import StoreUnreachable
from golden_record.store.engine import translated


class ServerError(Exception):
    """As pymysql raises it: number and text; psycopg's has the SQL state beside it."""

    sqlstate: str | None = None


class GivenUp(ServerError):
    sqlstate = "40P01"


@pytest.mark.parametrize("error", [ServerError(1213, "Deadlock found"), ServerError(1205, "timeout"), GivenUp("dead")])
def test_a_transaction_that_waited_in_vain_is_to_be_run_again(error: ServerError) -> None:
    with pytest.raises(StoreUnreachable, match="run the same command again"), translated():
        raise sa.exc.OperationalError("UPDATE profiles", {}, error)


def test_a_database_that_is_away_is_said_to_be_away() -> None:
    with pytest.raises(StoreUnreachable, match="does not answer"), translated():
        raise sa.exc.OperationalError("SELECT 1", {}, ServerError(2003, "Can't connect"))
