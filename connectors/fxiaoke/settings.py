"""What the operator fills in for a Fxiaoke tenant."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Literal, Self

from pydantic import Field, HttpUrl, SecretStr, StringConstraints, field_validator, model_validator

from connectors.settings import ConnectorSettings

ApiName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
"""The api name of an object or a field; it never needs quoting in a query."""

STANDARD_OBJECTS = ("AccountObj", "ContactObj", "LeadsObj")


class Settings(ConnectorSettings):
    """Credentials of a self-built app (企业自建应用), who acts, and what is read."""

    base_url: HttpUrl = Field(
        default=HttpUrl("https://open.fxiaoke.com"),
        description="The API gateway of the tenant's cloud, such as https://open.fxiaoke.com.",
    )
    app_id: str = Field(min_length=1, description="appId of the self-built app (FSAID_…).")
    app_secret: SecretStr = Field(description="appSecret of the self-built app.")
    permanent_code: SecretStr = Field(description="permanentCode of the self-built app.")
    open_user_id: str = Field(
        default="", description="The employee as whom the hub acts: FSUID_… (a CRM administrator)."
    )
    mobile: SecretStr | None = Field(
        default=None, description="Instead of open_user_id: the mobile number under which that employee is found."
    )
    param_style: Literal["legacy", "header"] = Field(
        default="legacy", description="Where credentials travel: in the body (legacy) or in headers."
    )
    employee_id: str = Field(default="1000", description="The acting employee's number, for param_style: header.")
    objects: tuple[ApiName, ...] = Field(
        default=STANDARD_OBJECTS, description="The api names of the objects to read; custom ones end in __c."
    )
    objects_without_life_status: frozenset[ApiName] = Field(
        default=frozenset({"PersonnelObj", "DepartmentObj"}),
        description="Objects that know no life_status: they are read without asking for invalid (作废) rows.",
    )
    owner: str = Field(default="", description="Who owns records that the hub creates; empty: the acting employee.")
    binding_field: ApiName = Field(
        default="hub_id__c", description="The custom text field that carries the hub's binding id."
    )
    mail_fields: tuple[ApiName, ...] = Field(
        default=("email", "email2__c"),
        description="Fields searched for a mail address, where the record to be created has them.",
    )
    phone_fields: tuple[ApiName, ...] = Field(
        default=("mobile", "tel", *(f"{kind}{n}" for kind in ("mobile", "tel") for n in range(1, 6))),
        description="Fields searched for a phone number, where the record to be created has them.",
    )
    calls_per_20s: int = Field(
        default=100,
        ge=0,
        description="Calls of each interface in 20 seconds that the hub allows itself; 0: any number.",
    )
    lookback: float = Field(
        default=300.0, ge=0, description="Seconds by which an incremental read begins before its cursor."
    )
    read_timeout: float = Field(default=60.0, gt=0, description="Seconds without a byte before a call is given up.")
    ea: str = Field(default="", description="The tenant's enterprise account; event posts of others are refused.")
    event_secret: SecretStr | None = Field(
        default=None, description="The shared secret of the event subscription (事件变更订阅), base64."
    )

    @field_validator("event_secret")
    @classmethod
    def _is_a_key(cls, secret: SecretStr | None) -> SecretStr | None:
        try:
            size = 32 if secret is None else len(base64.b64decode(secret.get_secret_value(), validate=True))
        except (binascii.Error, ValueError):
            size = 0
        if size not in {16, 24, 32}:
            raise ValueError("event_secret is no base64 text of 16, 24 or 32 bytes")
        return secret

    @model_validator(mode="after")
    def _someone_acts(self) -> Self:
        if self.param_style == "legacy" and not self.open_user_id and self.mobile is None:
            raise ValueError("param_style legacy needs open_user_id (FSUID_…) or mobile")
        if self.param_style == "header" and not self.employee_id:
            raise ValueError("param_style header needs employee_id")
        return self

    @property
    def root(self) -> str:
        """The base URL without a closing slash."""
        return str(self.base_url).rstrip("/")
