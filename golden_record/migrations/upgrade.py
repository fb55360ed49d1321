"""Bring a store's tables to this program's version."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

_HERE = Path(__file__).parent


def configuration() -> Config:
    """Return Alembic's configuration, made in memory: there is no ini file to lose."""
    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.set_main_option("version_locations", str(_HERE / "versions").replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    return config


def head() -> str:
    """Return the newest version that this program knows."""
    return str(ScriptDirectory.from_config(configuration()).get_current_head())


def known() -> list[str]:
    """Return every version that this program knows, the oldest first."""
    return [script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()][::-1]


def upgrade(engine: sa.Engine, version: str = "head") -> None:
    """Upgrade to *version*, if not told otherwise the newest, in one transaction where the database can do that."""
    config = configuration()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
