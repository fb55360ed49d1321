"""`crmhub`: find the command, run it, and turn whatever happens into a clear line and an exit code.

Room: console. Exit codes: 0 all done; 1 something failed and is named; 2 the configuration or the command line is
wrong. A traceback is shown with --debug only.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

import typer
from typer.main import get_group

from connectors.errors import ConnectorError
from console import logs
from console.lazy_group import CommandTable
from console.say import note
from golden_record.errors import GoldenRecordError
from golden_record.store.whole import signals_wait

os.environ.setdefault("DO_NOT_TRACK", "1")

EXIT_FAILED, EXIT_WRONG = 1, 2
_INTERRUPTED = 130
"""What typer makes of Ctrl-C by itself."""

app = typer.Typer(
    name="crmhub",
    cls=CommandTable,
    help="Sync CRM systems: one golden record per customer, agreed values back in every department's system.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def root() -> None:
    """Sync CRM systems: one golden record per customer, agreed values back in every department's system."""


def main() -> None:
    """Run the command line."""
    stop_in_order()
    sys.exit(run(sys.argv[1:]))


def stop_in_order() -> None:
    """Let SIGTERM stop a command as Ctrl-C does: the run is noted as failed and its leases are given back.

    So a timer, a container or a machine that goes down holds no other host up until the leases have gone stale.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def run(arguments: Sequence[str]) -> int:  # noqa: PLR0911 (a table of endings)
    """Run one command and return its exit code."""
    debug = "--debug" in arguments
    logs.configure(debug=debug)
    rest = [argument for argument in arguments if argument != "--debug"]
    try:
        with signals_wait():
            ended = get_group(app).main(rest, prog_name="crmhub", standalone_mode=False)
        if ended == _INTERRUPTED:
            return _stopped()
        return ended if isinstance(ended, int) else 0
    except typer.Exit as asked:
        return asked.exit_code
    except typer.TyperException as wrong:
        note(_wrong_command_line(wrong))
        return EXIT_WRONG
    except (typer.Abort, KeyboardInterrupt):
        return _stopped()
    except (GoldenRecordError, ConnectorError) as error:
        if debug:
            raise
        note(str(error))
        return EXIT_FAILED
    except Exception as error:
        if debug:
            raise
        if type(error).__name__ == "ProjectBroken":
            note(str(error))
            return EXIT_WRONG
        note(f"crmhub stopped on a mistake of its own ({type(error).__name__}). Run again with --debug and report it.")
        return EXIT_FAILED


def _stopped() -> int:
    note("Stopped. Nothing is lost: run the same command again, and it goes on from there.")
    return EXIT_FAILED


def _wrong_command_line(wrong: typer.TyperException) -> str:
    """Say what is wrong with the command line, and where its help is."""
    context = getattr(wrong, "ctx", None)
    path = context.command_path if context is not None else "crmhub"
    command = " ".join(path.split())  # a default command has no name
    return f"{command}: {wrong.format_message().rstrip('.')}. See {command} --help."


if __name__ == "__main__":
    main()
