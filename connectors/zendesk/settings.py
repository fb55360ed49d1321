"""What the operator fills in for one Zendesk account."""

from __future__ import annotations

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from connectors.settings import ConnectorSettings


class Settings(ConnectorSettings):
    """One Zendesk account: OAuth by default, the retiring API token as the legacy way in."""

    base_url: str = Field(description="The account's address, such as https://acme.zendesk.com")
    client_id: str = Field("", description="OAuth client: its unique identifier")
    client_secret: SecretStr = Field(SecretStr(""), description="OAuth client: its secret")
    refresh_token: SecretStr = Field(
        SecretStr(""),
        description="The first refresh token; each refresh replaces it, and the newest one is kept by the hub",
    )
    email: str = Field("", description="Legacy: the agent whose API token is used (API tokens end on 2027-04-30)")
    api_token: SecretStr = Field(SecretStr(""), description="Legacy: the API token")
    webhook_secrets: tuple[SecretStr, ...] = Field(
        (),
        json_schema_extra={"airbyte_secret": True},
        description="Signing secrets of the webhooks that post to the hub; several while one is being replaced",
    )
    binding_field: Literal["external_id"] = Field(
        "external_id",
        description="Where a created record carries its binding id: the only field that Zendesk keeps unique and "
        "finds at once",
    )
    identities: bool = Field(default=True, description="Read and write further mails and phone numbers of a user")
    replaced_mail: Literal["keep", "delete"] = Field(
        "keep",
        description="What happens to the old primary mail when a new one is set: stays as a further mail, or not",
    )
    merges_by_mail: bool = Field(
        default=True,
        description="A user who is gone and whose mail another user has now counts as merged into that one: Zendesk "
        "itself does not say; off: as deleted",
    )
    include_staff: bool = Field(
        default=False,
        description="Read agents and admins as customers too; by default they are shown as gone. Never written to",
    )
    start_time: int = Field(0, ge=0, description="Read records changed since then (epoch seconds)")
    page_size: int = Field(1000, ge=1, le=1000, description="Records per page of an export")
    calls_per_minute: int = Field(
        200, ge=0, description="The plan's limit: Team 200, Growth and Professional 400, Enterprise 700; 0: none"
    )
    export_calls_per_minute: int = Field(10, ge=0, description="Incremental exports: 10, with High Volume 30; 0: none")
    job_seconds: float = Field(120.0, gt=0, description="How long to wait for a bulk job before it counts as unknown")
    read_timeout: float = Field(60.0, gt=0, description="Seconds without a byte before a call is given up")

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must be an address such as https://acme.zendesk.com")
        return value.rstrip("/").removesuffix("/api/v2")

    @model_validator(mode="after")
    def _a_way_in(self) -> Self:
        oauth = bool(self.client_id and self.client_secret and self.refresh_token)
        legacy = bool(self.email and self.api_token)
        if oauth == legacy:
            raise ValueError("give either client_id, client_secret and refresh_token, or email and api_token")
        return self
