"""The base of every connector's settings: what an operator may write under `config:`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict


class ConnectorSettings(BaseModel):
    """Unknown keys are mistakes; secrets are `pydantic.SecretStr`, so that no repr or log shows them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    example: ClassVar[Mapping[str, Any]] = {}
    """What `crmhub init` writes for settings that no empty line could stand for: blocks, with names to be replaced."""
