"""The page that shows each profile field across all systems is true and whole."""

from __future__ import annotations

import re

from docs import write_fields_across_systems as across


def test_the_page_is_not_stale() -> None:
    assert across.PAGE.read_text(encoding="utf-8") == across.page(), "run: make docs"


def test_every_field_of_every_mapping_stands_on_it_with_all_its_places() -> None:
    profile, every = across.shipped_profile(), across.mappings()
    systems, page = sorted({system for system, _stream in every}), across.page()
    for (system, stream), (written, compiled) in every.items():
        for (place, name), field in compiled.items():
            entity = profile.entity(written.emits[place].entity)
            assert entity is not None
            assert entity.label is not None
            section = page.split(f"## {entity.label.en} {entity.label.zh}\n")[1].split("\n## ")[0]
            (row,) = [line for line in section.splitlines() if line.startswith(f"| `{name}`<br>")]
            cell = row.split(" | ")[2 + systems.index(system)]
            assert f"*{stream}*" in cell
            for slot in (*field.pull_slots, *field.push_slots):
                for path in slot.paths():
                    assert f"`{path.text}`".replace("|", "\\|") in cell


def test_every_field_says_what_it_is_in_chinese() -> None:
    rows = [line for line in across.page().splitlines() if line.startswith("| `") and "<br>" in line]
    assert len(rows) > 20
    assert [row for row in rows if not re.search("[\u4e00-\u9fff]", row.split(" | ")[0])] == []
