"""Earlier texts of a stream's mapping, kept beside the files: who saved which, when and why.

Room: flows. `config/mappings/.history/SYSTEM/STREAM/<id>.yaml`: one comment line that tells of the text, then the text.
They lie in the project, so that they are copied, backed up and read with it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ulid import ULID

from flows.mapping_texts import digest_of
from flows.mapping_versions import Key

SHOWN = 50
"""Texts that a list tells of, newest first; older ones lie on."""


@dataclass(frozen=True, slots=True)
class Saved:
    """When a text was kept. *author* is "" where it was not saved in the console but found as a file."""

    at: datetime
    author: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class KeptText:
    """One text, and who saved it."""

    text_id: str
    saved: Saved
    digest: str
    text: str

    def to_json(self) -> dict[str, str]:
        """Return what a list tells of it."""
        return {
            "id": self.text_id,
            "at": self.saved.at.isoformat(),
            "author": self.saved.author,
            "reason": self.saved.reason,
            "digest": self.digest,
        }


def kept_texts(folder: Path, key: Key) -> list[KeptText]:
    """Return the newest texts of a stream's mapping, newest first."""
    files = sorted(_place(folder, key).glob("*.yaml"), reverse=True)[:SHOWN]
    return [one for one in map(_read, files) if one is not None]


def kept_text(folder: Path, key: Key, text_id: str) -> KeptText | None:
    """Return one text; None where there is none of this id."""
    file = _place(folder, key) / f"{text_id}.yaml"
    known = text_id.isalnum() and file.is_file()
    return _read(file) if known else None


def keep(folder: Path, key: Key, text: str, saved: Saved) -> None:
    """Keep a text, unless it is the newest that is kept."""
    newest = next(iter(kept_texts(folder, key)), None)
    if newest is not None and newest.text == text:
        return
    place = _place(folder, key)
    place.mkdir(parents=True, exist_ok=True)
    said = json.dumps({"at": saved.at.isoformat(), "author": saved.author, "reason": saved.reason}, ensure_ascii=False)
    (place / f"{ULID()}.yaml").write_text(f"# {said}\n{text}", encoding="utf-8", newline="\n")


def _place(folder: Path, key: Key) -> Path:
    return folder / "config" / "mappings" / ".history" / key[0] / key[1]


def _read(file: Path) -> KeptText | None:
    """Return what a file keeps; None where it is none of ours."""
    head, _, text = file.read_text(encoding="utf-8", errors="replace").partition("\n")
    try:
        said = json.loads(head.removeprefix("# "))
        saved = Saved(datetime.fromisoformat(said["at"]), str(said["author"]), str(said["reason"]))
        return KeptText(file.stem, saved, digest_of(text.encode()), text)
    except (ValueError, KeyError, TypeError):
        return None
