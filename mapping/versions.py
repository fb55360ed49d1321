"""The versions of a mapping: digests of what it means, so that an edit concerns just what it changes.

Room: mapping; pure. A stored record carries the version under which it was read; a profile is planned anew when a
push version changes (docs/decisions/0016-edited-mappings.md).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from mapping.language import StreamMapping
from mapping.profile_fields import Profile
from mapping.projection import Projection

LANGUAGE_VERSION: Final = 3
"""Part of every version: raised when the same YAML comes to mean something else."""
_PUSH_ONLY: Final = frozenset({"push", "push_values", "only_if_empty", "never_blank", "reformat", "cleared"})
"""Keys of a field that say nothing about how a record is read (`cleared` is a rule: flows takes it in with those)."""


def pull_version(mapping: StreamMapping, profile: Profile, region: str, timezone: str, kept: Projection) -> str:
    """Return the digest of what decides how a record is read, and of what of it is *kept*."""
    return _digest(_pull_meaning(mapping), profile, mapping, region, timezone, kept)


def push_version(mapping: StreamMapping, profile: Profile, region: str, timezone: str, kept: Projection) -> str:
    """Return the digest of all that *mapping* means; only its examples do not count."""
    return _digest(_meaning(mapping), profile, mapping, region, timezone, kept)


def _meaning(mapping: StreamMapping) -> dict[str, Any]:
    # without defaults, so that a word which the language learns later changes no mapping that does not use it
    return mapping.model_dump(
        mode="json", by_alias=True, exclude={"examples", "contract", "web"}, exclude_defaults=True
    )


def _pull_meaning(mapping: StreamMapping) -> dict[str, Any]:
    """Return what decides how a record is read; where things are pushed counts only as far as it is kept."""
    said = _meaning(mapping)
    for name in ("create_in", "required", "on_create", "on_return", "on_delete"):
        said.pop(name, None)
    for emit in said["emits"]:
        emit["fields"] = {
            name: {key: value for key, value in field.items() if key not in _PUSH_ONLY}
            for name, field in emit["fields"].items()
            if field.get("pull") is not None
        }
        emit["relations"] = {
            name: {"stream": one["stream"], "pull": one.get("pull")} for name, one in emit.get("relations", {}).items()
        }
    return said


def _digest(  # noqa: PLR0913 (what a version depends on)
    said: Mapping[str, Any], profile: Profile, mapping: StreamMapping, region: str, timezone: str, kept: Projection
) -> str:
    """Digest a mapping's meaning, with what the profile and the system add to it."""
    fields = {
        f"{emit.entity}.{name}": shape.model_dump(mode="json", include={"type", "many", "values", "options"})
        for emit in mapping.emits
        for name in emit.fields
        if (shape := profile.field(emit.entity, name)) is not None
    }
    meaning = {
        "language": LANGUAGE_VERSION,
        "mapping": said,
        "fields": fields,
        "region": region,
        "timezone": timezone,
        "kept": kept.to_json(),
    }
    text = json.dumps(meaning, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
