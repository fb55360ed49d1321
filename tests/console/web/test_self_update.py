"""A customer follows a signed link over real HTTP, and what they say becomes a contribution of their own."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import requests

from flows.self_update_link import Link, make_link
from tests.console.hands import Shell
from tests.console.web.served import Served, serving
from tests.system.world import World, typed, world

OLD, NEW = "+8613911112222", "13611113333"
OUYANG = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "email": "xiaowen.ouyang@huaxin-cable.cn"}
SIMA = {"family": "司马", "given": "青衫", "full_name": "司马青衫", "mobile": "+8613622223333"}
Z = ("zoho_crm", "Contacts")


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    people = [
        typed("zoho_crm", "contact", "ouyang", {**OUYANG, "mobile": OLD, "birthday": "1988-07-01"}),
        typed("zoho_crm", "contact", "sima", SIMA),
    ]
    folder = tmp_path_factory.mktemp("self_update") / "project"
    with world(folder, people, systems=("zoho_crm",)) as made:
        made.sync(push=False)
        yield made


@pytest.fixture
def hub(here: World) -> Iterator[Served]:
    with serving(here.folder, work=False) as served:
        yield served


@pytest.fixture
def shell(here: World, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(here.folder, capsys)


def profile_of(served: Served, name: str) -> dict[str, Any]:
    (found,) = [one for one in served.get("/api/profiles").json()["items"] if one["fields"].get("name") == name]
    return dict(found)


def link_of(served: Served, name: str, *, days: int = 1) -> str:
    ends = served.hub.now() + timedelta(days=days)
    token = make_link(served.hub.store.vault, Link(profile_of(served, name)["profile_id"], ends))
    return f"{served.base_url}/update/{token}"


def form_of(link: str, **headers: str) -> tuple[str, str]:
    page = requests.get(link, headers=headers, timeout=60)
    assert page.status_code == 200, page.text
    key = re.search(r'name="form" value="([^"]+)"', page.text)
    assert key is not None
    return unescape(page.text), key[1]


def send(link: str, headers: dict[str, str] | None = None, **fields: Any) -> requests.Response:
    _page, key = form_of(link)
    return requests.post(link, data={"form": key, **fields}, headers=headers, timeout=60)


def test_the_page_shows_one_customer_masked_and_nothing_sensitive(hub: Served) -> None:
    page, _key = form_of(link_of(hub, "欧阳晓雯"), **{"Accept-Language": "zh-CN"})
    assert 'lang="zh"' in page
    assert "139****2222" in page
    assert "x***@huaxin-cable.cn" in page
    for hidden in (OLD, OUYANG["email"], "1988", "生日", "136****3333", "欧阳"):
        assert hidden not in page
    english, _key = form_of(link_of(hub, "欧阳晓雯") + "?lang=en", **{"Accept-Language": "zh-CN"})
    assert "partly hidden" in english


def test_every_answer_keeps_others_out_and_loads_nothing(hub: Served) -> None:
    for address in (link_of(hub, "欧阳晓雯"), f"{hub.base_url}/update/nonsense"):
        headers = requests.get(address, timeout=60).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script-src" not in policy
        assert "unsafe" not in policy
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Robots-Tag"].startswith("noindex")
        assert "Set-Cookie" not in headers
    page, _key = form_of(link_of(hub, "欧阳晓雯"))
    assert "<script" not in page
    assert not re.findall(r'(?:src|href)="(?!\?)', page)


def test_what_a_customer_says_is_a_contribution_of_its_own_in_their_profile_alone(
    here: World, hub: Served, shell: Shell
) -> None:
    before = profile_of(hub, "司马青衫")
    ouyang = profile_of(hub, "欧阳晓雯")["profile_id"]
    answer = send(link_of(hub, "欧阳晓雯"), phones=["", NEW], job_title="采购总监", verified="yes")
    assert (answer.status_code, "noted" in answer.text) == (200, True)
    runs = hub.get("/api/runs").json()["items"]
    assert [run["status"] for run in runs if run["kind"] == "api"] == ["waiting"], (
        "a sync of this customer is asked for"
    )
    here.sync(push=False)
    after = shell.ask("profiles", "show", ouyang)
    assert after["fields"]["phones"] == [OLD, f"+86{NEW}"]
    assert after["fields"]["job_title"] == "采购总监"
    assert after["fields"]["verified_at"] == hub.hub.now().date().isoformat()
    lineage = after["lineage"]["job_title"]
    assert (lineage["system"], lineage["stream"], lineage["id"]) == ("self_update", "person", ouyang)
    assert profile_of(hub, "司马青衫") == before
    here.sync()
    assert here.value(*Z, by_name(here, "欧阳"), "Title") == "采购总监", "and it goes where the others' values go"


def by_name(here: World, family: str) -> str:
    return next(record_id for record_id, values in here.records(*Z).items() if values["Last_Name"] == family)


def test_a_later_answer_adds_and_the_same_one_twice_does_nothing(here: World, hub: Served, shell: Shell) -> None:
    link = link_of(hub, "司马青衫")
    sima = profile_of(hub, "司马青衫")["profile_id"]
    before = len(hub.runs("api"))
    for _twice in range(2):
        assert send(link, wechat="sima_qs").status_code == 200
    assert len(hub.runs("api")) == before + 1, "the second says nothing new: no sync is asked for"
    assert send(link, emails="sima@qingshan.cn").status_code == 200
    here.sync(push=False)
    fields = shell.ask("profiles", "show", sima)["fields"]
    assert (fields["wechat"], fields["emails"]) == ("sima_qs", ["sima@qingshan.cn"])
    sources = shell.ask("profiles", "show", sima)["sources"]
    assert [one["id"] for one in sources if one["system"] == "self_update"] == [sima]


def test_clicks_at_the_same_time_are_one_answer(here: World, hub: Served, shell: Shell) -> None:
    link, sima = link_of(hub, "司马青衫"), profile_of(hub, "司马青衫")["profile_id"]
    _page, key = form_of(link)
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(
                lambda _: requests.post(link, data={"form": key, "company_name": "青衫贸易"}, timeout=60), range(4)
            )
        )
    assert {answer.status_code for answer in answers} == {200}
    here.sync(push=False)
    shown = shell.ask("profiles", "show", sima)
    assert shown["fields"]["company_name"] == "青衫贸易"
    assert [one["id"] for one in shown["sources"] if one["system"] == "self_update"] == [sima]


def test_what_cannot_be_read_comes_back_marked_and_nothing_is_kept(hub: Served) -> None:
    link = link_of(hub, "司马青衫")
    answer = send(link + "?lang=zh", phones="<b>88886666", job_title="经理")
    assert answer.status_code == 400
    assert "电话" in answer.text
    assert "aria-invalid" in answer.text
    assert "&lt;b&gt;88886666" in answer.text
    assert "<b>8888" not in answer.text
    assert send(link, job_title="x" * 501).status_code == 400
    assert "job_title" not in profile_of(hub, "司马青衫")["fields"]


def test_a_field_that_is_not_offered_cannot_be_set(here: World, hub: Served, shell: Shell) -> None:
    sima = profile_of(hub, "司马青衫")
    assert send(link_of(hub, "司马青衫"), tier="vip", birthday="1990-02-02", name="王五").status_code == 200
    here.sync(push=False)
    assert shell.ask("profiles", "show", sima["profile_id"])["fields"].keys() == sima["fields"].keys()


@pytest.mark.parametrize("change", ["cut", "over", "unknown", "other_key"])
def test_a_link_that_does_not_hold_shows_nothing(hub: Served, change: str) -> None:
    good = link_of(hub, "欧阳晓雯")
    bad = {
        "cut": good[:-4],
        "over": link_of(hub, "欧阳晓雯", days=-1),
        "unknown": hub.base_url
        + "/update/"
        + make_link(hub.hub.store.vault, Link("01ARZ3NDEKTSV4RRFFQ69G5FAV", hub.hub.now() + timedelta(days=1))),
        "other_key": good[:-22] + "A" * 22,
    }[change]
    texts = set()
    for answer in (requests.get(bad, timeout=60), requests.post(bad, data={"form": "1.x"}, timeout=60)):
        assert answer.status_code == 404
        texts.add(answer.text)
    assert len(texts) == 1
    assert "欧阳" not in texts.pop()


def test_a_post_from_elsewhere_or_without_a_shown_page_is_not_taken(hub: Served) -> None:
    link = link_of(hub, "司马青衫")
    assert send(link, {"Origin": "https://evil.example"}, job_title="x").status_code == 403
    assert send(link, {"Origin": "null"}, job_title="x").status_code == 403
    assert send(link, {"Sec-Fetch-Site": "cross-site"}, job_title="x").status_code == 403
    assert requests.post(link, data={"job_title": "x"}, timeout=60).status_code == 400
    _page, other = form_of(link_of(hub, "欧阳晓雯"))
    assert requests.post(link, data={"form": other, "job_title": "x"}, timeout=60).status_code == 400
    assert requests.post(link, json={"job_title": "x"}, timeout=60).status_code == 413
    assert requests.post(link, data={"job_title": "x" * 20_000}, timeout=60).status_code == 413
    assert requests.post(link, data={f"f{n}": "x" for n in range(200)}, timeout=60).status_code == 413
    assert "job_title" not in profile_of(hub, "司马青衫")["fields"]


def test_links_are_exported_for_those_who_can_be_reached(hub: Served, shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "links.csv"
    said = shell.ask("quality", "links", "--base-url", hub.base_url, "--out", str(file), "--everyone")
    assert said["links"] == 2
    assert file.stat().st_mode & 0o777 == 0o600
    rows = {row["name"]: row for row in csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines())}
    assert rows["欧阳晓雯"]["email"] == OUYANG["email"]
    assert "139****2222" in form_of(rows["欧阳晓雯"]["link"])[0]
    none = shell.ask("quality", "links", "--base-url", hub.base_url, "--out", str(file), "--department", "nobody")
    assert none["links"] == 0
    for wrong in (("--base-url", "http://crm.example.com"), ("--base-url", hub.base_url, "--entity", "ghost")):
        assert shell.on("quality", "links", "--out", str(file), *wrong).code == 2
