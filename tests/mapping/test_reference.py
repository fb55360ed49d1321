"""The page and the schemas say what the models say."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]  # ships no types
import pytest
from ruamel.yaml import YAML

from mapping.language import StreamMapping
from mapping.profile_fields import Profile, read_profile
from mapping.reference import with_reference
from mapping.schema import mapping_schema, profile_schema
from mapping.yaml_file import read_checked
from mapping.yaml_nodes import read_document

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "mapping.md"
SHIPPED = sorted((ROOT / "config" / "mappings").glob("*/*.yaml"))


def test_the_reference_of_the_page_is_not_stale() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_reference(page), "run: python docs/write_reference.py"


@pytest.mark.parametrize("snippet", re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL))
def test_every_mapping_on_the_page_is_a_mapping(snippet: str) -> None:
    model, mistakes = read_checked(snippet, StreamMapping)
    assert model is not None, [str(mistake) for mistake in mistakes]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_editors_accept_the_shipped_mappings(path: Path) -> None:
    types = frozenset(re.findall(r"type: (\w+)", (ROOT / "config" / "profile.yaml").read_text(encoding="utf-8")))
    profile, _ = read_profile(ROOT / "config" / "profile.yaml", types=types)
    data = read_document(path.read_text(encoding="utf-8"), path.name).data
    jsonschema.validate(_as_json(data), mapping_schema(profile))


def test_editors_point_at_a_slip_of_the_pen() -> None:
    data = {"key": "id", "emits": [{"entity": "person", "fields": {"name": {"pul": "a"}}}]}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, mapping_schema())


def test_editors_accept_the_shipped_profile() -> None:
    data = YAML(typ="safe").load(ROOT / "config" / "profile.yaml")
    jsonschema.validate(data, profile_schema())
    assert Profile.model_validate(data).entities() == ("person", "company", "interaction")


def _as_json(data: object) -> object:
    """Write keys as texts, as an editor sees them."""
    if isinstance(data, dict):
        return {str(key).lower() if isinstance(key, bool) else str(key): _as_json(value) for key, value in data.items()}
    return [_as_json(item) for item in data] if isinstance(data, list) else data
