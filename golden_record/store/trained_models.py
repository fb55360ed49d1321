"""Trained matching models by version, and which of them somebody has put in force. Nobody's data stands here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from golden_record.store.tables import model_choices, trained_models


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """One version of an entity's model. *written*: digest of what matching.yaml said when it was trained."""

    entity: str
    version: int
    model: str
    written: str
    report: Mapping[str, Any]
    author: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Choice:
    """Somebody's act: this version (None: matching.yaml itself) is in force for the entity."""

    choice_id: str
    entity: str
    version: int | None
    written: str
    author: str
    reason: str
    at: datetime


def versions(connection: sa.Connection, entity: str | None = None) -> list[TrainedModel]:
    """Return every version, by entity, the newest first."""
    statement = sa.select(trained_models).order_by(trained_models.c.entity, trained_models.c.version.desc())
    if entity is not None:
        statement = statement.where(trained_models.c.entity == entity)
    return [
        TrainedModel(row.entity, row.version, row.model, row.written, json.loads(row.report), row.author, row.at)
        for row in connection.execute(statement)
    ]


def add(connection: sa.Connection, trained: TrainedModel) -> None:
    """Keep a version."""
    connection.execute(
        trained_models.insert().values(
            entity=trained.entity,
            version=trained.version,
            model=trained.model,
            written=trained.written,
            report=json.dumps(trained.report),
            author=trained.author,
            at=trained.at,
        )
    )


def choose(connection: sa.Connection, choice: Choice) -> None:
    """Note the act; the newest counts."""
    connection.execute(
        model_choices.insert().values(
            id=choice.choice_id,
            entity=choice.entity,
            version=choice.version,
            written=choice.written,
            author=choice.author,
            reason=choice.reason,
            at=choice.at,
        )
    )


def choices(connection: sa.Connection) -> list[Choice]:
    """Return every act, the newest first."""
    rows = connection.execute(sa.select(model_choices).order_by(model_choices.c.id.desc()))
    return [Choice(row.id, row.entity, row.version, row.written, row.author, row.reason, row.at) for row in rows]
