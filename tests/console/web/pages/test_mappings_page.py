"""The pages of mappings: what they show, what they let be saved, and what becomes of a text that is not."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from flows.aside import work_off_aside
from golden_record.store import act_notes
from tests.console.web.desk import Desk, overflow, violations

PAGE = "/mappings/zoho_crm/Contacts"
KEY = {"system": "zoho_crm", "stream": "Contacts"}
BAD = "key: id\nemits:\n- entity: person\n  fields:\n    nmae: {pull: Full_Name}\n"
HOSTILE = "</textarea><script>alert(1)</script>\u202e"


@pytest.fixture
def own_file(console_desk: Desk) -> Iterator[Path]:
    """Where the project's own file of the stream is put by a save; what the test leaves is removed after it."""
    folder = console_desk.served.hub.project.folder / "config" / "mappings"
    yield folder / "zoho_crm" / "Contacts.yaml"
    shutil.rmtree(folder, ignore_errors=True)


def now(desk: Desk) -> dict[str, str]:
    found = desk.served.get(f"/api{PAGE}")
    assert found.status_code == 200
    return dict(found.json())


@pytest.mark.parametrize(("language", "theme", "width"), [("en", "light", 1440), ("zh_CN", "dark", 360)])
def test_the_pages_are_accessible(seen_desk: Desk, own_file: Path, language: str, theme: str, width: int) -> None:
    del own_file
    with seen_desk.page("ops", language=language, theme=theme, width=width) as page:
        for path in ("/mappings", "/mappings/fields", PAGE):
            page.goto(seen_desk.url + path)
            page.wait_for_load_state("networkidle")
            assert violations(page) == []
            assert overflow(page) <= 0


def test_a_mistake_is_named_while_one_types_and_a_mended_text_is_saved(seen_desk: Desk, own_file: Path) -> None:
    text = now(seen_desk)["text"]
    with seen_desk.page("ops") as page:
        page.goto(seen_desk.url + PAGE)
        expect(page.locator("#preview h3").first).to_be_visible()
        page.get_by_role("textbox", name="Text").fill(BAD)
        expect(page.locator("#mistakes")).to_contain_text("person has no field `nmae`")
        expect(page.locator("#preview")).to_contain_text("Once the text has no mistakes")
        page.get_by_role("button", name="Line 5").click()
        assert page.evaluate("window.getSelection().toString()").strip() == "nmae: {pull: Full_Name}"
        page.get_by_role("textbox", name="Text").fill(text + "# looked at\n")
        expect(page.locator("#mistakes")).to_contain_text("no mistake")
        page.get_by_label("Why").fill("looked through")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Saved. New changes follow it at once")).to_be_visible()
        expect(page.get_by_role("row", name="looked through")).to_be_visible()
    assert own_file.read_text(encoding="utf-8") == text + "# looked at\n"


def test_the_preview_shows_no_value_as_it_is_whatever_a_text_points_at(console_desk: Desk) -> None:
    """A field that is shown plainly, pointed at phones and names, hides them."""
    desk = console_desk
    records = desk.world.records("zoho_crm", "Contacts")
    secrets = {str(one[name]) for one in records.values() for name in ("Last_Name", "Mobile", "Email") if one.get(name)}
    assert len(secrets) > 20
    fields = "".join(f"    {name}: {{pull: {path}}}\n" for name, path in POINTED.items())
    text = f"key: id\nemits:\n- entity: person\n  fields:\n{fields}"
    found = desk.served.ask(f"/api{PAGE}/preview", {"text": text}).json()
    assert found["ok"], found["mistakes"]
    shown = [str(one["value"]) for item in found["items"] for made in item["emits"] for one in made["fields"]]
    assert shown
    assert not secrets & set(shown)


POINTED = {"tags": "Mobile", "job_title": "Mobile", "website": "Last_Name", "language": "Mobile", "wechat": "Mobile"}
"""Fields of a person, most of them of types that hide little, and what they are pointed at."""


def test_only_a_text_without_mistakes_and_with_a_reason_is_saved(console_desk: Desk, own_file: Path) -> None:
    ops, said = console_desk.session("ops"), now(console_desk)
    form = {"text": said["text"] + "# x\n", "digest": said["digest"], "reason": "try"}
    for wrong in ({"text": BAD}, {"text": HOSTILE}, {"text": "key: [" * 300}, {"reason": " "}, {"reason": "x" * 2001}):
        answer = ops.fill(PAGE, form | wrong)
        assert answer.status_code == 422
        assert "<script>alert" not in answer.text
        assert f'name="digest" value="{said["digest"]}"' in answer.text
    assert ops.fill(PAGE, form | {"text": said["text"] + HOSTILE}).status_code == 422
    many = BAD + "".join(f"    f{number}: {{pull: x}}\n" for number in range(2000))
    assert len(ops.fill(f"{PAGE}/lint", {"text": many}).content) < 100_000
    assert not own_file.exists()
    assert ops.fill(PAGE, form | {"form_token": "guessed"}).status_code == 403
    assert not own_file.exists()


def test_a_file_that_has_changed_meanwhile_is_not_written_over_and_what_was_typed_stays(
    console_desk: Desk, own_file: Path
) -> None:
    ops, said = console_desk.session("ops"), now(console_desk)
    form = {"text": said["text"] + "# mine\n", "digest": said["digest"], "reason": "mine"}
    own_file.parent.mkdir(parents=True)
    own_file.write_text(said["text"] + "# theirs\n", encoding="utf-8")
    answer = ops.fill(PAGE, form)
    assert answer.status_code == 409
    assert "# mine" in answer.text
    assert "-# theirs" in answer.text
    assert own_file.read_text(encoding="utf-8").endswith("# theirs\n")
    seen = answer.text.split('name="digest" value="')[1].split('"')[0]
    assert ops.fill(PAGE, form | {"text": BAD, "digest": said["digest"]}).status_code == 409
    assert ops.fill(PAGE, form | {"digest": seen}).status_code == 303
    assert own_file.read_text(encoding="utf-8").endswith("# mine\n")


def test_a_save_is_noted_kept_and_taken_back_by_saving_the_text_before(console_desk: Desk, own_file: Path) -> None:
    ops, hub, before = console_desk.session("ops"), console_desk.served.hub, now(console_desk)
    assert before["whose"] == "shipped"
    text = before["text"] + "# 备注\n"
    form = {"text": text.replace("\n", "\r\n"), "digest": before["digest"], "reason": "为什么"}
    assert ops.fill(PAGE, form).status_code == 303
    assert own_file.read_bytes() == text.encode()
    after = console_desk.served.get(f"/api{PAGE}").json()
    assert (after["whose"], after["text"]) == ("own", text)
    assert [(one["author"], one["reason"]) for one in after["versions"]] == [("ops", "为什么"), ("", "")]
    with hub.store.read() as connection:
        noted = act_notes.page(connection, hub.store.vault, kind="mapping.saved", limit=1)[0].content or {}
    assert {name: noted[name] for name in ("who", "reason", *KEY)} == {
        "who": "ops",
        "reason": "为什么",
        **KEY,
    }
    old = after["versions"][1]["id"]
    shown = ops.see(f"{PAGE}?version={old}")
    assert "-# 备注" in shown.text
    earlier = console_desk.served.get(f"/api{PAGE}/versions/{old}").json()["text"]
    assert earlier == before["text"]
    back = {"text": earlier, "digest": after["digest"], "reason": "back"}
    assert console_desk.served.ask(f"/api{PAGE}", back).status_code == 200
    assert own_file.read_text(encoding="utf-8") == before["text"]
    assert console_desk.served.ask(f"/api{PAGE}", back | {"digest": now(console_desk)["digest"]}).status_code == 409


def test_an_edit_waits_for_the_next_sync_and_one_that_must_not_follow_is_refused(
    console_desk: Desk, own_file: Path
) -> None:
    served, said = console_desk.served, now(console_desk)
    assert said["state"] == "in_force"
    assert said["since"]
    moved = "key: id\nemits:\n- entity: company\n  fields:\n    name: {pull: Full_Name}\n"
    lint = served.ask(f"/api{PAGE}/lint", {"text": moved}).json()
    assert not lint["ok"]
    assert "known by their place" in lint["mistakes"][0]["message"]
    fewer = "key: id\nmodified: Modified_Time\nemits:\n- entity: person\n  fields:\n    name: {pull: Full_Name}\n"
    again = served.ask(f"/api{PAGE}/preview", {"text": fewer}).json()["again"]
    assert again["records"] >= 5
    body = {"text": fewer, "digest": said["digest"], "reason": "fewer"}
    assert served.ask(f"/api{PAGE}", body).status_code == 200
    assert now(console_desk)["state"] == "waits"
    own_file.write_text(moved, encoding="utf-8")
    assert now(console_desk)["state"] == "refused"
    own_file.write_text(BAD, encoding="utf-8")
    broken = next(one for one in served.get("/api/mappings").json()["items"] if one["stream"] == "Contacts")
    assert (broken["state"], broken["mistakes"][0]["line"]) == ("broken", 5)


def test_whoever_only_looks_cannot_try_or_save_and_strange_ids_lead_nowhere(console_desk: Desk) -> None:
    viewer, served, said = console_desk.session("viewer"), console_desk.served, now(console_desk)
    for path in ("/mappings", "/mappings/fields", PAGE):
        assert viewer.see(path).status_code == 200
    assert "readonly" in viewer.see(PAGE).text
    form = {"text": said["text"] + "# x\n", "digest": said["digest"], "reason": "x"}
    for path in (PAGE, f"{PAGE}/lint", f"{PAGE}/preview"):
        assert viewer.fill(path, form).status_code == 403
    for path in ("/zoho_crm/Nothing", "/nobody/Contacts", "/..%2F..%2Fetc/passwd"):
        assert served.get(f"/api/mappings{path}").status_code == 404
        assert console_desk.session("ops").fill(f"/mappings{path}", form).status_code == 404
    assert served.get(f"/api{PAGE}/versions/{'0' * 26}").status_code == 404
    assert served.get(f"/api{PAGE}/versions/..%2F..%2Fhub").status_code in (404, 422)
    assert served.ask(f"/api{PAGE}", form | {"text": BAD}).json()["error"] == "mistakes"


def test_the_table_of_fields_is_of_the_projects_own_systems(console_desk: Desk) -> None:
    said = console_desk.served.get("/api/mappings/fields").json()
    assert set(said["systems"]) == {"zoho_crm", "fxiaoke", "zendesk", "web_forms"}
    person = next(one for one in said["entities"] if one["name"] == "person")
    name = next(one for one in person["fields"] if one["name"] == "name")
    stands = next(one for one in name["systems"]["zoho_crm"] if one["stream"] == "Contacts")
    assert stands["places"][0]["arrow"] == "⇄"


def test_what_a_text_would_change_is_worked_out_aside_and_shown_masked(seen_desk: Desk, own_file: Path) -> None:
    del own_file
    desk, hub = seen_desk, seen_desk.served.hub
    text = (
        now(desk)["text"]
        .partition("\nexamples:")[0]
        .replace("job_title: Title", "job_title: {pull: Last_Name, push: Title}")
        + "\n"
    )
    with desk.page("ops") as page:
        page.goto(desk.url + PAGE)
        page.get_by_role("textbox", name="Text").fill(text)
        page.get_by_role("button", name="What it would change").click()
        expect(page.get_by_text("It is worked out on a copy of the store")).to_be_visible()
        place = page.url.removeprefix(desk.url)
        assert desk.served.get(f"/api{place}").json()["status"] == "waiting"
        assert work_off_aside(hub)
        expect(page.get_by_role("heading", name="By field")).to_be_visible()
        assert violations(page) == []
        page.get_by_role("link", name="Back to the text").click()
        assert page.get_by_role("textbox", name="Text").input_value() == text
    said = desk.served.get(f"/api{place}").json()
    assert said["status"] == "ok"
    assert said["result"]["records"]["by_field"]["person.job_title"] > 0
    records = desk.world.records("zoho_crm", "Contacts")
    names = {str(one["Last_Name"]) for one in records.values() if len(str(one.get("Last_Name") or "")) > 1}
    assert not [one for one in names if f'"{one}"' in str(said["result"]).replace("'", '"')]
    assert desk.served.get("/api/mappings/zoho_crm/Leads" + place[place.index("/effects") :]).status_code == 404
    assert desk.session("viewer").see(place).status_code == 403


def test_a_text_with_mistakes_has_no_effect_to_show(console_desk: Desk) -> None:
    asked = console_desk.served.ask(f"/api{PAGE}/effect", {"text": BAD})
    assert asked.status_code == 202
    assert work_off_aside(console_desk.served.hub)
    place = f"{PAGE}/effects/{asked.json()['run_id']}"
    assert console_desk.served.get(f"/api{place}").json()["problem"] == "mistakes"
    assert "mend them first" in console_desk.session("ops").see(place).text


def test_words_that_fit_are_offered_and_taken_by_keyboard(seen_desk: Desk, own_file: Path) -> None:
    del own_file
    with seen_desk.page("ops") as page:
        page.goto(seen_desk.url + PAGE)
        text = page.get_by_role("textbox", name="Text")
        offered = page.get_by_role("listbox", name="Words that fit here")
        for typed, expected, taken in (
            ("key: id\nmod", "modified", "key: id\nmodified"),
            ("key: id\nemits:\n- entity: pers", "person", "key: id\nemits:\n- entity: person"),
            (HEAD + "    job_t", "job_title", HEAD + "    job_title"),
            (HEAD + "    job_title: Titl", "Title", HEAD + "    job_title: Title"),
            (
                INLINE + "only_",
                "only_if_empty",
                INLINE + "only_if_empty",
            ),
        ):
            text.fill(typed[:-1])
            text.press("End")
            text.press_sequentially(typed[-1])
            expect(offered.get_by_role("option", name=expected, exact=True)).to_be_visible()
            assert text.input_value() == typed, "nothing is taken unasked"
            while page.locator("[aria-selected=true]").all_inner_texts() != [expected]:
                text.press("ArrowDown")
            text.press("Enter")
            assert text.input_value() == taken
            expect(offered).to_be_hidden()
        text.press("Control+Space")
        expect(offered).to_be_hidden()  # nothing begins like this whole word
        text.press("Enter")
        text.press("Control+Space")
        expect(offered).to_be_visible()
        assert violations(page) == []
        text.press("Escape")
        expect(offered).to_be_hidden()


HEAD = "key: id\nemits:\n- entity: person\n  fields:\n"
INLINE = HEAD + "    job_title: {pull: Title, "
