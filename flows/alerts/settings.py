"""`alerts:` of hub.yaml: when people are told, and where. Room: flows; pydantic at the edge."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from flows.durations import checked_duration, duration_in
from mapping.yaml_file import Checked

Duration = Annotated[str, AfterValidator(checked_duration)]
Share = Annotated[str, Field(pattern=r"^\d{1,3}(\.\d+)?%$")]


class When(Checked):
    """What people are told about. `false` switches a kind off."""

    failure: bool = True
    """A system's newest run could not work on it at all, or a run ended without a word."""
    partial: Share | Literal[False] = "5%"
    """Share of its records that a run could not use or write, from which on that is told."""
    stale: Duration | bool = True
    """A stream's schedule has come round twice since it was read to its end; or the time after which that is told."""
    events: int | Literal[False] = Field(default=1000, ge=1)
    """Posted events that wait, from which on that is told."""
    event_age: Duration | Literal[False] = "15m"
    """How long the oldest posted event may wait."""
    writes: int | Literal[False] = Field(default=5000, ge=1)
    """Writes on their way, from which on that is told."""
    drift: bool = True
    """A system's own fields have changed, and a stream or a field is held up until somebody accepts that."""
    quota: Share | Literal[False] = "10%"
    """What is left of a limit of an hour or longer, below which that is told; a pause by quota always is."""
    review_age: Duration | Literal[False] = "7d"
    """How long the oldest review may stay open."""
    rows: bool = True
    """A pull read ten times as many records as is usual (the median of the last 20), or none where all those did."""
    dead_letters: int | Literal[False] = Field(default=1, ge=1)
    """Failed events and rejected writes of a system, from which on that is told."""
    silent: bool = True
    """A system that posted its changes has stopped doing so."""


class Mail(Checked):
    """Alerts by mail."""

    kind: Literal["mail"]
    """`mail`"""
    host: str
    """The SMTP server."""
    port: int = Field(default=587, ge=1, le=65535)
    """Its port."""
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    """How the connection is secured: `implicit` is port 465."""
    user: str | None = None
    """Who signs in there; none: nobody."""
    password: SecretStr | None = None
    """The password."""
    sender: str
    """From whom."""
    to: tuple[str, ...] = Field(min_length=1)
    """To whom."""


class Robot(Checked):
    """Alerts by a robot in a group of Feishu (飞书), DingTalk (钉钉) or WeCom (企业微信)."""

    kind: Literal["feishu", "dingtalk", "wecom"]
    """Whose robot."""
    url: SecretStr
    """The robot's address as its group shows it; it holds the key."""
    secret: SecretStr | None = None
    """What signs the messages, where the robot asks for that (Feishu 签名校验, DingTalk 加签)."""


class Hook(Checked):
    """Alerts by a signed post (Standard Webhooks), for everything else."""

    kind: Literal["webhook"]
    """`webhook`"""
    url: SecretStr
    """Where to post to."""
    secret: SecretStr
    """What signs the posts (`whsec_…`)."""


Channel = Annotated[Mail | Robot | Hook, Field(discriminator="kind")]


class Alerts(Checked):
    """Who is told when something is wrong."""

    to: tuple[Channel, ...] = ()
    """Where alerts go; none: nowhere, and `crmhub alerts list` shows them all the same."""
    every: Duration = "1d"
    """How often what lasts is told again."""
    settle: Duration = "5m"
    """How long something must be over before that is told: what flickers is told once."""
    language: Literal["en", "zh"] = "en"
    """In which language."""
    when: When = When()
    """What people are told about."""

    def again(self) -> timedelta:
        """Return how often what lasts is told again."""
        return duration_in(self.every) or timedelta(days=1)

    def settled(self) -> timedelta:
        """Return how long something must be over."""
        return duration_in(self.settle) or timedelta(0)
