"""A command that has subcommands and does its own work without one: `crmhub plan`, `crmhub plan approve FILE`.

Room: console.
"""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup


class DefaultCommand(TyperGroup):
    """A group that takes its arguments for those of its command `NAME` unless the first one names another.

    Contexts are of a library that typer carries inside and does not publish: hence `Any`.
    """

    NAME = "show"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 (see above)
        """Put the default command's name before arguments that name none."""
        if not args or args[0] not in self.commands:
            args = [self.NAME, *args]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 (see above)
        """Find the command; the default one goes by no name of its own in its help."""
        name, command, rest = super().resolve_command(ctx, args)
        return ("" if name == self.NAME else name), command, rest
