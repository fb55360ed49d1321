"""What an operator fills in for a Bazaar account."""

from __future__ import annotations

from pydantic import Field, SecretStr

from connectors.settings import ConnectorSettings


class Settings(ConnectorSettings):
    """One account."""

    base_url: str = Field(description="The account's address")
    key: SecretStr = Field(description="API key, from the account's page")
    read_timeout: float = Field(60.0, gt=0, description="Seconds without a byte before a call is given up")
