"""Write docs/fields-across-systems.md anew: where each profile field stands in every system, from the shipped mappings.

Run as `make docs`; a test compares.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from mapping.compile import CompiledField
from mapping.field_table import Stands, standing
from mapping.field_types.registry import field_type, names
from mapping.language import FieldMapping, StreamMapping
from mapping.load import load_mapping
from mapping.profile_fields import Label, Profile, ProfileField, read_profile

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "config"
PAGE = ROOT / "docs" / "fields-across-systems.md"

HEAD = """# Each field across all systems · 字段对照

<!-- written from config/profile.yaml and config/mappings: make docs -->

Where a field of the profile stands in each system, as the shipped mappings say; a project's own may say otherwise
(`crmhub mapping lint` and `crmhub mapping preview` speak of yours). 各系统字段与黄金记录字段的对应关系。

`⇄` read and written 双向 · `←` only read 仅拉取 · `→` only written 仅推送 · `+` parts of one value 组合字段 ·
*if empty*: written only where the record shows nothing 仅空时写入 · *shown*: filled by the system itself 系统自动填充
"""

SAID = {"if_empty": "if empty", "shown": "shown"}
"""What the page calls a note."""


def mappings() -> dict[tuple[str, str], tuple[StreamMapping, dict[tuple[int, str], CompiledField]]]:
    """Return every shipped mapping, by system and stream, with its compiled fields by emit and name.

    Raises:
        ValueError: one has a mistake.
    """
    found = {}
    profile = shipped_profile()
    for file in sorted((CONFIG / "mappings").glob("*/*.yaml")):
        loaded = load_mapping(file, stream=file.stem, profile=profile, types=field_type)
        if loaded.written is None or loaded.compiled is None:
            raise ValueError("; ".join(map(str, loaded.mistakes)))
        fields = {(emit.place, name): one for emit in loaded.compiled.emits for name, one in emit.fields.items()}
        found[file.parent.name, file.stem] = (loaded.written, fields)
    return found


def shipped_profile() -> Profile:
    """Return the shipped profile.

    Raises:
        ValueError: it has a mistake.
    """
    profile, mistakes = read_profile(CONFIG / "profile.yaml", types=frozenset(names()))
    if profile is None:
        raise ValueError("; ".join(map(str, mistakes)))
    return profile


def page() -> str:
    """Return the whole page."""
    profile, every = shipped_profile(), mappings()
    systems = sorted({system for system, _stream in every})
    parts = [HEAD]
    for name, entity in profile.root.items():
        parts.append(f"## {_both(entity.label, name)}\n")
        parts.append(f"| field 字段 | type 类型 | {' | '.join(systems)} |\n| --- | --- |{' --- |' * len(systems)}")
        for field, shape in entity.fields.items():
            cells = [_cell(every, system, name, field) for system in systems]
            parts.append(f"| `{field}`<br>{_both(shape.label, field)} | {_type(shape)} | {' | '.join(cells)} |")
        parts.append("")
    parts += _word_tables(profile, every)
    return "\n".join(parts) + "\n"


def _both(label: Label | None, name: str) -> str:
    return f"{label.en} {label.zh}" if label else name


def _type(shape: ProfileField) -> str:
    return f"{shape.type}{', many 多值' if shape.many else ''}"


Every = Mapping[tuple[str, str], tuple[StreamMapping, Mapping[tuple[int, str], CompiledField]]]


def _cell(every: Every, system: str, entity: str, field: str) -> str:
    lines = []
    for (owner, stream), (written, compiled) in every.items():
        for place, emit in enumerate(written.emits):
            if owner == system and emit.entity == entity and (place, field) in compiled:
                lines.append(f"*{stream}* {_stands(compiled[place, field], emit.fields[field])}")
    return "<br>".join(lines)


def _stands(field: CompiledField, written: FieldMapping) -> str:
    found = standing(field, written)
    notes = [SAID[word] for word in found.notes] + ([f"as {found.format}"] if found.format else [])
    return ", ".join(map(_place, found.places)) + (f" ({', '.join(notes)})" if notes else "")


def _place(one: Stands) -> str:
    return f"{one.arrow} " + " + ".join(f"`{text}`" for text in one.paths).replace("|", "\\|")


def _word_tables(profile: Profile, every: Every) -> Iterator[str]:
    """Show the words of choices: what each system says for the profile's word."""
    for entity, name, shape in profile.walk():
        found = list(_words(every, entity, name))
        if not found:
            continue
        yield f"## Words of `{entity}.{name}` · {shape.label.zh if shape.label else name}\n"
        yield "| profile 黄金记录 | system 系统 | read 读取 | written 写入 |\n| --- | --- | --- | --- |"
        yield from found
        yield ""


def _words(every: Every, entity: str, name: str) -> Iterator[str]:
    for (system, stream), (written, compiled) in every.items():
        for place, emit in enumerate(written.emits):
            one = compiled.get((place, name))
            if emit.entity != entity or one is None or not emit.fields[name].values:
                continue
            read: dict[str, list[str]] = {}
            for theirs, ours in emit.fields[name].values.items():
                read.setdefault(_word(ours), []).append(f"`{_word(theirs)}`")
            for ours, theirs_all in read.items():
                out = one.words_out or {}
                wrote = f"`{_word(out[ours])}`" if one.pushed and ours in out else "-"
                yield f"| `{ours}` | {system}/{stream} | {', '.join(theirs_all)} | {wrote} |"


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
