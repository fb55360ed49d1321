"""What the operator fills in for one Udesk account."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from connectors.settings import ConnectorSettings

_OWN = re.compile(r"TextField_[0-9]+")


class Settings(ConnectorSettings):
    """One account, used with one administrator's token."""

    base_url: str = Field(description="The account's address, such as https://acme.udesk.cn")
    email: str = Field(description="The administrator whose calls these are")
    api_token: SecretStr = Field(description="That administrator's open_api_auth_token (管理中心 > API)")
    webhook_key: SecretStr | None = Field(
        None, description="Secret in the address of the posts (?key=), beside or instead of the hub's own"
    )
    binding_field: str = Field(
        "TextField_1", description="Custom text field of customers that carries a created one's binding id"
    )
    page_size: int = Field(100, ge=1, le=100, description="Customers per page")
    calls_per_minute: int = Field(60, ge=0, description="The account's limit; 0: none")
    read_timeout: float = Field(60.0, gt=0, description="Seconds without a byte before a call is given up")

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must be an address such as https://acme.udesk.cn")
        return value.rstrip("/").removesuffix("/open_api_v1")

    @field_validator("binding_field")
    @classmethod
    def _own_field(cls, value: str) -> str:
        if not _OWN.fullmatch(value):
            raise ValueError("must be a custom text field such as TextField_1")
        return value
