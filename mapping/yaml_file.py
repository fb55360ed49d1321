"""Read a YAML file into a checked model, and name every mistake in it at once, with its line and cure.

Room: mapping. Reads the one file that it is given; writes nothing. Serves all YAML of a project: hub.yaml,
profile.yaml, matching.yaml and the mappings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from mapping.known_keys import known_keys
from mapping.mistakes import CuredError, DataPath, Mistake, suggestion
from mapping.yaml_nodes import Document, read_document

ModelT = TypeVar("ModelT", bound=BaseModel)

Replace = Callable[[str], str]
"""Turns a text of the file into what it stands for (`${NAME}` -> the environment's value); raises CuredError."""


class Checked(BaseModel):
    """The base of models that are read from YAML: unknown keys are mistakes, and what was read does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def read_checked(
    source: Path | str, model: type[ModelT], *, file: str | None = None, replace: Replace | None = None
) -> tuple[ModelT | None, list[Mistake]]:
    """Read *source* (a path, or YAML text) as *model*; never raises for anything that a file can hold.

    Args:
        source: a `Path` is read; a `str` is the YAML itself.
        model: a pydantic model; best one that derives from `Checked`.
        file: the name that mistakes carry; default: the path as given, or `<text>`.
        replace: applied to every text of the file before it is checked.

    Returns:
        The model and no errors; or None and all mistakes of the file, in the order of its lines.
    """
    document = open_document(source, file=file)
    return check_document(document, model, replace=replace)


def open_document(source: Path | str, *, file: str | None = None) -> Document:
    """Read *source* as YAML; the document carries its mistakes."""
    name = file or (str(source) if isinstance(source, Path) else "<text>")
    if isinstance(source, str):
        return read_document(source, name)
    try:
        return read_document(source.read_text(encoding="utf-8-sig"), name)
    except UnicodeDecodeError:
        wrong = Mistake(name, 1, "", "the file is not UTF-8", "Save it as UTF-8 in your editor.")
    except OSError as trouble:
        wrong = Mistake(name, 1, "", f"cannot be read ({trouble.strerror})", "Check that it exists and is readable.")
    return Document(name, mistakes=[wrong])


def check_document(
    document: Document, model: type[ModelT], *, replace: Replace | None = None
) -> tuple[ModelT | None, list[Mistake]]:
    """Check a document that was read against *model*; see `read_checked`."""
    mistakes = list(document.mistakes)
    data = document.data
    if replace is not None:
        data = _replaced(data, (), document, replace, mistakes)
    checked: ModelT | None = None
    if data is not None or not mistakes:
        try:
            checked = model.model_validate({} if data is None else data)
        except ValidationError as wrong:
            found = [_translate(error, document, data, model) for error in wrong.errors(include_url=False)]
            # a value that fits no member of a union is reported once for each: the first says enough
            mistakes += {(mistake.line, mistake.path): mistake for mistake in reversed(found)}.values()
    mistakes.sort(key=lambda mistake: mistake.line)
    return (None if mistakes else checked), mistakes


def _replaced(
    data: Any,  # noqa: ANN401 (YAML data is anything)
    path: DataPath,
    document: Document,
    replace: Replace,
    mistakes: list[Mistake],
) -> Any:  # noqa: ANN401
    if isinstance(data, dict):
        return {key: _replaced(value, (*path, key), document, replace, mistakes) for key, value in data.items()}
    if isinstance(data, list):
        return [_replaced(item, (*path, place), document, replace, mistakes) for place, item in enumerate(data)]
    if not isinstance(data, str):
        return data
    try:
        return replace(data)
    except CuredError as wrong:
        mistakes.append(document.mistake(path, wrong.message, wrong.cure))
        return data


def _translate(error: ErrorDetails, document: Document, data: Any, model: type[BaseModel]) -> Mistake:  # noqa: ANN401
    path, rest = _data_path(error["loc"], data)
    kind = error["type"]
    if kind == "extra_forbidden":
        cure = suggestion(path[-1], known_keys(model, path[:-1]))
        return document.mistake(path, f"unknown key `{path[-1]}`", cure)
    if kind == "missing":
        missing = rest[-1] if rest else "?"
        return document.mistake(path, f"`{missing}` is missing", f"Add `{missing}: …` here.")
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, CuredError):
        return document.mistake(path, cause.message, cause.cure)
    if kind in ("literal_error", "enum"):
        return document.mistake(path, "this word is not known here", _choice_cure(error))
    message = error["msg"].removeprefix("Value error, ").replace("Input should be", "this should be")
    return document.mistake(path, message[:1].lower() + message[1:], _type_cure(kind))


def _choice_cure(error: ErrorDetails) -> str:
    words = str(error.get("ctx", {}).get("expected", "")).replace("'", "").replace(" or ", ", ").split(", ")
    return suggestion(error["input"], words, noun="words")


def _type_cure(kind: str) -> str:
    cures = {
        "string_type": "Write one word or a quoted text.",
        "bool_type": "Write true or false.",
        "bool_parsing": "Write true or false.",
        "list_type": "Write a list: [a, b].",
        "dict_type": "Write a block of `key: value` lines.",
        "model_type": "Write a block of `key: value` lines.",
        "model_attributes_type": "Write a block of `key: value` lines.",
    }
    return cures.get(kind, "Correct the value.")


def _data_path(loc: Sequence[str | int], data: Any) -> tuple[DataPath, list[str | int]]:  # noqa: ANN401
    """Follow pydantic's location through the data; names of union members and validators in it are not data."""
    path: list[str | int] = []
    rest: list[str | int] = []
    here = data
    for step in loc:
        if step == "[key]":
            continue
        listed = isinstance(here, list) and isinstance(step, int) and step < len(here)
        if listed or (isinstance(here, Mapping) and step in here):
            path.append(step)
            here, rest = here[step], []
        else:
            rest.append(step)
    return tuple(path), rest
