"""The matching page: weights, thresholds, and a version put in force and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from flows.evaluate_labels import evaluate_labels
from flows.hub import Hub
from flows.labels import read_labels
from flows.match_reports import KEPT, KINDS, keep_report
from flows.matching_view import thresholds_json
from flows.models_in_force import models_in_force, written_digest
from flows.train_model import use_version
from golden_record.errors import NotDecidable
from golden_record.store import findings, link_weights, trained_models
from golden_record.store.trained_models import TrainedModel
from tests.console.web.desk import Desk, overflow, violations

REPORT = {
    "entity": "person",
    "records": 1200,
    "candidate_pairs": 3400,
    "labels": 0,
    "levels": [
        {
            "field": "phones",
            "level": "any_equal",
            "m": {"old": 0.9, "new": 0.95},
            "u": {"old": 0.0001, "new": 0.00001},
            "bits": {"old": 13.1, "new": 16.5},
        },
        {
            "field": "phones",
            "level": "else",
            "m": {"old": 0.1, "new": 0.1},
            "u": {"old": 0.9, "new": 0.9},
            "bits": {"old": -3.2, "new": -3.2},
        },
    ],
    "pairs": {
        "joined": {"old": 800, "new": 820},
        "review": {"old": 40, "new": 30},
        "gained_between_profiles": 12,
        "lost_within_profiles": 0,
    },
    "version": None,
    "applied": False,
}
"""What `match train` reports, but for what the page does not show; the desk has too few records to train on."""


@pytest.fixture
def trained(console_desk: Desk) -> Iterator[Hub]:
    """A version of the person's model is kept, and not in force; afterwards the file is in force again."""
    hub = console_desk.served.hub
    model = hub.project.models["person"]
    with hub.store.write() as connection:
        if not trained_models.versions(connection, "person"):
            basis = {"records": 70, "candidate_pairs": 120, "labels": 0}
            text, written = model.model_dump_json(exclude_none=True), written_digest(model)
            trained_models.add(connection, TrainedModel("person", 1, text, written, basis, "li", hub.now()))
    yield hub
    use_version(hub, "person", None, author="test", reason="the next test")


def in_force(hub: Hub) -> int | None:
    with hub.store.read() as connection:
        return models_in_force(connection, hub.project.models)["person"].version


@pytest.mark.parametrize(("language", "theme", "width"), [("en", "light", 1440), ("zh_CN", "dark", 360)])
def test_the_page_is_accessible_with_its_counts(
    seen_desk: Desk, trained: Hub, language: str, theme: str, width: int
) -> None:
    del trained
    with seen_desk.page("ops", language=language, theme=theme, width=width) as page:
        for entity in ("person", "company"):
            page.goto(f"{seen_desk.url}/matching?entity={entity}")
            expect(page.locator("#thresholds-title")).to_be_visible()
            assert violations(page) == []
            assert overflow(page) <= 0


def test_a_version_is_put_in_force_with_a_reason_and_back(seen_desk: Desk, trained: Hub) -> None:
    assert in_force(trained) is None
    with seen_desk.page("ops") as page:
        for version, expected in (("1", 1), ("yaml", None)):
            page.goto(f"{seen_desk.url}/matching?entity=person")
            page.get_by_label("Put in force").select_option(version)
            page.get_by_label("Why").fill(f"tried {version}")
            page.get_by_role("button", name="Put in force").click()
            expect(page.get_by_text("It is in force: the next sync weighs every pair anew.")).to_be_visible()
            expect(page.get_by_role("row", name=f"tried {version}").first).to_be_visible()
            assert in_force(trained) == expected


def test_thresholds_say_what_another_one_would_move(trained: Hub) -> None:
    said = thresholds_json(trained, "person")
    with trained.store.read() as connection:
        counted = link_weights.by_weight(connection, "person")
    assert said["joined"] == sum(pairs for bits, pairs in counted.items() if bits >= said["auto"]) > 0
    for one in said["moved"]:
        joined = sum(pairs for bits, pairs in counted.items() if bits >= one["auto"])
        assert one["pairs"] == joined - said["joined"]
        assert (one["pairs"] >= 0) if one["auto"] < said["auto"] else (one["pairs"] <= 0)
    with pytest.raises(NotDecidable):
        thresholds_json(trained, "interaction?")


def test_whoever_only_looks_cannot_choose_and_nonsense_is_refused(console_desk: Desk, trained: Hub) -> None:
    viewer, ops = console_desk.session("viewer"), console_desk.session("ops")
    wish = {"entity": "person", "version": "1", "reason": "x"}
    assert viewer.see("/matching").status_code == 200
    assert viewer.fill("/matching/use", wish).status_code == 403
    for wrong in ({"version": "two"}, {"version": "9" * 40}, {"reason": " "}):
        assert ops.fill("/matching/use", {**wish, **wrong}).status_code == 422
    for wrong in ({"version": "7"}, {"entity": "nobody"}):
        assert ops.fill("/matching/use", {**wish, **wrong}).status_code == 409
    assert ops.see("/matching?entity=nobody").status_code == 404
    assert in_force(trained) is None


def test_the_api_tells_and_does_the_same(console_desk: Desk, trained: Hub) -> None:
    served = console_desk.served
    said = served.get("/api/matching").json()
    person = said["models"]["person"]
    assert person["version"] == "yaml"
    assert {level["bits"] > 0 for one in person["comparisons"] for level in one["levels"]} == {True, False}
    assert served.get("/api/matching/thresholds?entity=person").json()["auto"] == person["thresholds"]["auto"]
    assert served.ask("/api/matching/use", {"entity": "person", "version": 1, "reason": "try"}).status_code == 200
    assert in_force(trained) == 1
    assert served.ask("/api/matching/use", {"entity": "person", "version": 1}).status_code == 422


def test_the_last_reports_are_shown_and_the_older_ones_counted(seen_desk: Desk, trained: Hub, tmp_path: Path) -> None:
    with trained.store.write() as connection:
        for kind in KINDS:
            findings.forget(connection, kind, "person", 0)
    for _ in range(KEPT + 2):
        keep_report(trained, "match_train", REPORT, author="li")
    truth = seen_desk.world.control("/_truth", None)["records"]
    rows = [f"{one['system']},{one['stream']},{one['id']},{one['customer']}" for one in truth if one["customer"]]
    file = tmp_path / "labels.csv"
    file.write_text("\n".join(["system,stream,id,customer", *rows]), encoding="utf-8")
    keep_report(trained, "match_evaluate", evaluate_labels(trained, read_labels(file), "person"), author="wang")
    said = seen_desk.served.get("/api/matching/reports?entity=person").json()
    assert (len(said["trained"]), len(said["evaluated"])) == (KEPT, 1)
    assert said["trained"][0]["report"] == REPORT
    assert said["evaluated"][0]["report"]["pairs"]["precision"] > 0.9
    for language, width in (("en", 1440), ("zh_CN", 360)):
        with seen_desk.page("viewer", language=language, width=width) as page:
            page.goto(f"{seen_desk.url}/matching?entity=person")
            expect(page.locator("#reports-title")).to_be_visible()
            expect(page.get_by_role("row", name="%").first).to_be_visible()
            assert violations(page) == []
            assert overflow(page) <= 0
