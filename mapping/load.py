"""Load one mapping file: read, check, lint, compile.

Room: mapping. Reads the one file that it is given. This is what `flows` calls per stream.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mapping.catalog import Catalog
from mapping.compile import CompiledMapping, TypeLookup, compile_mapping
from mapping.language import StreamMapping
from mapping.lint import lint
from mapping.mistakes import Mistake, errors
from mapping.profile_fields import Profile
from mapping.yaml_file import check_document, open_document


@dataclass(frozen=True)
class Loaded:
    """A mapping as written and as compiled (None where the file has errors), and what is wrong with it."""

    written: StreamMapping | None
    compiled: CompiledMapping | None
    mistakes: tuple[Mistake, ...] = ()


def load_mapping(  # noqa: PLR0913 (what a mapping depends on, all named)
    source: Path | str,
    *,
    stream: str,
    profile: Profile,
    types: TypeLookup,
    region: str = "CN",
    timezone: str = "Asia/Shanghai",
    catalog: Catalog | None = None,
    file: str | None = None,
) -> Loaded:
    """Load a mapping file (a `Path`) or text (a `str`); never raises for what a file can hold.

    Args:
        source: the file.
        stream: the stream that it maps.
        profile: the checked profile.yaml.
        types: finds field types by name (`mapping.field_types.registry.field_type`).
        region: the system's country, where the mapping names none.
        timezone: the system's time zone, where the mapping names none.
        catalog: the stream's discovered JSON schema; unknown fields of the system become mistakes.
        file: the name that mistakes carry; default: the path as given.
    """
    document = open_document(source, file=file)
    written, mistakes = check_document(document, StreamMapping)
    if written is None:
        return Loaded(None, None, tuple(mistakes))
    mistakes = lint(written, document, profile=profile, types=types, catalog=catalog)
    if errors(mistakes):
        return Loaded(written, None, tuple(mistakes))
    compiled = compile_mapping(written, stream=stream, profile=profile, types=types, region=region, timezone=timezone)
    return Loaded(written, compiled, tuple(mistakes))
