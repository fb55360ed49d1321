"""`config/hub.yaml`: which systems there are, how they are pulled and what may be written to them.

Room: flows; pydantic at the edge. The meaning of each key is promised in the interfaces page of the docs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, SecretStr, field_validator

from flows.alerts.settings import Alerts
from flows.cron import cron_mistake
from flows.durations import checked_duration, duration_in
from mapping.mistakes import CuredError
from mapping.system_path import condition
from mapping.yaml_file import Checked

_ENVIRONMENT = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")

NEVER = "never"
"""For `sweep`: not at all."""
BY_HAND = "by_hand"
"""The system that profiles made by stewards count as coming from."""

Ceiling = Annotated[int, Field(ge=0)] | Annotated[str, Field(pattern=r"^\d{1,3}(\.\d+)?%$")]
SELF_UPDATE = "self_update"
"""The system that customers' own corrections count as coming from."""
_OURS = {BY_HAND: "what stewards enter", SELF_UPDATE: "what customers say of themselves"}

SystemName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]


class Ceilings(Checked):
    """How many writes of a kind one run may make; above, a second person approves a plan. Off unless set.

    A number, or a share of the records that the system has, as in `20%`.
    """

    create: Ceiling | None = None
    """Creates per run."""
    update: Ceiling | None = None
    """Updates per run."""
    delete: Ceiling = 0
    """Deletes per run that go out by themselves. 0: each waits in an approved plan. Merges always do."""

    def limit(self, kind: str, records: int) -> int | None:
        """Return how many writes of a kind one run may make in a system with so many records; None: any number."""
        written = {"create": self.create, "update": self.update, "delete": self.delete}.get(kind, 0)
        if isinstance(written, str):
            return math.floor(records * float(written.removesuffix("%")) / 100)
        return written

    @property
    def by_share(self) -> bool:
        """Whether a limit depends on how many records there are."""
        return any(isinstance(one, str) for one in (self.create, self.update, self.delete))


class Pull(Checked):
    """How a system is pulled."""

    schedule: str | None = None
    """A cron line for the scheduled flow of `crmhub serve`; none: only by hand and on webhooks."""
    timezone: str = "Asia/Shanghai"
    """The time zone of the cron line."""
    lookback: str | None = None
    """How far each pull reaches back behind its cursor (30s, 5m, 1h, 2d); none: what the connector needs."""
    sweep: str = "1d"
    """How often a sync compares all ids of a stream with those the hub knows, where the connector can (12h, 7d, never):
    finds what was deleted or restored without a word."""

    @field_validator("schedule")
    @classmethod
    def _comes_round(cls, written: str | None) -> str | None:
        mistake = cron_mistake(written) if written is not None else None
        if mistake is not None:
            raise CuredError(mistake, "Write a cron line, as in */15 * * * *.")
        return written

    @field_validator("timezone")
    @classmethod
    def _on_the_map(cls, written: str) -> str:
        if written not in available_timezones():
            raise CuredError("there is no such time zone", "Write an IANA name, as in Asia/Shanghai or UTC.")
        return written

    @field_validator("lookback")
    @classmethod
    def _readable(cls, written: str | None) -> str | None:
        return written if written is None else checked_duration(written)

    @field_validator("sweep")
    @classmethod
    def _comes_again(cls, written: str) -> str:
        if written != NEVER and duration_in(written) is None:
            raise CuredError("this is no duration", "Write a number and s, m, h or d, as in 1d; or never.")
        return written

    def sweep_seconds(self) -> int | None:
        """Return how long after a sweep the next is due; None: never."""
        found = duration_in(self.sweep)
        return int(found.total_seconds()) if found is not None else None

    def lookback_seconds(self) -> int | None:
        """Return the look-back in seconds; None where hub.yaml leaves it to the connector."""
        found = duration_in(self.lookback or "")
        return int(found.total_seconds()) if found is not None else None


CREATE_WORDS = ("always", "when_contactable", "never")
"""What `create` may say beside a condition."""


def _create_policy(written: str) -> str:
    if written not in CREATE_WORDS:
        condition(written)
    return written


CreatePolicy = Annotated[str, AfterValidator(_create_policy)]


class Push(Checked):
    """What may be written to a system. Without this block nothing ever is."""

    mode: Literal["report", "fill", "update", "create"] = "report"
    """The roll-out ladder: plan only; fill empty fields; also change; also create."""
    create: CreatePolicy = "when_contactable"
    """When a missing record is made: `always`; `when_contactable`: with a name and a valid personal phone or mail;
    `never`; or a condition on the profile, in the words of the mappings: "tier == 'vip' && phones"."""
    update_only: tuple[str, ...] = ()
    """Streams in which records are changed and none is made, whatever `create_in` says: [Leads]."""
    create_only: tuple[str, ...] = ()
    """Streams in which records are made, and then left to their people: [Deals]."""
    deletes: bool = False
    """Whether records may be deleted here at all: those of customers who were deleted where `on_delete: propagate` says
    so, or whom a steward has given up, as long as nobody has edited them since. Needs the mode update or create."""
    merges: bool = False
    """Whether `crmhub plan --merges` may plan to have this system merge its own duplicates. No API takes that back."""
    ceilings: Ceilings = Ceilings()
    """Limits of one run."""
    fuse: int = Field(default=12, ge=1)
    """Writes to one record within an hour after which the hub leaves it alone and asks a person."""


class Calls(Checked):
    """How the calls of an account's long limits (an hour, a day) are shared out; in shorter ones everybody waits."""

    pull: float = Field(default=0.8, gt=0, le=1)
    """The share that scheduled pulls may use up; beyond it they pause, and others go on."""
    push: float = Field(default=0.95, gt=0, le=1)
    """The share that pulls and pushes together may use up; the rest is a reserve for webhooks and for people."""


class System(Checked):
    """One configured installation of an outside product."""

    connector: str
    """A folder in connectors/, or the name of an entry point."""
    department: str = Field(min_length=1)
    """Whose people work in it."""
    config: dict[str, Any] = Field(default_factory=dict)
    """The connector's own settings."""
    streams: tuple[str, ...] = Field(min_length=1)
    """Which of its streams are pulled and, where mapped so, pushed."""
    pull: Pull = Pull()
    """How it is pulled."""
    push: Push | None = None
    """What may be written to it."""
    calls: Calls = Calls()
    """How its account's calls are shared out."""
    web: str | None = Field(default=None, pattern=r"^https?://[^\s]+$")
    """Where its people open it in a browser (https://crm.zoho.com/crm): pages of the console link into it."""
    region: str = Field(default="CN", pattern=r"^[A-Z]{2}$")
    """Country (ISO 3166-1) for phones and addresses that name none."""
    timezone: str = "Asia/Shanghai"
    """Time zone of times that name none."""


Duration = Annotated[str, Field(pattern=r"^[1-9]\d{0,4}\s*[smhd]$")]


def _kept(written: str) -> str:
    return written if written == NEVER else checked_duration(written)


Kept = Annotated[str, AfterValidator(_kept)]


class Oidc(Checked):
    """Sign-in through the organisation's own OpenID Connect provider.

    What it says of a person's groups is their rights here, anew at each sign-in; without a role nobody is let in.
    """

    issuer: str = Field(pattern=r"^(https://|http://(127\.0\.0\.1|localhost)(:|/|$))")
    """The provider's address, exactly as it names itself."""
    client_id: str = Field(min_length=1)
    """What the provider calls this hub. Its redirect address there: `<public_url>/sign-in/oidc/callback`."""
    client_secret: SecretStr
    """The secret that belongs to it, as in ${OIDC_SECRET}."""
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    """What the provider is asked for."""
    name_claim: str = "preferred_username"
    """The claim that becomes a new user's name."""
    roles_claim: str = "groups"
    """The claim that lists a person's groups."""
    roles: dict[str, Literal["viewer", "steward", "ops", "admin", "auditor"]] = Field(min_length=1)
    """Group -> role here."""
    departments_claim: str | None = None
    """The claim that names a person's department or departments; none: everybody works on all."""
    departments: dict[str, str] = Field(default_factory=dict)
    """What the provider calls a department -> what hub.yaml calls it, where the two differ."""
    sensitive: tuple[str, ...] = ()
    """Groups whose stewards may have sensitive fields shown."""


class Console(Checked):
    """The pages of `crmhub serve`: how long people stay signed in, and in whose time they read."""

    timezone: str = "Asia/Shanghai"
    """The time zone of times on pages."""
    idle: Duration = "2h"
    """After how long without a click a session ends (30m, 2h)."""
    lasts: Duration = "12h"
    """After how long a session ends in any case."""
    oidc: Oidc | None = None
    """Sign-in through the organisation's own provider, beside accounts with passwords."""

    @field_validator("timezone")
    @classmethod
    def _on_the_map(cls, written: str) -> str:
        if written not in available_timezones():
            raise CuredError("there is no such time zone", "Write an IANA name, as in Asia/Shanghai or UTC.")
        return written


def seconds_of(duration: str) -> int:
    """Return a duration such as 2h in seconds."""
    found = duration_in(duration)
    if found is None:
        raise ValueError(duration)
    return int(found.total_seconds())


class Retention(Checked):
    """How long what is over is kept (90d); `never` forgets nothing. What waits, failed or was refused always stays."""

    runs: Kept = NEVER
    """Runs of the history."""
    events: Kept = NEVER
    """Posted events that are done: a repetition that comes later than that is worked off again."""
    writes: Kept = NEVER
    """Confirmed writes: what is older cannot be undone by its write or run any more."""


class HubConfig(Checked):
    """The whole of hub.yaml."""

    store: str = "sqlite:///crmhub.db"
    """A SQLAlchemy URL; a relative SQLite path is taken from the project."""
    key_file: str = ".crmhub.key"
    """Where the key lies, unless the environment variable CRMHUB_KEY holds it."""
    public_url: str | None = Field(default=None, pattern=r"^https?://")
    """Where systems reach `crmhub serve` (https://hub.example.com); with it the hub keeps the channels open through
    which systems post their changes, where it can (Zoho CRM)."""
    console: Console = Console()
    """The pages."""
    retention: Retention = Retention()
    """How long what is over is kept."""
    alerts: Alerts = Alerts()
    """Who is told when something is wrong."""
    systems: dict[SystemName, System] = Field(default_factory=dict)
    """Name -> system; the name is free."""

    @field_validator("systems")
    @classmethod
    def _names_are_free(cls, written: dict[str, System]) -> dict[str, System]:
        for name, what in _OURS.items():
            if name in written:
                raise CuredError(f"`{name}` is the name of {what}", "Call the system something else.")
        return written

    def departments(self) -> frozenset[str]:
        """Return every department that owns a system."""
        return frozenset(system.department for system in self.systems.values())


def environment(variables: Mapping[str, str]) -> Any:  # noqa: ANN401 (a mapping.yaml_file.Replace)
    """Return the function that replaces `${NAME}` and `${NAME:-default}` in a text of hub.yaml."""

    def replaced(text: str) -> str:
        def value(match: re.Match[str]) -> str:
            name, default = match.groups()
            if name in variables:
                return variables[name]
            if default is None:
                raise CuredError(
                    f"the environment variable {name} is not set", f"Set it, or write ${{{name}:-a default}}."
                )
            return default

        return _ENVIRONMENT.sub(value, text)

    return replaced
