"""What the operator fills in for one Freshdesk account."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import AwareDatetime, Field, SecretStr, field_validator

from connectors.settings import ConnectorSettings


class Settings(ConnectorSettings):
    """One account, used with one agent's API key."""

    base_url: str = Field(description="The account's address, such as https://acme.freshdesk.com")
    api_key: SecretStr = Field(description="API key of an agent who sees all contacts (Profile settings)")
    webhook_key: SecretStr | None = Field(
        None, description="Secret that automation rules send in the header X-Crmhub-Key, beside or instead of ?key="
    )
    company_binding_field: str = Field(
        "crmhub_id", description="Custom text field of companies that carries a created company's binding id"
    )
    start: AwareDatetime | None = Field(
        None, description="Read contacts, tickets and ratings changed since; default: all"
    )
    lookback: int = Field(300, ge=0, description="How far a pull reaches back behind its cursor, in seconds")
    page_size: int = Field(100, ge=1, le=100, description="Records per page")
    calls_per_minute: int = Field(
        100,
        ge=0,
        description="The plan's limit for all integrations together: Growth 100-200, Pro 400, Enterprise 700; 0: none",
    )
    read_timeout: float = Field(60.0, gt=0, description="Seconds without a byte before a call is given up")

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must be an address such as https://acme.freshdesk.com")
        return value.rstrip("/").removesuffix("/api/v2")
