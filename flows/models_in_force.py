"""Which matching model is in force for each entity: what matching.yaml says, or a trained version put in its place.

Room: flows. A version stands for the matching.yaml that it was trained from (or chosen over). Who edits the file gets
what he wrote: the file is in force again, and `match versions` and the log say so.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from pydantic import ValidationError

from golden_record.matching.model import Model
from golden_record.store import trained_models

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class InForce:
    """An entity's model. *version*: None for matching.yaml. *passed_over*: the version that an edit put aside."""

    model: Model
    version: int | None = None
    passed_over: int | None = None


def written_digest(model: Model) -> str:
    """Return what tells one state of matching.yaml's part from another."""
    return hashlib.sha256(model.model_dump_json().encode()).hexdigest()


def models_in_force(connection: sa.Connection, written: Mapping[str, Model]) -> dict[str, InForce]:
    """Return each entity's model; *written*: what matching.yaml says."""
    newest: dict[str, trained_models.Choice] = {}
    for choice in trained_models.choices(connection):
        newest.setdefault(choice.entity, choice)
    wanted = {entity: one for entity, one in newest.items() if one.version is not None and entity in written}
    kept = {(one.entity, one.version): one for one in trained_models.versions(connection)} if wanted else {}
    found = {entity: InForce(model) for entity, model in written.items()}
    for entity, choice in wanted.items():
        trained = kept.get((entity, choice.version or 0))
        model = _readable(trained.model) if trained is not None else None
        if model is not None and choice.written == written_digest(written[entity]):
            found[entity] = InForce(model, choice.version)
        else:
            found[entity] = InForce(written[entity], None, choice.version)
            log.warning(
                "matching.yaml was edited after version %s of `%s` was put in force: the file is in force."
                " `crmhub match use` puts a version back, `crmhub match train` makes one from the file as it is.",
                choice.version,
                entity,
            )
    return found


def _readable(text: str) -> Model | None:
    """Return a kept model, or None where this program can no longer read it."""
    try:
        return Model.model_validate_json(text)
    except ValidationError:
        return None
