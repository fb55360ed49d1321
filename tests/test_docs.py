"""What the pages say is so: links lead somewhere, commands exist, generated parts are not stale, words are kept."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from ruamel.yaml import YAML
from typer.main import get_group

from console.default_command import DefaultCommand
from console.main import app
from docs import write_matching, write_settings

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("connectors/*/README.md"),
    ]
)
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
DECISIONS = sorted(ROOT.glob("docs/decisions/*.md"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = re.findall(r"^([a-z-]+):(?!=)", MAKEFILE, re.MULTILINE)
ROOMS = ("mapping", "golden_record", "flows", "console")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


# --------------------------------------------------------------------------------------------------- links


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if not re.match(r"[a-z]+:|#", link)]
    assert [link for link in links if not (page.parent / link.split("#")[0]).exists()] == []


def test_every_page_that_the_code_points_to_exists() -> None:
    files = [file for room in (*ROOMS, "connectors", "config") for file in (ROOT / room).rglob("*")]
    texts = {file: file.read_text(encoding="utf-8") for file in files if file.suffix in {".py", ".yaml"}}
    pointed = {(named(file), page) for file, text in texts.items() for page in re.findall(r"docs/[\w/-]+\.md", text)}
    assert pointed
    assert sorted((file, page) for file, page in pointed if not (ROOT / page).exists()) == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in reached or page.suffix != ".md" or not page.exists():
            continue
        reached.add(page)
        links = re.findall(r"\]\(([^)\s#]+)", page.read_text(encoding="utf-8"))
        ahead += [(page.parent / link).resolve() for link in links if ":" not in link]
    assert {named(page) for page in ROOT.glob("docs/**/*.md")} - {named(page) for page in reached} == set()


# ---------------------------------------------------------------------------------------------- the readmes


def test_the_two_readmes_have_the_same_sections_commands_and_links() -> None:
    english, chinese = (page.read_text(encoding="utf-8") for page in READMES)
    for shape in (r"^(#+) ", r"`(crmhub [a-z]+[^`]*)`", r"^(make \w+|\.venv/bin/crmhub [^#\n]*?)\s*(?:#|$)", r"^\d\. "):
        found = [re.findall(shape, text, re.MULTILINE) for text in (english, chinese)]
        assert found[0]
        assert found[0] == found[1], shape
    links = [set(re.findall(r"\]\((docs/[^)]+)\)", text)) for text in (english, chinese)]
    assert links[0] == links[1]


# ------------------------------------------------------------------------------------------------- commands


def command_lines() -> Iterator[tuple[str, str]]:
    """Yield (page, command line) for each `crmhub …` that the hub's own pages tell people to type."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        fences = "\n".join(re.findall(r"```(?:sh|console)?\n(.*?)```", text, re.DOTALL))
        for line in re.findall(r"(?:^|/)crmhub ([a-z][^#\n]*)", fences, re.MULTILINE):
            yield named(page), line.split("&&")[0].strip()
        for line in re.findall(r"`crmhub ([a-z][^`]*)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
            yield named(page), line.split("&&")[0].strip()


@pytest.mark.parametrize(("page", "line"), sorted(set(command_lines())))
def test_every_command_that_a_page_tells_people_to_type_exists_with_its_options(page: str, line: str) -> None:
    command: Any = get_group(app)  # typer carries a click of its own, whose types it does not show
    words = line.split()
    context = typer.Context(command)
    while hasattr(command, "get_command"):
        if isinstance(command, DefaultCommand) and (not words or words[0] not in command.commands):
            words = [DefaultCommand.NAME, *words]
        if not words or not re.fullmatch(r"[a-z][a-z-]*", words[0]):
            break
        found = command.get_command(context, words[0])
        assert found is not None, f"{page}: `crmhub {line}`: there is no `{words[0]}`"
        command, words = found, words[1:]
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    unknown = [word for word in words if word.startswith("--") and word.split("=")[0] not in {*known, "--debug"}]
    assert unknown == [], f"{page}: `crmhub {line}`"


# ------------------------------------------------------------------------------------------ make and the gates


def test_make_help_lists_every_target_and_the_developers_page_explains_it() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S607 (make stands where the system keeps it)
    explained = (ROOT / "docs" / "developers.md").read_text(encoding="utf-8")
    assert [target for target in TARGETS if not re.search(rf"^  {target} ", listed, re.MULTILINE)] == []
    assert [target for target in TARGETS if f"`make {target}`" not in explained] == []


def test_no_page_speaks_of_a_target_that_is_not_there() -> None:
    said = {
        (named(page), target)
        for page in PAGES
        for target in re.findall(r"(?:`|^)make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert {(page, target) for page, target in said if target not in TARGETS} == set()


def test_the_ci_runs_the_gates_of_make_check_in_their_order() -> None:
    gates = re.search(r"^check: (.*?)  ##", MAKEFILE, re.MULTILINE)
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert gates is not None
    assert re.findall(r"^make --no-print-directory (\w+)", script, re.MULTILINE) == gates[1].split()


def test_a_commit_needs_no_network() -> None:
    hooks = YAML(typ="safe").load(ROOT / ".pre-commit-config.yaml")
    assert {repository["repo"] for repository in hooks["repos"]} == {"local"}
    assert {hook["language"] for repository in hooks["repos"] for hook in repository["hooks"]} == {"system"}


def test_every_rule_that_is_off_for_the_whole_tree_says_why() -> None:
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    switched_off = re.search(r"^ignore = \[\n(.*?)^\]", settings, re.MULTILINE | re.DOTALL)
    assert switched_off is not None
    assert [line for line in switched_off[1].splitlines() if "  # " not in line] == []


# ------------------------------------------------------------------------------------- generated pages, decisions


def test_the_settings_page_says_what_the_models_say() -> None:
    assert write_settings.PAGE.read_text(encoding="utf-8") == write_settings.page(), "run: make docs"


def test_the_matching_page_says_what_the_models_say() -> None:
    page = write_matching.PAGE.read_text(encoding="utf-8")
    assert page == write_matching.with_reference(page), "run: make docs"


@pytest.mark.parametrize("page", DECISIONS, ids=named)
def test_a_decision_says_its_question_choice_reason_and_cost(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {page.name[:4]} ")
    places = [text.find(f"**{part}") for part in ("Question.", "Choice.", "Why.", "What it costs.")]
    assert -1 not in places
    assert places == sorted(places)


def test_decisions_are_numbered_without_a_gap_and_listed() -> None:
    listed = (ROOT / "docs" / "developers.md").read_text(encoding="utf-8")
    assert [page.name[:4] for page in DECISIONS] == [f"{number:04}" for number in range(1, len(DECISIONS) + 1)]
    assert [page.name for page in DECISIONS if f"(decisions/{page.name})" not in listed] == []


# ---------------------------------------------------------------------------------------------------- words


def unused_words() -> list[str]:
    """The left column of the glossary's table of words that we do not use."""
    part = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").split("## Words that we do not use")[1]
    return [word for word in re.findall(r"^\| (\w+) \|", part, re.MULTILINE) if word != "not"]


def public_names() -> Iterator[tuple[str, str]]:
    """Yield (file, name) of every module, class and function that others may use, names in snake case."""
    for room in ROOMS:
        for file in (ROOT / room).rglob("*.py"):
            nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
            for name in [file.stem, *(node.name for node in nodes if isinstance(node, defined))]:
                if not name.startswith("_"):
                    yield named(file), re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def test_words_that_the_glossary_bans_name_nothing() -> None:
    words, names = unused_words(), list(public_names())
    assert len(words) > 5
    assert len(names) > 500
    assert [(file, name, word) for file, name in names for word in words if f"_{word}_" in f"_{name}_"] == []


def test_the_glossary_has_every_word_of_the_trade_in_chinese() -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    words = ["客户主数据", "黄金记录", "合并", "冲突", "数据管家", "字段映射", "线索", "工单"]
    assert [word for word in words if word not in glossary] == []


# ------------------------------------------------------------------------------------------------ guarantees

GUARANTEES = (ROOT / "docs/guarantees.md").read_text(encoding="utf-8")


def test_every_guarantee_is_held_by_a_test_that_is_there() -> None:
    named_tests = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", GUARANTEES)
    assert len(named_tests) > 30
    missing = [
        f"{file}::{name}"
        for file, name in named_tests
        if not (ROOT / file).exists() or (name and f"def {name}(" not in (ROOT / file).read_text(encoding="utf-8"))
    ]
    assert missing == []


def test_every_line_of_the_guarantees_names_its_test() -> None:
    rows = [line for line in GUARANTEES.split("## By system", maxsplit=1)[0].splitlines() if line.startswith("| ")]
    assert [row for row in rows if not row.startswith(("| ---", "| what people")) and "`tests/" not in row] == []


EDGES = (ROOT / "docs/edge-behaviours.md").read_text(encoding="utf-8")


def test_every_known_behaviour_of_an_api_names_the_file_that_bears_it_and_tests_that_are_there() -> None:
    tests = [file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("test_*.py")]
    there = {name for text in tests for name in re.findall(r"^def (test_\w+)\(", text, re.MULTILINE)}
    heads = ("| ---", "| what ", "| rule ")
    rows = [line for line in EDGES.splitlines() if line.startswith("| ") and not line.startswith(heads)]
    assert len(rows) > 80
    wrong = []
    for row in rows:
        _behaviour, _answer, borne, held = (cell.strip() for cell in row.strip("| ").split(" | "))
        named_tests = re.findall(r"`(test_\w+)`", held)
        if not named_tests or set(named_tests) - there or not (ROOT / borne.strip("`")).is_file():
            wrong.append(row)
    assert wrong == []
