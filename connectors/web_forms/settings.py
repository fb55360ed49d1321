"""What the operator fills in for one source of web forms."""

from __future__ import annotations

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from connectors.settings import ConnectorSettings
from connectors.web_forms.signatures import BadKey, standard_key

Product = Literal["json", "html", "standard_webhooks", "typeform", "jinshuju"]
PUBLIC_PRODUCTS = frozenset({"json", "html"})
PULLED_PRODUCTS = frozenset({"typeform"})


class ConsentAnswer(BaseModel):
    """One question whose answer is a consent. Nothing else is ever taken for one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    purpose: str = Field(min_length=1, description="What is consented to, such as newsletter")
    text: str | None = Field(
        None, description="The words shown; default: the question's title, where the sender has it"
    )
    version: str | None = Field(None, description="The version of these words; default: a hash of them")


class Settings(ConnectorSettings):
    """One product, its forms, how its posts are verified, and its pull API where it has one."""

    product: Product = Field(description="Who sends: typeform, jinshuju, standard_webhooks, json or html")
    base_url: str = Field(
        "https://api.typeform.com", description="Pull API (Typeform; EU accounts have their own host)"
    )
    token: SecretStr | None = Field(None, description="Pull API: personal access token; without it nothing is pulled")
    forms: tuple[str, ...] = Field((), description="Form ids to pull; none: all that the token sees")
    start: AwareDatetime | None = Field(None, description="Pull entries submitted since then; default: all")
    lookback: int = Field(900, ge=0, description="How far a pull reaches back: new entries may show late")
    page_size: int = Field(1000, ge=1, le=1000, description="Entries per call")
    calls_per_second: int = Field(2, ge=0, description="The API's limit; 0: none")
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
    skip_fields: tuple[str, ...] = Field((), description="Answers that are never taken in")
    fallback_charset: Literal["gb18030"] | None = Field(None, description="html: how to read what is not UTF-8")
    consents: dict[str, ConsentAnswer] = Field(default_factory=dict, description="Question -> the consent that it asks")

    @property
    def pulls(self) -> bool:
        """Whether there is an API to pull from, and a token for it."""
        return self.product in PULLED_PRODUCTS and self.token is not None

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must be an address such as https://api.typeform.com")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _verifiable(self) -> Self:
        if self.public and self.product not in PUBLIC_PRODUCTS:
            raise ValueError("`public` is for html and json only: this product signs its posts or can carry a key")
        if self.product == "standard_webhooks":
            for secret in self.secrets:
                _check_standard(secret)
        return self


def _check_standard(secret: SecretStr) -> None:
    try:
        standard_key(secret.get_secret_value())
    except BadKey as error:
        raise ValueError(f"secrets: {error}") from None
