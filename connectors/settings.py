"""The base of every connector's settings: what an operator may write under `config:`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class ConnectorSettings(BaseModel):
    """Unknown keys are mistakes; secrets are `pydantic.SecretStr`, so that no repr or log shows them."""

    model_config = ConfigDict(extra="forbid", frozen=True)
