"""The files to install with: their shape, the rights that they take, and commands and routes that exist."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
from ruamel.yaml import YAML
from typer.main import get_group

from console.main import app
from flows.worker_templates import CONFIG, SECRET, USER

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
MANIFESTS = [one for file in sorted((DEPLOY / "kubernetes").glob("*.yaml")) for one in YAML(typ="safe").load_all(file)]
COMPOSE = YAML(typ="safe").load(DEPLOY / "compose.yaml")
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
OURS = ("hub", "worker", "prefect")


def takes(words: list[str]) -> bool:
    """Say whether `crmhub` takes this command line's command and options."""
    command: Any = get_group(app)
    context = typer.Context(command)
    while hasattr(command, "get_command") and words and not words[0].startswith("-"):
        command, words = command.get_command(context, words[0]), words[1:]
        if command is None:
            return False
    known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
    return {word for word in words if word.startswith("--")} <= known


# -------------------------------------------------------------------------------------------------- image, compose


def test_the_image_is_nobody_in_particular_and_starts_a_command_that_exists() -> None:
    assert re.search(rf"^USER {USER}:{USER}$", DOCKERFILE, re.MULTILINE)
    assert re.findall(r"^(?:ENTRYPOINT|CMD) \[(.*)\]$", DOCKERFILE, re.MULTILINE) == ['"crmhub"', '"serve"']
    assert takes(["serve"])
    stages = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert all(":" in stage and not stage.endswith(":latest") for stage in stages)
    assert "/healthz" in DOCKERFILE
    assert "--frozen" in DOCKERFILE, "what the lock file says, and nothing newer"


def test_the_image_holds_every_room_and_no_project() -> None:
    packages = re.search(r"^packages = \[(.*)\]", (DEPLOY.parent / "pyproject.toml").read_text(), re.MULTILINE)
    assert packages is not None
    rooms = set(re.findall(r'"(\w+)"', packages[1]))
    assert set(re.findall(r"^COPY (\w+) \w+$", DOCKERFILE, re.MULTILINE)) == rooms
    taken = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    assert "*" in taken
    assert {line[1:] for line in taken if line.startswith("!")} >= rooms


@pytest.mark.parametrize("name", OURS)
def test_a_service_has_no_right_that_it_does_not_need(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["user"] == f"{USER}:{USER}"
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not service.get("privileged")


def test_what_compose_starts_exists_and_waits_for_what_it_needs() -> None:
    assert takes(list(COMPOSE["services"]["hub"]["command"]))
    for service in COMPOSE["services"].values():
        for other in service.get("depends_on", {}):
            assert COMPOSE["services"][other].get("healthcheck"), other
    named = {text.split(":")[0] for text in COMPOSE["services"]["postgres"]["volumes"] if not text.startswith(".")}
    assert named <= COMPOSE["volumes"].keys()
    example = (DEPLOY / "example.env").read_text()
    needed = set(re.findall(r"\$\{(\w+):\?", (DEPLOY / "compose.yaml").read_text()))
    assert needed <= set(re.findall(r"^(\w+)=", example, re.MULTILINE))


def test_no_file_carries_a_secret() -> None:
    for file in DEPLOY.rglob("*"):
        if file.is_file():
            said = re.findall(
                r"^\s*\w*(?:PASSWORD|SECRET|KEY)\w*[ \t]*[=:][ \t]*(\S+)$", file.read_text(), re.MULTILINE
            )
            assert [value for value in said if not value.startswith("${")] == [], file.name


# ------------------------------------------------------------------------------------------------------ Kubernetes


def pods() -> list[tuple[str, dict[str, Any]]]:
    return [(one["metadata"]["name"], one["spec"]["template"]) for one in MANIFESTS if one["kind"] == "Deployment"]


def test_every_manifest_says_what_it_is_and_where() -> None:
    for one in MANIFESTS:
        assert one["apiVersion"]
        if one["kind"] not in {"Namespace", "Kustomization"}:
            assert one["metadata"]["namespace"] == "crmhub", one["kind"]
    [kustomization] = [one for one in MANIFESTS if one["kind"] == "Kustomization"]
    assert all((DEPLOY / "kubernetes" / name).exists() for name in kustomization["resources"])


@pytest.mark.parametrize(("name", "pod"), pods(), ids=[name for name, _ in pods()])
def test_a_pod_passes_the_restricted_standard_and_mounts_what_it_names(name: str, pod: dict[str, Any]) -> None:
    spec = pod["spec"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    volumes = {one["name"] for one in spec["volumes"]}
    for container in (*spec.get("initContainers", ()), *spec["containers"]):
        least = container["securityContext"]
        assert (least["allowPrivilegeEscalation"], least["readOnlyRootFilesystem"]) == (False, True)
        assert least["capabilities"] == {"drop": ["ALL"]}
        assert {one["name"] for one in container["volumeMounts"]} <= volumes
        assert [one["secretRef"]["name"] for one in container["envFrom"]] == [SECRET]
        if "args" in container:
            assert takes(list(container["args"])), name
    configs = {one["configMap"]["name"] for one in spec["volumes"] if "configMap" in one}
    assert configs <= {CONFIG}
    [deployment] = [one for one in MANIFESTS if one["kind"] == "Deployment" and one["metadata"]["name"] == name]
    assert deployment["spec"]["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()


def test_probes_ports_and_services_meet() -> None:
    [hub] = [pod["spec"]["containers"][0] for name, pod in pods() if name == "crmhub"]
    names = {port["name"] for port in hub["ports"]}
    probes = {kind: hub[kind]["httpGet"] for kind in ("startupProbe", "readinessProbe", "livenessProbe")}
    assert {probe["port"] for probe in probes.values()} <= names
    assert probes["livenessProbe"]["path"] == "/healthz", "a store that is away is no reason to restart"
    [service] = [one for one in MANIFESTS if one["kind"] == "Service"]
    assert {port["targetPort"] for port in service["spec"]["ports"]} <= names
    [ingress] = [one for one in MANIFESTS if one["kind"] == "Ingress"]
    paths = [path["path"] for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]]
    assert paths == ["/webhooks/"], "pages and API stay within"


# --------------------------------------------------------------------------------------------------------- systemd


@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.suffix == ".service"], ids=lambda unit: unit.name)
def test_a_unit_runs_a_command_that_exists_as_a_user_of_its_own(unit: Path) -> None:
    said = dict(re.findall(r"^(\w+)=(.*)$", unit.read_text(), re.MULTILINE))
    assert said["User"] == "crmhub"
    assert said["ProtectSystem"] == "strict"
    assert said["NoNewPrivileges"] == "yes"
    for words in re.findall(r"/opt/crmhub/bin/crmhub ([^'\"\n]*)", said["ExecStart"]):
        assert takes(words.split()), words


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine")
def test_systemd_reads_the_units(tmp_path: Path) -> None:
    for unit in UNITS:
        text = re.sub(r"/opt/crmhub/bin/\w+", "/bin/true", unit.read_text())
        (tmp_path / unit.name.replace("@.", "@1.")).write_text(text)
    files = [str(file) for file in tmp_path.iterdir()]
    done = subprocess.run(["systemd-analyze", "verify", *files], capture_output=True, text=True, check=False)  # noqa: S607
    assert done.returncode == 0, done.stderr
