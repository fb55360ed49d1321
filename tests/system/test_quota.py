"""An account whose day is used up: the run pauses and says until when; people and webhooks still have the reserve."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from connectors.sandboxes.run import start_sandboxes
from flows.hub import open_hub
from flows.new_project import write_project
from flows.sync import Wanted, sync


def test_a_pull_pauses_by_quota_and_a_record_asked_for_still_comes(tmp_path: Path) -> None:
    with start_sandboxes(["zoho_crm"], 6, 3, limits="real") as running:
        block = dict(running.describe()["systems"]["zoho_crm"]["config"])
        block["config"] = {**block["config"], "daily_credits": 100}
        write_project(tmp_path, systems={"zoho_crm": block})
        contact = next(iter(running.sandboxes["zoho_crm"].book.all("Contacts"))).record_id
        with open_hub(tmp_path, dict(os.environ)) as hub:
            done = sync(hub, Wanted(full=True, push=False))
            for _ in range(30):
                if done.status() == "paused":
                    break
                assert done.status() == "ok", done.to_json()["errors"]
                done = sync(hub, Wanted(full=True, push=False))
            told = done.to_json()
            assert told["status"] == "paused"
            assert told["errors"] == []
            assert [one["system"] for one in told["paused"]] == ["zoho_crm"]
            assert datetime.fromisoformat(told["paused"][0]["continues_at"]) > datetime.now(UTC)
            asked = sync(hub, Wanted(systems=["zoho_crm"], records=(("zoho_crm", "Contacts", contact),), push=False))
            assert asked.status() == "ok"
