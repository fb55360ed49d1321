"""Names are found by how they begin, through the index alone; what no key leads to is looked for in parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flows import search as searching
from flows.hub import Hub, open_hub
from flows.profile_view import view_of
from flows.search import search
from flows.stewards import merge, unmerge
from golden_record.resolution.findable import make_findable
from golden_record.store import search_index
from golden_record.store.tables import profiles as table
from golden_record.store.tables import search_keys
from tests.system.world import World, typed, world

PEOPLE = {
    "c1": {"family": "张", "given": "伟", "full_name": "张伟", "email": "zw@one.example", "mobile": "13911112222"},
    "c2": {"family": "张", "given": "薇", "full_name": "张薇", "email": "wei@two.example", "mobile": "13911113333"},
    "c3": {"family": "Andersson", "given": "Peter", "full_name": "Peter Andersson", "email": "pa@three.example"},
    "c4": {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "email": "ox@four.example"},
}


@pytest.fixture
def made(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path / "project", [typed("zoho_crm", "contact", who, said) for who, said in PEOPLE.items()]) as one:
        one.sync()
        yield one


def names(hub: Hub, text: str, **asked: Any) -> list[str]:
    show = view_of(hub, mask=False)
    found = search(hub, text, **{"after": None, "limit": 50, "show": show} | asked)
    return sorted(str(one["fields"]["name"]) for one in found["items"])


def test_names_are_found_as_people_type_them(made: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "_scanned", no_scan)
    with open_hub(made.folder, {}) as hub:
        for text in ("zhang wei", "zhangwei", "zw", "张", "zhang w", "ZHANG", "張"):
            assert names(hub, text) == ["张伟", "张薇"], text
        assert names(hub, "张伟") == ["张伟"]
        assert names(hub, "Ander") == names(hub, "andersson peter") == ["Peter Andersson"]
        assert names(hub, "欧阳晓雯") == names(hub, "ouyangxiaowen") == ["欧阳晓雯"]
        assert names(hub, "ouyangxiaowei") == [], "longer than a key, told apart by opening"


def no_scan(*_: object) -> Any:
    raise AssertionError("every profile was opened")


def test_pages_go_on_where_the_one_before_ended(made: World) -> None:
    with open_hub(made.folder, {}) as hub:
        show = view_of(hub, mask=False)
        first = search(hub, "zhang", after=None, limit=1, show=show)
        second = search(hub, "zhang", after=first["next"], limit=1, show=show)
        found = [one["profile_id"] for one in (*first["items"], *second["items"])]
        assert len(set(found)) == 2
        assert found == sorted(found)
        assert second["next"] is None


def test_a_merged_profile_is_found_once_and_after_a_split_twice_again(made: World) -> None:
    with open_hub(made.folder, {}) as hub:
        show = view_of(hub, mask=False)
        one, other = [each["profile_id"] for each in search(hub, "zhang", after=None, limit=9, show=show)["items"]]
        merge(hub, one, other, author="li.na", reason="the same")
    made.sync()
    with open_hub(made.folder, {}) as hub:
        (left,) = search(hub, "zhang", after=None, limit=9, show=show)["items"]
        unmerge(hub, other if left["profile_id"] == one else one, author="li.na", reason="not the same")
    made.sync()
    with open_hub(made.folder, {}) as hub:
        assert names(hub, "zhang") == ["张伟", "张薇"]


def test_a_store_from_before_the_index_is_put_into_it_by_the_next_sync(made: World) -> None:
    with open_hub(made.folder, {}) as hub:
        with hub.store.write() as connection:  # as the migration leaves it
            connection.execute(search_keys.delete())
            connection.execute(table.update().values(to_search=1))
        assert names(hub, "晓雯") == ["欧阳晓雯"], "until then every profile is opened"
    made.sync()
    with open_hub(made.folder, {}) as hub:
        with hub.store.read() as connection:
            assert not search_index.any_waits(connection)
        assert names(hub, "zw") == ["张伟", "张薇"]
        assert make_findable(hub.store, hub.rules) == 0


def test_what_no_key_leads_to_is_looked_for_in_parts(made: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "PAGE", 1)
    monkeypatch.setattr(searching, "MOST_OPENED", 1)
    with open_hub(made.folder, {}) as hub:
        show, after, found, pages = view_of(hub, mask=False), None, [], 0
        while True:
            page = search(hub, "@three.exam", after=after, limit=9, show=show)
            found += [one["fields"]["name"] for one in page["items"]]
            after, pages = page["next"], pages + 1
            if after is None:
                break
        assert found == ["Peter Andersson"]
        assert pages >= 4


def test_the_index_holds_no_name_and_is_read_by_its_key(made: World) -> None:
    with open_hub(made.folder, {}) as hub, hub.store.read() as connection:
        rows = connection.execute(sa.select(search_keys)).all()
        assert rows
        assert all(len(row.key) == search_index.SEARCH_KEY for row in rows)
        if connection.dialect.name == "sqlite":
            asked = "SELECT profile_id FROM search_keys WHERE key = ? AND profile_id > ? ORDER BY profile_id LIMIT 9"
            key = search_index.digest(hub.store.vault, "zhang")
            plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", (key, "")).all())
            assert "SEARCH search_keys USING COVERING INDEX" in plan or "USING PRIMARY KEY" in plan
            assert "TEMP B-TREE" not in plan
