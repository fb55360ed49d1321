"""What an operator fills in for an Airbyte source."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import Field, Secret, model_validator

from connectors.settings import ConnectorSettings


class Settings(ConnectorSettings):
    """A program or a manifest, and the configuration that it asks for."""

    example: ClassVar[Mapping[str, Any]] = {
        "command": [".sources/faker/bin/source-faker"],
        "config": {"count": 1000},
    }

    command: tuple[str, ...] | None = Field(
        None, description="The program and its first arguments; a path starts from the project"
    )
    manifest: Path | None = Field(None, description="A declarative manifest (YAML) instead of a program")
    config: Secret[dict[str, Any]] = Field(
        default_factory=lambda: Secret({}), description="What the source's own documentation asks for"
    )
    environment: dict[str, str] = Field(
        default_factory=dict, description="Variables for the program; of the hub's own it sees only PATH and its like"
    )
    stall_seconds: int = Field(600, ge=1, description="Seconds of silence after which the program is ended")
    full: tuple[str, ...] = Field((), description="Streams that are read whole although the source could do less")
    project: Path | None = Field(None, description="Folder that paths start from; the hub says its project's")

    @property
    def folder(self) -> Path:
        """Where paths start."""
        return (self.project or Path()).resolve()

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.command is None) == (self.manifest is None):
            raise ValueError("name either `command` or `manifest`")
        if self.command is not None and not self.command:
            raise ValueError("`command` is empty: name the program")
        return self
