"""One run of a source: spec, check, discover or read. Its output as messages, its log lines folded into ours."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from airbyte_cdk.utils.yaml_loader import safe_load_yaml

from connectors.airbyte.masking import Mask
from connectors.airbyte.program import NoProgram, Program, Stalled, argument_files, resolve
from connectors.airbyte.settings import Settings
from connectors.errors import ConnectorError, StopSystem, TryAgain
from connectors.ports import TokenStore

log = logging.getLogger(__name__)

MANIFEST = "__injected_declarative_manifest"
"""Where airbyte-cdk looks for a manifest inside a configuration."""
RUN_MANIFEST = ("-c", "from airbyte_cdk.cli.source_declarative_manifest import run; run()")
ANY_CONFIG = {"type": "Spec", "connection_specification": {"type": "object", "additionalProperties": True}}
"""What airbyte-cdk is told of the configuration where a manifest does not say: without it, it refuses to run."""
ACCOUNT = "configuration"
"""Under which name the tokens hold a configuration that the source has changed by itself."""
_LEVELS = {"FATAL": logging.WARNING, "ERROR": logging.WARNING, "WARN": logging.INFO, "INFO": logging.DEBUG}
_SYSTEM = "airbyte"

Message = dict[str, Any]


@dataclass
class Ending:
    """How a run went, known when its messages are through.

    *damaged* counts lines that were damaged messages; *errors* are what the source gave as reasons, masked.
    """

    damaged: int = 0
    exit_code: int = 0
    errors: list[str] = field(default_factory=list)


class SourceProgram:
    """A configured source, to be run."""

    def __init__(self, settings: Settings, tokens: TokenStore) -> None:
        self._settings, self._tokens = settings, tokens
        self._written = settings.config.get_secret_value()
        self.mask = Mask(self.config)

    @property
    def config(self) -> dict[str, Any]:
        """The configuration: as written, or as the source changed it since (a rotated token, in most cases)."""
        kept = self._tokens.load(ACCOUNT)
        if kept is None or kept.get("written") != json.dumps(self._written, sort_keys=True):
            return self._written
        return dict(json.loads(str(kept["config"])))

    def check(self) -> str:
        """Let the source check its configuration; return what it says.

        Raises:
            ConnectorError: it refuses the configuration, or cannot be run.
        """
        said: Mapping[str, Any] | None = None
        ending = Ending()
        for message in self.run("check", ending):
            if message["type"] == "CONNECTION_STATUS":
                said = message.get("connectionStatus") or {}
        if said is None:
            why = f": {ending.errors[0]}" if ending.errors else ""
            raise self._error(ConnectorError, "no_answer", f"the source cannot check its configuration{why}")
        text = self.mask(str(said.get("message") or ""))
        if said.get("status") != "SUCCEEDED":
            raise self._error(StopSystem, "check", f"the source refuses its configuration: {text or 'no reason given'}")
        return text or "the source accepts its configuration"

    def discover(self) -> Mapping[str, Any]:
        """Return the catalog that the source offers.

        Raises:
            ConnectorError: it offers none.
        """
        found: Mapping[str, Any] | None = None
        ending = Ending()
        for message in self.run("discover", ending):
            if message["type"] == "CATALOG" and isinstance(message.get("catalog"), Mapping):
                found = message["catalog"]
        if found is None:
            why = f": {ending.errors[0]}" if ending.errors else ""
            raise self._error(ConnectorError, "no_catalog", f"the source offers no streams{why}")
        return found

    def read(self, catalog: Mapping[str, Any], state: Any, ending: Ending) -> Iterator[Message]:  # noqa: ANN401 (JSON)
        """Yield the messages of a read but for log lines; *ending* is filled in behind the last."""
        files: dict[str, Any] = {"catalog": catalog}
        if state:
            files["state"] = state
        yield from self.run("read", ending, files)

    def run(self, verb: str, ending: Ending, files: Mapping[str, Any] | None = None) -> Iterator[Message]:
        """Run the source once and yield its messages.

        Raises:
            StopSystem: the program or manifest cannot be used.
            TryAgain: it fell silent, and was ended.
            ConnectorError: it failed without saying why (where it says why, that is among the messages).
        """
        command, config = self._command()
        with argument_files({"config": config, **(files or {})}) as (place, paths):
            arguments = [part for name, path in paths.items() for part in (f"--{name}", path)]
            environment = self._settings.environment
            with Program(
                [*command, verb, *arguments], folder=self._settings.folder, environment=environment, files=place
            ) as program:
                try:
                    for source, line in program.lines(self._settings.stall_seconds):
                        message = self._message(source, line, ending)
                        if message is not None:
                            yield message
                except Stalled:
                    what = f"the source said nothing for {self._settings.stall_seconds} seconds and was ended"
                    cure = "Raise `stall_seconds` if it needs longer; the next run goes on from the last state."
                    raise self._error(TryAgain, "stalled", what, cure) from None
                ending.exit_code = program.ended()
        if ending.exit_code and not ending.errors and verb in {"read", "discover"}:
            what = f"the source ended with code {ending.exit_code} and gave no reason"
            raise self._error(ConnectorError, "exit", what, "Run it by hand, or again with --debug for its log.")

    # ----------------------------------------------------------------------------------------- one line

    def _message(self, source: str, line: bytes, ending: Ending) -> Message | None:
        """Return a line as a message; log lines are passed on to our log, damage is counted."""
        message = _parsed(line) if source == "out" else None
        if message is None:
            if source == "out" and line.lstrip().startswith(b"{"):
                ending.damaged += 1
            else:
                log.debug("%s", self.mask(line.decode("utf-8", "replace")))
            return None
        kind = message["type"]
        if kind == "LOG":
            said = message.get("log") or {}
            log.log(_LEVELS.get(str(said.get("level")), logging.DEBUG), "%s", self.mask(str(said.get("message", ""))))
            return None
        if kind == "CONTROL":
            self._keep((message.get("control") or {}).get("connectorConfig") or {})
            return None
        if kind == "TRACE" and (message.get("trace") or {}).get("type") == "ERROR":
            ending.errors.append(self.mask(str((message["trace"].get("error") or {}).get("message") or "an error")))
        return message

    def _keep(self, changed: Mapping[str, Any]) -> None:
        """Keep a configuration that the source has changed: the token in the old one may be dead already."""
        config = changed.get("config")
        if isinstance(config, Mapping):
            bare = {name: value for name, value in config.items() if name != MANIFEST}
            with self._tokens.locked(ACCOUNT):
                written = json.dumps(self._written, sort_keys=True)
                self._tokens.save(ACCOUNT, {"written": written, "config": json.dumps(bare)})
            self.mask = Mask({"written": self._written, "changed": bare})

    def _command(self) -> tuple[Sequence[str], dict[str, Any]]:
        """Return what is run, and the configuration that it is given."""
        if self._settings.command is not None:
            try:
                return resolve(self._settings.command, self._settings.folder), self.config
            except NoProgram as error:
                cure = "Install the source into an environment of its own and correct `command`."
                what = f"there is no program {error} that can be run"
                raise self._error(StopSystem, "no_program", what, cure) from None
        path = self._settings.folder / (self._settings.manifest or "")
        try:
            manifest = safe_load_yaml(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            what = f"the manifest cannot be read ({type(error).__name__})"
            raise self._error(StopSystem, "manifest", what, "Correct `manifest`.") from None
        except Exception as error:  # noqa: BLE001 (the parser's own errors, which hold the text)
            what = f"the manifest is no YAML ({type(error).__name__})"
            raise self._error(StopSystem, "manifest", what, "Correct the file.") from None
        if not isinstance(manifest, dict):
            raise self._error(StopSystem, "manifest", "the manifest is no block of settings", "Correct the file.")
        return [sys.executable, *RUN_MANIFEST], {**self.config, MANIFEST: {"spec": ANY_CONFIG, **manifest}}

    def _error(self, kind: type[ConnectorError], code: str, what: str, cure: str = "") -> ConnectorError:
        return kind(what, system=_SYSTEM, code=code, cure=cure or "See the source's own documentation.")


def _parsed(line: bytes) -> Message | None:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) and isinstance(message.get("type"), str) else None
