"""Secrets that hub.yaml names as `${NAME}`: in the environment, in the machine's key ring, or sealed in the project.

Room: flows. `config/secrets.json` (mode 0600) says of each name where its value lies: sealed here with the project's
key, or in the key ring. A variable of the environment goes before both. Nothing is opened before it is asked for.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import keyring
from keyring.errors import KeyringError

from golden_record.errors import KeyTrouble
from golden_record.vault import KeyRing, Vault, load_key_ring
from mapping.yaml_file import open_document

FILE = Path("config") / "secrets.json"
Where = Literal["file", "keyring"]
_PLACE = "secrets.value"


class ProjectSecrets(Mapping[str, str]):
    """The environment, and behind it the secrets of one project."""

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        self._folder, self._variables = folder.resolve(), variables

    def __getitem__(self, name: str) -> str:
        if name in self._variables:
            return self._variables[name]
        entry = self._entries()[name]
        if "sealed" in entry:
            return str(self._vault().open(_PLACE, name, base64.b64decode(entry["sealed"])))
        found = _from_key_ring(self._service(), name)
        if found is None:
            raise KeyTrouble(f"the key ring of this machine has no {name}", "Enter it again with `crmhub connect`")
        return found

    def __iter__(self) -> Iterator[str]:
        return iter({**self._variables, **self._entries()})

    def __len__(self) -> int:
        return len({**self._variables, **self._entries()})

    def keep(self, name: str, value: str, where: Where) -> None:
        """Keep a secret.

        Raises:
            KeyTrouble: the project's key, or the machine's key ring, cannot be used.
        """
        if where == "keyring":
            try:
                keyring.set_password(self._service(), name, value)
            except KeyringError as error:
                what = f"the key ring of this machine takes no secret ({type(error).__name__})"
                raise KeyTrouble(what, "Keep it in the project: --secrets file") from None
            entry = {"keyring": "yes"}
        else:
            entry = {"sealed": base64.b64encode(self._vault().seal(_PLACE, name, value)).decode()}
        _write(self._folder / FILE, {**self._entries(), name: entry})

    def seal_anew(self, ring: KeyRing) -> None:
        """Seal what lies in the project with the current key of *ring*, which still holds the key used before."""
        vault, entries = Vault(ring), self._entries()
        anew = {
            name: {"sealed": base64.b64encode(vault.seal(_PLACE, name, self._opened(vault, name, one))).decode()}
            for name, one in entries.items()
            if "sealed" in one
        }
        if anew:
            _write(self._folder / FILE, {**entries, **anew})

    @staticmethod
    def _opened(vault: Vault, name: str, entry: Mapping[str, str]) -> str:
        return str(vault.open(_PLACE, name, base64.b64decode(entry["sealed"])))

    def _entries(self) -> dict[str, dict[str, str]]:
        try:
            return dict(json.loads((self._folder / FILE).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError):
            raise KeyTrouble(f"{FILE} cannot be read", "Restore it, or remove it and connect again") from None

    def _vault(self) -> Vault:
        """The project's vault. Where its key lies is read from hub.yaml as it stands: it is needed to read the rest."""
        said = open_document(self._folder / "config" / "hub.yaml").data
        name = said.get("key_file", ".crmhub.key") if isinstance(said, Mapping) else ".crmhub.key"
        return Vault(load_key_ring(self._folder / str(name), self._variables.get("CRMHUB_KEY")))

    def _service(self) -> str:
        return f"crmhub:{self._folder}"


def _from_key_ring(service: str, name: str) -> str | None:
    try:
        return keyring.get_password(service, name)
    except KeyringError as error:
        what = f"the key ring of this machine cannot be opened ({type(error).__name__})"
        raise KeyTrouble(what, f"Unlock it, or set {name} in the environment") from None


def _write(file: Path, entries: Mapping[str, Mapping[str, str]]) -> None:
    """Replace the file as a whole, with mode 0600 from the first byte on."""
    draft = file.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        json.dump(entries, out, indent=1, sort_keys=True)
    draft.replace(file)
