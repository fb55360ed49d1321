"""Tell stories for a while and count: `python -m tests.system.laws.tell --seed 1 --stories 20 --steps 100`.

Prints one JSON document: what was counted, and the first violation with its story where there was one.
"""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from contextlib import redirect_stdout

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.system.laws.week import Week


def tell(number: int, stories: int, steps: int) -> str:
    """Tell *stories* of *steps* each, from a seed; return what was violated, "" for nothing."""
    many = settings(
        max_examples=stories,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )

    @seed(number)
    class Told(Week):
        """The same, from this seed."""

    try:
        run_state_machine_as_test(Told, settings=many)
    except AssertionError as broken:
        return "\n".join([str(broken), *getattr(broken, "__notes__", ())])
    except Exception as broken:  # noqa: BLE001 (whatever stops a story is a violation)
        return "\n".join([*traceback.format_exception(broken), *getattr(broken, "__notes__", ())])
    return ""


def main() -> int:
    """Read the command line, tell, print."""
    parser = argparse.ArgumentParser()
    for name, default in (("seed", 1), ("stories", 10), ("steps", 100)):
        parser.add_argument(f"--{name}", type=int, default=default)
    wanted = parser.parse_args()
    with redirect_stdout(sys.stderr):  # Hypothesis prints the story there
        violation = tell(wanted.seed, wanted.stories, wanted.steps)
    sys.stdout.write(json.dumps({**Week.counts, "violation": violation}, ensure_ascii=False) + "\n")
    return 1 if violation else 0


if __name__ == "__main__":
    sys.exit(main())
