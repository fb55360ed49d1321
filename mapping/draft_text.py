"""Write a draft as YAML that a person goes on with: every guess with its reason, everything else listed below.

Room: mapping; pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final

from mapping.draft import Draft, Guess
from mapping.profile_fields import Profile, ProfileField

_PLAIN: Final = re.compile(r"[^\W\d][\w.]*")
_BOOLISH: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def draft_text(draft: Draft, profile: Profile, *, system: str, stream: str, push: bool = False) -> str:
    """Return the draft's YAML; *push*: fields that the system lets be written are written as well."""
    return "\n".join(_lines(draft, profile, system, stream, push=push)) + "\n"


def _lines(draft: Draft, profile: Profile, system: str, stream: str, *, push: bool) -> Iterator[str]:
    yield f"# {system} · {stream}: a draft, made from what the system says of its fields. Look at every line, then run"
    yield f"#   crmhub mapping lint {system} --discover    crmhub mapping preview {system} {stream}"
    if not push:
        yield "# Nothing is written yet: {pull: X} reads X; write X alone (or add push: X) to keep both sides equal."
    yield f"key: {_text(draft.key)}"
    if draft.modified:
        yield f"modified: {_text(draft.modified)}"
    yield "emits:"
    yield f"- entity: {draft.entity}"
    shapes = profile.entity(draft.entity)
    if draft.guesses and shapes is not None:
        yield "  fields:"
        for name, guesses in draft.guesses.items():
            if guesses:
                yield from _field(name, guesses, shapes.fields[name], push=push)
    else:
        yield "  fields: {}                           # nothing was recognised: see below"
    if draft.unmapped:
        yield "# Not mapped:"
        for path, label, why in draft.unmapped:
            yield f"#   {_line(path)}{f' ({_line(label)})' if label else ''}: {_line(why)}"


def _field(name: str, guesses: Sequence[Guess], shape: ProfileField, *, push: bool) -> Iterator[str]:
    for guess in guesses:
        yield f"    # {_line(guess.path)}: {_line(guess.reason)}"
    written = [guess for guess in guesses if guess.writable] if push else []
    pulled = _places(guesses, shape)
    words, form = guesses[0].words, guesses[0].form
    said = [f"pull: {pulled}"]
    if written:
        said.append(f"push: {_push_places(written, shape)}")
    if words:
        pairs = ", ".join(f"{_text(system)}: {_text(profile)}" for system, profile in words.items())
        said.append(f"values: {{{pairs}}}")
        said += _push_values(guesses[0]) if written else []
    if form:
        said.append(f"format: {form}")
    yield f"    {name}: {{{', '.join(said)}}}"


def _places(guesses: Sequence[Guess], shape: ProfileField) -> str:
    if guesses[0].part:
        return "{" + ", ".join(f"{guess.part}: {_text(guess.path)}" for guess in guesses) + "}"
    listed = [_text(guess.path) for guess in guesses]
    return listed[0] if len(listed) == 1 and not shape.many else f"[{', '.join(listed)}]"


def _push_places(guesses: Sequence[Guess], shape: ProfileField) -> str:
    if guesses[0].part or shape.type != "phone" or not any(guess.mobile for guess in guesses):
        return _places(guesses if shape.many or guesses[0].part else guesses[:1], shape)
    mobile = [_text(guess.path) for guess in guesses if guess.mobile]
    other = [_text(guess.path) for guess in guesses if not guess.mobile]
    kinds = [f"mobile: [{', '.join(mobile)}]", *([f"other: [{', '.join(other)}]"] if other else [])]
    return "{" + ", ".join(kinds) + "}"


def _push_values(guess: Guess) -> list[str]:
    """Return which word goes out, where two of the system's mean the same."""
    first: dict[str, str] = {}
    doubled = set()
    for system, profile in guess.words.items():
        if profile in first:
            doubled.add(profile)
        first.setdefault(profile, system)
    pairs = ", ".join(f"{_text(profile)}: {_text(first[profile])}" for profile in sorted(doubled))
    return [f"push_values: {{{pairs}}}"] if doubled else []


def _text(path: str) -> str:
    """Return a name as YAML writes it."""
    plain = _PLAIN.fullmatch(path) and path.casefold() not in _BOOLISH
    return path if plain else json.dumps(path, ensure_ascii=False)


def _line(text: str) -> str:
    """Return a system's text as a comment bears it: in one line, without what YAML does not print."""
    return "".join(each if each.isprintable() else " " for each in text)
