"""How a worker starts a sync: Prefect's own job template of each kind, with what the hub needs filled in.

Room: flows; pure. Containers run as nobody in particular on a root that cannot be written: the project's YAML comes
from a volume or a ConfigMap, keys and passwords from the environment or a Secret, and the store is a server of its own.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Literal

PoolType = Literal["process", "docker", "kubernetes"]
PACKAGES: dict[PoolType, str] = {
    "process": "prefect",
    "docker": "prefect-docker",
    "kubernetes": "prefect-kubernetes",
}
"""In which of Prefect's packages a kind of worker lies; the last two are to be installed where such workers run."""
USER = 10001
"""The user of the image; see deploy/Dockerfile."""
PROJECT = "/project"
SECRET, CONFIG = "crmhub", "crmhub-config"
_QUIET = {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "CRMHUB_LOG": "json"}


def worker_template(kind: PoolType, metadata: Mapping[str, Any], image: str | None) -> dict[str, Any]:
    """Return the template for a pool of this kind. *metadata*: what the server knows of workers.

    Raises:
        LookupError: the server knows no such workers.
    """
    made: dict[str, Any] = copy.deepcopy(metadata[PACKAGES[kind]][kind]["default_base_job_configuration"])
    defaults: dict[str, Any] = {"env": _QUIET | ({} if kind == "process" else {"CRMHUB_PROJECT": PROJECT})}
    if kind != "process":
        defaults["image"] = image
    if kind == "docker":
        defaults |= {"volumes": [f"{SECRET}-project:{PROJECT}"], "auto_remove": True}
    if kind == "kubernetes":
        defaults |= {"namespace": SECRET, "finished_job_ttl": 3600}
        _harden(made["job_configuration"]["job_manifest"]["spec"]["template"]["spec"])
    for name, value in defaults.items():
        made["variables"]["properties"][name]["default"] = value
    return made


def _harden(pod: dict[str, Any]) -> None:
    """Give the job's pod its secrets and its configuration, and take every right from it that it does not need."""
    pod["securityContext"] = {
        "runAsNonRoot": True,
        "runAsUser": USER,
        "fsGroup": USER,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    pod["volumes"] = [
        {"name": "config", "configMap": {"name": CONFIG}},
        {"name": "tmp", "emptyDir": {}},
    ]
    [container] = pod["containers"]
    container["securityContext"] = {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    container["envFrom"] = [{"secretRef": {"name": SECRET}}]
    container["volumeMounts"] = [
        {"name": "config", "mountPath": f"{PROJECT}/config", "readOnly": True},
        {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 (a volume of the pod's own)
    ]
