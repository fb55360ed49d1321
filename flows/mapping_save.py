"""Save the text of a mapping as the project's own file: only what lints, only over what its editor has seen.

Room: flows. The file is replaced in one step; the text before and the new one are kept, the act is noted. In force it
comes with the next sync that reads the files.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from flows.hub import Hub
from flows.mapping_history import Saved, keep
from flows.mapping_texts import MappingText, check_text, digest_of, text_now
from flows.mapping_versions import Key
from golden_record.errors import GoldenRecordError, NotDecidable
from golden_record.store import act_notes, leases
from mapping.mistakes import Mistake

SAVE_WAIT = 2.0
"""Seconds that one save waits for another."""


class HasMistakes(Exception):
    """The text cannot be used; *mistakes* name each place and its cure."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__(f"{len(self.mistakes)} mistakes")


class ChangedMeanwhile(NotDecidable):
    """Somebody else has changed the file since it was looked at."""


class NotWritable(GoldenRecordError):
    """The project's folder cannot be written."""

    code = "not_writable"


def save_mapping(  # noqa: PLR0913 (who saves what, over what, and why)
    hub: Hub, key: Key, text: str, *, seen: str, author: str, reason: str, address: str | None = None
) -> MappingText:
    """Save a text; *seen* is the digest of the text that its editor began with.

    Returns:
        The mapping as it lies now.

    Raises:
        NoSuchMapping: there is no such stream.
        HasMistakes: it cannot be used; nothing was changed.
        ChangedMeanwhile: the file is not the one that was seen; nothing was changed.
        NotDecidable: the text is the one that lies there.
        NotWritable: the file cannot be written; nothing was changed.
    """
    text = text_as_kept(text)
    with leases.hold(hub.store, "mapping-texts", wait=SAVE_WAIT):
        before = text_now(hub.project, key)
        if before.digest != seen:
            raise ChangedMeanwhile(
                f"the mapping of {key[0]}/{key[1]} has been changed since it was opened",
                "Open it again, and put into it what you have typed.",
            )
        checked = check_text(hub, key, text)
        if not checked.ok:
            raise HasMistakes(checked.mistakes)
        if before.whose == "own" and before.text == text:
            raise NotDecidable("the text is the one that is saved already", "Change something first.")
        try:
            _put(hub, key, before, text, author=author, reason=reason, address=address)
        except OSError as wrong:
            what = f"config/mappings/{key[0]}/{key[1]}.yaml cannot be written: {wrong.strerror or 'no reason given'}"
            raise NotWritable(what, "Let the hub's user write in the project's config/mappings") from wrong
    return text_now(hub.project, key)


def text_as_kept(text: str) -> str:
    """Return a typed text as it is kept: lines end as on Unix, the last one too."""
    said = text.replace("\r\n", "\n").replace("\r", "\n")
    return said if said.endswith("\n") else said + "\n"


def _put(  # noqa: PLR0913 (likewise)
    hub: Hub, key: Key, before: MappingText, text: str, *, author: str, reason: str, address: str | None
) -> None:
    folder, now = hub.project.folder, hub.now()
    if before.whose != "none":
        keep(folder, key, before.text, Saved(now))
    with hub.store.write() as connection:  # noted first: a file that cannot be written takes the note back
        act_notes.note(
            connection,
            hub.store.vault,
            "mapping.saved",
            who=author,
            at=now,
            address=address,
            system=key[0],
            stream=key[1],
            reason=reason,
            before=before.digest,
            after=digest_of(text.encode()),
        )
        _replace(folder / "config" / "mappings" / key[0] / f"{key[1]}.yaml", text)
    keep(folder, key, text, Saved(now, author, reason))


def _replace(file: Path, text: str) -> None:
    """Write the whole file or nothing; it keeps its mode."""
    file.parent.mkdir(parents=True, exist_ok=True)
    mode = file.stat().st_mode & 0o777 if file.exists() else 0o644
    number, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.stem}.", suffix=".new")
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="\n") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        Path(name).chmod(mode)
        Path(name).replace(file)
    except OSError:
        with suppress(OSError):
            Path(name).unlink()
        raise
