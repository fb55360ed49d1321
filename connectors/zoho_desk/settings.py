"""What the operator fills in for one Zoho Desk portal."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import AwareDatetime, Field, SecretStr, field_validator

from connectors.settings import ConnectorSettings

DataCentre = Literal["com", "eu", "in", "com.au", "jp", "com.cn", "sa", "sg", "ae", "ca"]


class Settings(ConnectorSettings):
    """One portal of one organization, reached with one OAuth grant."""

    data_centre: DataCentre = Field("com", description="Where the portal lives: the ending of its address")
    base_url: str = Field("", description="The API's host; default: that of the data centre")
    accounts_url: str = Field("", description="The accounts host; default: that of the data centre")
    client_id: str = Field(description="OAuth client (api-console.zoho.com)")
    client_secret: SecretStr = Field(description="OAuth client: its secret")
    refresh_token: SecretStr = Field(description="Refresh token of the consent; it does not change")
    org_id: str = Field(description="Id of the organization (Setup > Developer space > API)")
    binding_field: str = Field(
        "cf_crmhub_id",
        description="Own text field of contacts and accounts that carries a created record's binding id",
    )
    source_id: str = Field(
        "", description="Sent with every write; webhooks made with the same ignoreSourceId are quiet about them"
    )
    webhook_keys: tuple[str, ...] = Field(
        (), description="Public keys (PEM) of the signed header of posts; without them the hub's ?key= has to vouch"
    )
    start: AwareDatetime | None = Field(None, description="Read what was changed since then; default: since 2010")
    lookback: int = Field(300, ge=0, description="How far a pull reaches back behind its cursor, in seconds")
    page_size: int = Field(100, ge=1, le=100, description="Records per page; some portals take 50 at most")
    calls_per_day: int = Field(
        50_000, ge=0, description="Credits a day by edition (Standard 50,000 and 250 a user); 0: none"
    )
    calls_per_minute: int = Field(300, ge=0, description="To stay below the edition's parallel calls; 0: none")
    read_timeout: float = Field(60.0, gt=0, description="Seconds without a byte before a call is given up")

    @property
    def api_root(self) -> str:
        """The address under which all calls stand."""
        canada = "https://desk.zohocloud.ca"
        host = canada if self.data_centre == "ca" else f"https://desk.zoho.{self.data_centre}"
        return f"{self.base_url or host}/api/v1"

    @property
    def token_url(self) -> str:
        """Where access tokens come from."""
        canada = "https://accounts.zohocloud.ca"
        host = canada if self.data_centre == "ca" else f"https://accounts.zoho.{self.data_centre}"
        return f"{self.accounts_url or host}/oauth/v2/token"

    @field_validator("base_url", "accounts_url")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment):
            raise ValueError("must be an address such as https://desk.zoho.eu")
        return value.rstrip("/").removesuffix("/api/v1")

    @field_validator("webhook_keys")
    @classmethod
    def _public_keys(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            try:
                usable = isinstance(load_pem_public_key(value.encode()), RSAPublicKey)
            except ValueError:
                usable = False
            if not usable:
                raise ValueError("must be RSA public keys in PEM form")
        return values
