"""What workers are told: Prefect's own templates, with the hub's needs and no right too many."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import prefect
import pytest
from prefect.events.schemas.automations import AutomationCore
from ruamel.yaml import YAML

from flows.worker_templates import PACKAGES, PoolType, worker_template

METADATA = json.loads(
    (Path(prefect.__file__).parent / "server/api/collections_data/views/aggregate-worker-metadata.json").read_text()
)
AUTOMATIONS = Path(__file__).parents[2] / "deploy" / "prefect" / "automations.yaml"


def placeholders(value: Any) -> set[str]:
    """Return the variables that a template uses."""
    if isinstance(value, dict):
        return {name for one in value.values() for name in placeholders(one)}
    if isinstance(value, list):
        return {name for one in value for name in placeholders(one)}
    return set(re.findall(r"{{ (\w+) }}", value)) if isinstance(value, str) else set()


@pytest.mark.parametrize("kind", list(PACKAGES))
def test_every_variable_of_a_template_is_declared_and_telemetry_is_off(kind: PoolType) -> None:
    made = worker_template(kind, METADATA, "crmhub:1")
    declared = made["variables"]["properties"]
    assert placeholders(made["job_configuration"]) <= declared.keys()
    assert declared["env"]["default"]["DO_NOT_TRACK"] == "1"
    assert METADATA[PACKAGES[kind]][kind]["default_base_job_configuration"] != made, "the server's own is left alone"


def test_a_pod_runs_as_nobody_on_a_root_that_cannot_be_written() -> None:
    pod = worker_template("kubernetes", METADATA, "crmhub:1")["job_configuration"]["job_manifest"]["spec"]["template"][
        "spec"
    ]
    [container] = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert {one["name"] for one in container["volumeMounts"]} == {one["name"] for one in pod["volumes"]}


def test_the_shipped_automations_are_ones_for_prefect() -> None:
    for one in YAML(typ="safe").load(AUTOMATIONS)["automations"]:
        assert AutomationCore.model_validate(one).name.startswith("crmhub")
