"""A source that speaks the Airbyte protocol, as a test has scripted it; run as a program, imports nothing of ours.

In the folder `config.play`, `script` is what a read says (dictionaries are messages, texts are printed as they are,
numbers are seconds of silence), `catalog` what it offers; what it was given goes into `note`. They are not in the
configuration, since whatever is there is hidden from what the source says.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import time


def say(message: object) -> None:
    sys.stdout.write((message if isinstance(message, str) else json.dumps(message)) + "\n")
    sys.stdout.flush()


def played(config: dict[str, str], name: str) -> list[object]:
    with open(f"{config['play']}/{name}", encoding="utf-8") as file:  # noqa: PTH123 (imports as little as a source may)
        return list(json.load(file))


def main() -> int:
    verb, *rest = sys.argv[1:]
    paths = {name.removeprefix("--"): path for name, path in zip(rest[::2], rest[1::2], strict=True)}
    given = {}
    for name, path in paths.items():
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 (imports as little as a source may)
            given[name] = json.load(file)
    config = given["config"]
    if "play" in config:
        modes = {name: oct(stat.S_IMODE(os.stat(path).st_mode)) for name, path in paths.items()}  # noqa: PTH116
        note = {"verb": verb, "pid": os.getpid(), "modes": modes, "environment": dict(os.environ), **given}
        with open(config["play"] + "/note", "a", encoding="utf-8") as file:  # noqa: PTH123
            file.write(json.dumps(note) + "\n")
    if verb == "check":
        say({"type": "CONNECTION_STATUS", "connectionStatus": played(config, "check")[0]})
    elif verb == "discover":
        say({"type": "CATALOG", "catalog": {"streams": played(config, "catalog")}})
    else:
        for step in played(config, "script"):
            if isinstance(step, int | float):
                time.sleep(step)
            else:
                say(step)
    return int(config.get("exit", 0)) if verb == "read" else 0


if __name__ == "__main__":
    sys.exit(main())
