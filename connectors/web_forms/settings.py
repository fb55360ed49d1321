"""What the operator fills in for one source of web forms."""

from __future__ import annotations

from typing import Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from connectors.settings import ConnectorSettings
from connectors.web_forms.signatures import BadKey, standard_key

Product = Literal[
    "json",
    "html",
    "standard_webhooks",
    "typeform",
    "jinshuju",
    "wenjuanxing",
    "google_forms",
    "gravity_forms",
    "contact_form_7",
]
PUBLIC_PRODUCTS = frozenset({"json", "html"})


class ConsentAnswer(BaseModel):
    """One question whose answer is a consent. Nothing else is ever taken for one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    purpose: str = Field(min_length=1, description="What is consented to, such as newsletter")
    text: str | None = Field(
        None, description="The words shown; default: the question's title, where the sender has it"
    )
    version: str | None = Field(None, description="The version of these words; default: a hash of them")
    yes: tuple[str, ...] = Field(
        (), description="Answers that grant it, where they are no plain yes (an option's number)"
    )
    no: tuple[str, ...] = Field((), description="Answers that deny it, likewise")


class Settings(ConnectorSettings):
    """One product, its forms, how its posts are verified, and its pull API where it has one."""

    product: Product = Field(
        description="Who sends: typeform, jinshuju, wenjuanxing, google_forms, gravity_forms, contact_form_7, "
        "standard_webhooks, json or html"
    )
    base_url: str = Field(
        "",
        description="Pull API: the product's host by default; give it for Gravity Forms (the site's address) and for "
        "accounts with a host of their own (Typeform in the EU, 问卷星 with an own domain)",
    )
    token: SecretStr | None = Field(
        None,
        description="Pull API: Typeform's personal access token or 问卷星's ApiKey; "
        "without credentials nothing is pulled",
    )
    api_key: str = Field("", description="Pull API: Jinshuju's API key, 问卷星's appid, Gravity Forms' consumer key")
    api_secret: SecretStr = Field(SecretStr(""), description="Pull API: the secret that belongs to api_key")
    client_id: str = Field("", description="Pull API, Google Forms: OAuth client id")
    client_secret: SecretStr = Field(SecretStr(""), description="Pull API, Google Forms: OAuth client secret")
    refresh_token: SecretStr = Field(SecretStr(""), description="Pull API, Google Forms: refresh token of the consent")
    token_url: str = Field(
        "https://oauth2.googleapis.com/token", description="Pull API, Google Forms: where access tokens come from"
    )
    forms: tuple[str, ...] = Field((), description="Form ids to pull; none: all that the token sees")
    start: AwareDatetime | None = Field(None, description="Pull entries submitted since then; default: all")
    rescan: int = Field(
        50, ge=0, description="Jinshuju: how many of the last serial numbers are read again, since edits do not show"
    )
    zone: str = Field("Asia/Shanghai", description="Zone of times that come without one (问卷星)")
    lookback: int = Field(900, ge=0, description="How far a pull reaches back: new entries may show late")
    page_size: int = Field(1000, ge=1, le=1000, description="Entries per call")
    calls_per_second: int | None = Field(
        None, ge=0, description="The API's limit; default: the documented one, or a careful guess; 0: none"
    )
    read_timeout: float = Field(60.0, gt=0, description="Seconds without a byte before a call is given up")

    secrets: tuple[SecretStr, ...] = Field(
        (), description="Signing secrets, or the key of senders that cannot sign; several while one is being replaced"
    )
    key_header: str = Field("", description="Header that carries the key, for senders that cannot sign; else ?key=")
    public: bool = Field(
        default=False, description="Take posts without a key: only for forms that browsers post (html, json)"
    )
    tolerance_seconds: int = Field(300, ge=1, description="How old or early a signed timestamp may be")
    max_bytes: int = Field(262_144, ge=1_024, le=10_485_760, description="Largest post that is taken")

    form_field: str = Field("", description="html, json: field that names the form; default: the first of `forms`")
    id_field: str = Field("", description="html, json: field with the entry's id or a one-time value; default: a hash")
    time_field: str = Field("", description="html, json: field with the time of submission; default: time of arrival")
    trap_field: str = Field(
        "", description="html: field that people never see; a filled one marks spam, which is dropped"
    )
    names: dict[str, str] = Field(
        default_factory=dict,
        description="Question's key -> the name under which its answer stands in `fields`, for senders with numbers or "
        "opaque ids as keys; the other settings name questions by their own keys",
    )
    skip_fields: tuple[str, ...] = Field((), description="Answers that are never taken in")
    fallback_charset: Literal["gb18030"] | None = Field(None, description="html: how to read what is not UTF-8")
    consents: dict[str, ConsentAnswer] = Field(default_factory=dict, description="Question -> the consent that it asks")

    channel_field: str = Field("", description="html, json: field that names the channel an entry came in by")
    channel: str = Field("", description="Channel of entries that name none, such as newsletter, wechat_official, chat")
    kind: str = Field(
        "", description="Kind of entries that name none: form (default), subscription, message, call, chat"
    )

    @property
    def pulls(self) -> bool:
        """Whether there is an API to pull from, and credentials for it."""
        pair = bool(self.api_key and self.api_secret.get_secret_value())
        match self.product:
            case "typeform":
                return self.token is not None
            case "wenjuanxing":
                return self.token is not None or pair
            case "jinshuju":
                return pair
            case "gravity_forms":
                return pair and bool(self.base_url)
            case "google_forms":
                return bool(self.client_id and self.refresh_token.get_secret_value())
            case _:
                return False

    @field_validator("base_url", "token_url")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        if not value:
            return value
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must be an address such as https://api.typeform.com")
        return value.rstrip("/")

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("must be a time zone such as Asia/Shanghai") from None
        return value

    @model_validator(mode="after")
    def _verifiable(self) -> Self:
        if self.public and self.product not in PUBLIC_PRODUCTS:
            raise ValueError("`public` is for html and json only: this product signs its posts or can carry a key")
        if self.product == "google_forms" and self.client_id and not self.refresh_token.get_secret_value():
            raise ValueError("refresh_token: the client needs one; `crmhub connect` gets it by Google's consent")
        if self.product == "standard_webhooks":
            for secret in self.secrets:
                _check_standard(secret)
        return self


def _check_standard(secret: SecretStr) -> None:
    try:
        standard_key(secret.get_secret_value())
    except BadKey as error:
        raise ValueError(f"secrets: {error}") from None
