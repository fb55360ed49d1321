"""Alembic's entry: runs the migrations on the connection that `upgrade` hands over."""

from __future__ import annotations

from typing import Literal

from alembic import context

from golden_record.store.columns import Encrypted, Instant, KeyBytes
from golden_record.store.whole_schema import metadata


def render(kind: str, found: object, _context: object) -> str | Literal[False]:
    """Write our own column types into a new migration by their name."""
    if kind != "type":
        return False
    if isinstance(found, KeyBytes):
        return repr(found)
    return f"{type(found).__name__}()" if isinstance(found, (Encrypted, Instant)) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    compare_type=True,
    render_item=render,
)
with context.begin_transaction():
    context.run_migrations()
