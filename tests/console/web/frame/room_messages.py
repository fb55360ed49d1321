"""Every message that the four inner rooms can send to a page, read off their source.

A message is any prose in the code of a room that is no docstring, log line or SQL, and in no module that no page shows.
What stands in an f-string's braces becomes `{1}`, `{2}`, …: that is how the catalogs name it (`msgctxt "room"`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import console

TREE: Final = Path(console.__file__).parents[1]
ROOMS: Final = ("connectors", "flows", "golden_record", "mapping")
UNSEEN: Final = {
    "connectors/population": "the made-up customers of the sandboxes",
    "connectors/sandboxes": "simulators",
    "connectors/consent.py": "`crmhub connect`",
    "connectors/airbyte/run.py": "a source run on its own",
    "connectors/registry.py": "the command line, before any page is served",
    "connectors/web_forms/signatures.py": "keys of senders, at `crmhub connect`",
    "connectors/web_forms/ciphers.py": "told to the sender",
    "flows/alerts": "has Chinese of its own",
    "flows/backup.py": "`crmhub backup`",
    "flows/connecting.py": "`crmhub connect`",
    "flows/consent_redirect.py": "`crmhub connect`",
    "flows/deploying.py": "`crmhub deploy`",
    "flows/doctor.py": "`crmhub doctor`",
    "flows/doctor_around.py": "`crmhub doctor`",
    "flows/draft_model.py": "`crmhub match draft`",
    "flows/evaluate_labels.py": "`crmhub match evaluate`",
    "flows/explain_pair.py": "`crmhub match explain`",
    "flows/export.py": "`crmhub profiles export`",
    "flows/forecast.py": "`crmhub match train`",
    "flows/keys.py": "`crmhub keys`",
    "flows/labels.py": "`crmhub match evaluate`",
    "flows/match_in_bulk.py": "`crmhub match bulk`",
    "flows/new_project.py": "`crmhub init`",
    "flows/plan_json.py": "`crmhub push --plan`",
    "flows/prefect_flows.py": "Prefect's own pages",
    "flows/quality_lists.py": "`crmhub quality --out`",
    "flows/train_model.py": "`crmhub match train`",
    "golden_record/backup": "`crmhub backup`",
    "golden_record/bulk": "`crmhub match`",
    "golden_record/chain.py": "`crmhub audit verify`",
    "golden_record/matching/draft.py": "`crmhub match draft`",
    "golden_record/matching/draft_levels.py": "`crmhub match draft`",
    "golden_record/matching/frequencies.py": "a mistake in the code",
    "golden_record/matching/splink_columns.py": "`crmhub match train`",
    "golden_record/matching/splink_levels.py": "`crmhub match train`",
    "golden_record/matching/splink_settings.py": "`crmhub match train`",
    "golden_record/migrations": "names of tables",
    "mapping/draft.py": "comments of a drafted file",
    "mapping/draft_text.py": "comments of a drafted file",
    "mapping/draft_words.py": "comments of a drafted file",
    "mapping/field_types": "pure rules; their codes have words in both languages",
    "mapping/issue_words.py": "has Chinese of its own",
    "mapping/reference.py": "the generated pages of the docs",
    "mapping/schema.py": "the JSON schema",
}
"""Module or folder -> why none of its texts reaches a page."""
IN_FOLDERS: Final = ("sandbox", "settings.py", "schemas.py", "webhook.py", "grant.py", "senders")
"""Parts of a connector that no page shows: simulator, forms of `crmhub connect`, answers to senders."""
NO_MESSAGE: Final = re.compile(
    r"Field|log\.\w+|logger\.\w+|\S*execut\w+|re\.compile|\S*digest|cast|dict\.fromkeys|sa\.text|\S*_schema|words|Label"
    r"|\S*encode|\S*options|with_query|client\.coql|self\._client\.get|\S*\.parse|Format|BadRow|TypeError|frozenset|Sender"
    r"|self\._noted|self\._copy|flow|Completed|Choice|str|AssertionError|NotImplementedError|Consent"
)
"""Calls whose texts are no message."""
NO_NAME: Final = re.compile(
    r"_?(WORDS|REPLY|SUMMARY|PARTS|TEXTS|FUNCTIONS|FIELDS|CHAPTERS|SIGN_IN|FORBIDDEN|READ_ONLY|FULL|IN_SQL|LOADED|CUTS|HEAD|SCOPES"
    r"|ALIKE|MODIFIED|MACROS|GITIGNORE|RUN_MANIFEST|OWNERS|BEGIN|THANKS|ROADS|REASON|Tree|Read|query|insert|options"
    r"|self\._header|schema\['title'\]|started|read|sql|counted|held|emitted|each|stated|path|body|facts\['sql'\])"
)
"""Names whose texts are no message."""
MESSAGES: Final = re.compile(
    r"NotDecidable|ChangedMeanwhile|NotWritable|WrongValue|Failure|StopSystem|TryAgain|SkipRecord|AskSteward|Skipped"
    r"|Unreadable|CuredError|Mistake|mistake|suggestion|Trouble|WriteResult|MappingError|KeyTrouble|StoreUnreachable"
    r"|StoreReadOnly|SchemaMismatch|StoreNotMade|rejected|unknown|try_again"
)
"""Calls of whose texts one word is enough to be a message."""
NOISE: Final = frozenset(
    (
        "_id (missing)",
        "Access Denied",
        "Content-Type: {1}",
        "Zoho-oauthtoken {1}",
        "id is not null",
        "READ COMMITTED",
        "LIMIT {mark}",
        "Did you mean",
        "Input should be",
        "this should be",
        "Value error,",
    )
)
"""What looks like a message and is none: words of others, and pieces that are looked for or put together."""
SQL: Final = re.compile(
    r"\s*(SELECT|INSERT|UPDATE|DELETE|ON CONFLICT|ORDER BY|UNION|SET |BEGIN|CREATE|<!doctype|https?://)"
)


def messages() -> Iterator[tuple[str, str]]:
    """Yield (file:line, message) of each message."""
    for room in ROOMS:
        for file in sorted((TREE / room).rglob("*.py")):
            where = str(file.relative_to(TREE))
            if not _unseen(where):
                yield from ((f"{where}:{line}", text) for line, text in of_source(file.read_text(encoding="utf-8")))


def of_source(source: str) -> Iterator[tuple[int, str]]:
    """Yield (line, message) of each message in one file's source."""
    tree = ast.parse(source)
    above = {below: node for node in ast.walk(tree) for below in ast.iter_child_nodes(node)}
    known = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }
    for node in ast.walk(tree):
        if isinstance(above.get(node), ast.JoinedStr | ast.Expr):
            continue
        text = _text(node, known)
        if text is None or SQL.match(text):
            continue
        call, name = _around(node, above)
        if (call and NO_MESSAGE.fullmatch(call)) or (name and NO_NAME.fullmatch(name)):
            continue
        least = 1 if MESSAGES.fullmatch(call.rpartition(".")[2]) or text.endswith(".") else 2
        words = re.findall(r"[A-Za-z]{2,}", re.sub(r"\{\d+\}|`[^`]*`", "", text))
        if (
            text.strip() not in NOISE
            and len(words) >= least
            and (" " in text.strip() or name == "noun")
            and not re.match(r"[\w.]+\.{2,}", text)
        ):
            yield node.lineno, text.strip()  # type: ignore[attr-defined]  # texts have lines


def _unseen(where: str) -> bool:
    parts = where.split("/")
    if parts[0] == "connectors" and any(part in IN_FOLDERS for part in parts):
        return True
    return any(where == one or where.startswith(f"{one}/") for one in UNSEEN)


def _text(node: ast.AST, known: dict[str, str]) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return None
    text, number = "", 0
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += str(part.value)
        elif isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.Name) and part.value.id in known:
            text += known[part.value.id]
        else:
            number += 1
            text += f"{{{number}}}"
    return text


def _around(node: ast.AST, above: dict[ast.AST, ast.AST]) -> tuple[str, str]:
    """Return the nearest call around a text, and the name that it is given to."""
    name = ""
    while node in above:
        over = above[node]
        if isinstance(over, ast.keyword):
            name = over.arg or ""
        elif isinstance(over, ast.Call):
            return ast.unparse(over.func), name
        elif isinstance(over, ast.Assign | ast.AnnAssign):
            target = over.targets[0] if isinstance(over, ast.Assign) else over.target
            return "", name or ast.unparse(target)
        elif isinstance(over, ast.stmt):
            return "", name
        node = over
    return "", name
