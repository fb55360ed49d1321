"""Draft a matching model for a project's own fields, and write it into matching.yaml.

Room: flows. Looks at how the stored records fill each field; carries fields, types, levels and counts, never values.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from flows.hub import Hub
from golden_record.errors import NotDecidable
from golden_record.matching.draft import LOOKED_AT, Shape, draft
from golden_record.matching.evidence import Evidence
from golden_record.matching.model import ModelMistakes, read_models
from golden_record.resolution.evidence_of import EvidenceCache
from golden_record.resolution.snapshot import every_record
from golden_record.rules import Rules
from mapping.profile_fields import Profile

_NO_EVIDENCE = frozenset({"boolean", "datetime", "money", "multi_choice", "number"})
"""Field types that are never evidence of who somebody is."""
_HEAD = """Drafted by `crmhub match draft`: a start for `crmhub match train`, see docs/matching.md.
m: share of one customer's pairs that fall on the level; u: share of strangers' pairs. `else` takes the rest."""


@dataclass(frozen=True)
class _AllFields(Rules):
    """Rules by which every field of an entity is looked at."""

    def evidence_fields(self, entity: str) -> frozenset[str]:
        return frozenset(self.entities[entity].types) if entity in self.entities else frozenset()


def draft_model(hub: Hub, entity: str, file: Path | None) -> dict[str, Any]:
    """Draft the model of an entity; write it to *file* where one is given, in the place of the one that stands there.

    Other entities' models stay as they are, but for those that profile.yaml has no fields for: they are taken out.

    Raises:
        NotDecidable: profile.yaml has no such entity, or no field of it can be evidence.
    """
    profile = hub.project.profile
    if entity not in profile.root:
        raise NotDecidable(f"profile.yaml has no entity `{entity}`", f"It has {', '.join(profile.root)}")
    shapes = {
        name: Shape(shape.type, shape.many)
        for name, shape in profile.root[entity].fields.items()
        if shape.type not in _NO_EVIDENCE
    }
    if not shapes:
        raise NotDecidable(f"no field of `{entity}` can be evidence of who somebody is", "Add a name or a number")
    evidences = _evidences(hub, entity)
    drafted = draft(shapes, evidences)
    report: dict[str, Any] = {
        "entity": entity,
        "records": len(evidences),
        "model": drafted.model,
        "left_out": dict(drafted.left_out),
        "written": None,
        "taken_out": [],
    }
    if file is not None:
        report |= {"written": str(file), "taken_out": _write(file, entity, drafted.model, profile)}
    return report


def as_yaml(entity: str, model: Mapping[str, Any]) -> str:
    """Return the model as matching.yaml writes it."""
    document = CommentedMap({entity: _laid_out(model)})
    document.yaml_set_start_comment(_HEAD)
    return _dumped(document)


def _evidences(hub: Hub, entity: str) -> list[Evidence]:
    rules = _AllFields(hub.rules.entities, hub.rules.departments, hub.rules.cleared)
    cache = EvidenceCache(hub.store.vault, rules)
    found: list[Evidence] = []
    for _ref, evidence in every_record(hub.store, entity, cache):
        found.append(evidence)
        if len(found) == LOOKED_AT:
            break
    return found


def _write(file: Path, entity: str, model: Mapping[str, Any], profile: Profile) -> list[str]:
    """Write the model; return the entities whose models were taken out."""
    document = _read(file)
    fields = {name: one.fields.keys() for name, one in profile.root.items()}
    gone = [name for name in document if name != entity and not _fits(name, document[name], fields)]
    for name in gone:
        del document[name]
    document[entity] = _laid_out(model)
    if list(document) == [entity]:
        document.yaml_set_start_comment(_HEAD)
    file.write_text(_dumped(document), encoding="utf-8")
    return gone


def _read(file: Path) -> CommentedMap:
    try:
        document = YAML().load(file.read_text(encoding="utf-8")) if file.exists() else None
    except YAMLError:
        raise NotDecidable(f"{file} is no YAML", "Mend it, or move it away and draft again") from None
    return document if isinstance(document, CommentedMap) else CommentedMap()


def _fits(entity: str, model: object, fields: Mapping[str, Any]) -> bool:
    try:
        read_models({entity: model}, fields)
    except ModelMistakes:
        return False
    return True


def _laid_out(model: Mapping[str, Any]) -> CommentedMap:
    """Return the model with each rule and each level on a line of its own."""
    made = CommentedMap(model)
    made["thresholds"] = _in_line(model["thresholds"])
    made["blocking"] = [_in_line(rule) for rule in model["blocking"]]
    made["comparisons"] = [
        CommentedMap({**one, "levels": [_in_line(level) for level in one["levels"]]}) for one in model["comparisons"]
    ]
    return made


def _in_line(block: Mapping[str, Any]) -> CommentedMap:
    made = CommentedMap(block)
    made.fa.set_flow_style()
    return made


def _dumped(document: CommentedMap) -> str:
    writer = YAML()
    writer.width = 160
    writer.indent(mapping=2, sequence=2, offset=0)
    out = io.StringIO()
    writer.dump(document, out)
    return out.getvalue()
