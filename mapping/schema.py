"""JSON Schemas of the project's YAML, for completion and checks in editors.

Room: mapping; pure. Published by `crmhub mapping schema`.
"""

from __future__ import annotations

from typing import Any

from mapping.language import StreamMapping
from mapping.profile_fields import Profile

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def mapping_schema(profile: Profile | None = None) -> dict[str, Any]:
    """Return the schema of a mapping file; with *profile*, editors also complete its entities."""
    schema = {"$schema": DIALECT, **StreamMapping.model_json_schema(by_alias=True)}
    schema["title"] = "crmhub stream mapping"
    if profile is not None:
        schema["$defs"]["Emit"]["properties"]["entity"]["enum"] = list(profile.entities())
        names = sorted({name for _, name, _ in profile.walk()})
        schema["$defs"]["Emit"]["properties"]["fields"]["propertyNames"] = {"enum": names}
    return schema


def profile_schema(types: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the schema of profile.yaml; with *types*, editors complete the field types."""
    schema = {"$schema": DIALECT, **Profile.model_json_schema(by_alias=True)}
    schema["title"] = "crmhub profile"
    if types:
        schema["$defs"]["ProfileField"]["properties"]["type"]["enum"] = list(types)
    return schema
