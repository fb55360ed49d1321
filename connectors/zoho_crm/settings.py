"""What the operator fills in for a Zoho CRM.

Room: connectors/zoho_crm; pure. Host names by data centre: Zoho's own list of multi-DC hosts.
"""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from connectors.settings import ConnectorSettings

DataCentre = Literal["us", "eu", "in", "au", "jp", "cn", "ca", "sa"]

HOSTS: dict[str, tuple[str, str]] = {
    "us": ("https://accounts.zoho.com", "https://www.zohoapis.com"),
    "eu": ("https://accounts.zoho.eu", "https://www.zohoapis.eu"),
    "in": ("https://accounts.zoho.in", "https://www.zohoapis.in"),
    "au": ("https://accounts.zoho.com.au", "https://www.zohoapis.com.au"),
    "jp": ("https://accounts.zoho.jp", "https://www.zohoapis.jp"),
    "cn": ("https://accounts.zoho.com.cn", "https://www.zohoapis.com.cn"),
    "ca": ("https://accounts.zohocloud.ca", "https://www.zohoapis.ca"),
    "sa": ("https://accounts.zoho.sa", "https://www.zohoapis.sa"),
}
"""Data centre -> accounts host, API host. Account, client and organisation must be in one data centre."""

CONTENT_HOSTS: dict[str, str] = {
    **{name: f"https://content.{host.removeprefix('https://www.')}" for name, (_, host) in HOSTS.items()},
    "ca": "https://upload.zohocloud.ca",
    "sa": "https://files.zoho.sa",
}
"""Data centre -> the host that files are uploaded to, as Zoho's SDK names them; sources differ about ca and sa."""

_DOWNLOADS = re.compile(r"https://download[a-z0-9-]*\.(?P<domain>[a-z0-9.-]+)/")

Trigger = Literal["workflow", "approval", "blueprint", "pathfinder", "orchestration"]


class Settings(ConnectorSettings):
    """One Zoho CRM organisation and the client that the hub signs in with."""

    client_id: str = Field(min_length=1, description="Client id of the self client in Zoho's API console.")
    client_secret: SecretStr = Field(description="Client secret of the self client.")
    refresh_token: SecretStr = Field(description="Refresh token, made once from a grant code; it never expires.")
    data_center: DataCentre | None = Field(None, description="Where the organisation lives; or give both URLs.")
    accounts_url: str | None = Field(None, description="Sign-in host; default: the data centre's.")
    base_url: str | None = Field(
        None, description="API host; default: the one that sign-in names. Set it for Zoho's own sandbox or a proxy."
    )
    version: str = Field("v8", pattern=r"^v\d+(\.\d+)?$", description="API version in the path.")
    modules: tuple[str, ...] = Field(
        ("Contacts", "Accounts", "Leads"), min_length=1, description="Modules to offer as streams, by API name."
    )
    binding_field: str = Field(
        "Crmhub_Binding",
        pattern=r"^[A-Za-z][A-Za-z0-9_]*$",
        description="API name of a unique text field (64) in every module where the hub creates records.",
    )
    trigger: tuple[Trigger, ...] = Field((), description="Automations that the hub's writes set off; none by default.")
    lookback: int = Field(
        300, ge=0, le=86_400, description="How far each pull reaches back behind the last one (seconds)."
    )
    fields_refresh_seconds: int = Field(
        3600, ge=0, description="How long a stream's field list is used before it is asked again (seconds)."
    )
    daily_credits: int = Field(
        50_000, ge=100, description="API credits of the edition per rolling 24 hours that the hub may use."
    )
    coql_rows: int = Field(200, ge=1, le=2000, description="Rows per COQL call; above 200 only where the org allows.")
    bulk_read_from: int = Field(
        50_000, ge=0, description="A first read of a module with more records than this goes by bulk export; 0: never."
    )
    bulk_read_wait: float = Field(
        3600.0, ge=0, description="Seconds that a read waits for a bulk export before it leaves it to the next run."
    )
    bulk_write_from: int = Field(
        1000, ge=0, description="More creates than this in one module go out as one bulk job; 0: never."
    )
    bulk_write_wait: float = Field(
        900.0, ge=0, description="Seconds that a push waits for a bulk job before its records count as unknown."
    )
    content_url: str | None = Field(
        None, description="Host that files for bulk jobs are uploaded to; default: the data centre's. Without: no jobs."
    )
    webhook_token: SecretStr | None = Field(
        None, description="Token that notification posts must carry (at most 50 characters)."
    )
    read_timeout: float = Field(60.0, gt=0, description="Seconds without a byte until a call counts as unanswered.")

    @model_validator(mode="after")
    def _hosts_are_known(self) -> Self:
        if self.data_center is None and self.accounts_url is None:
            raise ValueError("give data_center (us, eu, in, au, jp, cn, ca, sa) or accounts_url")
        return self

    @property
    def accounts_host(self) -> str:
        """The sign-in host, without a slash at the end."""
        return (self.accounts_url or HOSTS[self.data_center or "us"][0]).rstrip("/")

    @property
    def content_host(self) -> str | None:
        """The host that files are uploaded to; None where it is not known (a host of the operator's own)."""
        known = CONTENT_HOSTS.get(self.data_center or "") if self.base_url is None else None
        return (self.content_url or known or "").rstrip("/") or None

    def downloads_from(self, url: str) -> bool:
        """Say whether a job's result at *url* may be fetched with the token: it is sent to Zoho and to nobody else.

        A path is one of the API host. An export names such a path; a bulk write names a whole address on a host for
        downloads (`https://download-accl.zoho.com/v2/crm/…`), which lies in the domain of the sign-in host.
        """
        if url.startswith("/"):
            return not url.startswith("//")
        own = (self.accounts_host, self.content_host, (self.base_url or "").rstrip("/"))
        if any(url.startswith(f"{host}/") for host in own if host):
            return True
        found, (_, _, domain) = _DOWNLOADS.match(url), self.accounts_host.partition("https://accounts.")
        return found is not None and bool(domain) and found["domain"] == domain

    @property
    def fallback_api_host(self) -> str:
        """The API host that is used where neither base_url is set nor sign-in names one."""
        return HOSTS[self.data_center or "us"][1]
