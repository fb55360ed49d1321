"""What `crmhub match` says to people; the JSON of the same commands is beside it. Room: console."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.say import line
from console.table import table

_BECAME = {"created": "created", "changed": "changed", "merged": "merged away"}
SHOWN = 10
"""Rows of a file that are named one by one; --json names all."""


def show_explained(explained: Mapping[str, Any]) -> None:
    """Show why a pair is one customer or not, and what would change it."""
    line(f"{explained['entity']}: {_pair(explained)}")
    line(explained["because"])
    line()
    rows = [(step["field"], step["level"] or "-", f"{step['bits']:+.2f}") for step in explained["comparisons"]]
    table(("comparison", "level", "bits"), [*rows, ("weight", explained["decision"], f"{explained['weight']:+.2f}")])
    line()
    line(explained["why"])
    line(f"Brought together by: {', '.join(explained['found_by']) or 'no blocking rule'}")
    if explained["too_full"]:
        line(f"Buckets too full to compare: {', '.join(explained['too_full'])}")
    if explained["links"]:
        line()
        table(("link", "a", "b", "bits"), [_link_row(link) for link in explained["links"]])
    if explained["changes"]:
        line()
        line("What would change it:")
        for change in explained["changes"]:
            line(f"  {change['field']}: {change['level']} -> {change['weight']:+.1f} bits, {change['decision']}")


def _link_row(link: Mapping[str, Any]) -> tuple[str, str, str, str]:
    kind = link["kind"] if link["kind"] == "model" else f"{link['kind']}-link by {link['author']}"
    bits = "-" if link["weight"] is None else f"{link['weight']:+.2f}"
    return kind, _name(link["a"]), _name(link["b"]), bits


def show_drafted(report: Mapping[str, Any], written: str) -> None:
    """Show a drafted model, as the file it is, or where it was written to."""
    if report["written"] is None:
        line(written.rstrip())
        return
    line(f"{report['written']}: the model of {report['entity']} is drafted from {report['records']:,} records.")
    for name, why in report["left_out"].items():
        line(f"  {name} is left out: {why}")
    for name in report["taken_out"]:
        line(f"  the model of {name} was taken out: profile.yaml has no such fields")
    if report["records"]:
        line("Now `crmhub match train`, and with `--apply` what it learned is in force.")
    else:
        line("Nothing is pulled yet, so the field types decided alone. Run `crmhub sync --no-push`, then draft again.")


def show_in_bulk(report: Mapping[str, Any]) -> None:
    """Show what weighing a whole base came to."""
    compared = f"{report['candidate_pairs']:,} pairs compared on {report['engine']}"
    line(f"{report['records']:,} records of {report['entity']}, {compared}")
    changed = report["changed"]
    line(
        f"{report['links']:,} links kept; {changed['new']:,} are new, {changed['gone']:,} are gone,"
        f" {changed['other_weight']:,} weigh otherwise"
    )
    line("Seconds: " + ", ".join(f"{name.replace('_', ' ')} {took}" for name, took in report["seconds"].items()))
    if report["dry_run"]:
        line("Nothing was changed (--dry-run).")
        return
    profiles = report["profiles"]
    said = (f"{profiles[name]:,} {title}" for name, title in _BECAME.items())
    line(f"Profiles: {', '.join(said)}")


def show_evaluated(evaluated: Mapping[str, Any]) -> None:
    """Show how right the profiles are, with the worst errors."""
    rows = [
        (name, *(f"{evaluated[name][one]:.4f}" for one in ("precision", "recall", "f1")))
        for name in ("pairs", "clusters")
    ]
    table((evaluated["entity"], "precision", "recall", "f1"), rows)
    best = max(evaluated["by_threshold"], key=lambda one: one["pairs"]["f1"])
    line(f"Best F1 by pairs: {best['pairs']['f1']:.4f} at {best['bits']:g} bits; in force: {evaluated['threshold']:g}")
    for kind, title in (("false_merges", "Joined, but different customers"), ("misses", "Apart, but one customer")):
        total = evaluated["wrong"][kind]
        if total:
            line()
            line(f"{title}: {total}, the worst:")
        for one in evaluated[kind]:
            line(f"  {_pair(one)}: {one['weight']:+.1f} bits; {one['because']}")
    used = evaluated["labels"]
    line()
    line(f"{used['used']} of {used['rows']} labels used; {used['of_other_entities']} of other entities")
    for problem in evaluated["problems"][:SHOWN]:
        line(f"  line {problem['line']}: {problem['why']}")
    if len(evaluated["problems"]) > SHOWN:
        line(f"  … and {len(evaluated['problems']) - SHOWN} more: --json lists them all")


def show_trained(report: Mapping[str, Any]) -> None:
    """Show what training learned and what it would change."""
    line(f"{report['entity']}: {report['records']} records, {report['candidate_pairs']} candidate pairs")
    if report["labels"]:
        line(f"Learned from {report['labels']} pairs that stewards joined")
    for one in report["sessions_skipped"]:
        line(f"The rule [{one['rule']}] taught nothing: {one['why']}")
    line()
    rows = [_level_row(one) for one in report["levels"]]
    table(("comparison", "level", "m", "new m", "u", "new u", "bits"), rows)
    line()
    pairs = report["pairs"]
    for name, title in (("joined", "Pairs joined"), ("review", "Pairs in review")):
        line(f"{title}: {pairs[name]['old']}, then {pairs[name]['new']}")
    line(
        f"{pairs['gained']} pairs gained, {pairs['gained_between_profiles']} of them between today's profiles;"
        f" {pairs['lost']} lost, {pairs['lost_within_profiles']} of them within one"
    )
    for kind in ("gained", "lost"):
        for one in pairs["samples"][kind]:
            bits = f"{_weight(one['old'])} -> {_weight(one['new'])} bits"
            line(f"  {kind}: {_name(one['a'])} and {_name(one['b'])} ({bits})")
    line()
    if report["applied"]:
        line(f"Version {report['version']} is in force. Run `crmhub sync` to weigh every pair anew.")
    else:
        line("Nothing was changed: --apply puts this model in force.")


def _bits(bits: Mapping[str, float]) -> str:
    return f"{bits['old']:+.1f} -> {bits['new']:+.1f}"


def _weight(bits: float | None) -> str:
    return "below review" if bits is None else f"{bits:+.1f}"


def _pair(explained: Mapping[str, Any]) -> str:
    return f"{_name(explained['records']['a'])} and {_name(explained['records']['b'])}"


def _name(record: Mapping[str, Any]) -> str:
    return "/".join(str(record[part]) for part in ("system", "stream", "id"))


def _level_row(level: Mapping[str, Any]) -> tuple[str, ...]:
    shares = [f"{level[name][age]:.3g}" for name in ("m", "u") for age in ("old", "new")]
    return level["field"], level["level"], *shares, _bits(level["bits"])


def show_versions(found: Mapping[str, Any]) -> None:
    """Show which model is in force, and the trained ones."""
    for entity, one in found["in_force"].items():
        aside = one["put_aside_by_an_edit"]
        edited = f"; an edit of matching.yaml put version {aside} aside" if aside else ""
        line(f"{entity}: {one['version']} is in force{edited}")
    if found["items"]:
        line()
        names = ("entity", "version", "at", "author", "records", "labels")
        table(names, [[one[name] for name in names] for one in found["items"]])
