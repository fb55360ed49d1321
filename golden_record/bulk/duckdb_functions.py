"""The functions that a model's SQL calls, for DuckDB.

DuckDB's string distances count bytes, by which 王伟 and 王芳 are three edits apart. Here both texts are first
written in an alphabet of their own, one byte for each character that they use between them: what then counts bytes
counts characters. A pair of texts with more than 127 different characters has no such alphabet (no name and no
address has); the characters beyond are not seen.
"""

from __future__ import annotations

import duckdb
from rapidfuzz.fuzz import token_set_ratio

_ALPHABET = "'" + "".join(map(chr, range(1, 128))).replace("'", "''") + "'"
"""Every character that takes one byte, as SQL writes it."""

_MACROS = f"""
create macro hub_filled(a) as len(a) > 0;
create macro hub_has(a, t) as list_contains(a, t);
create macro hub_any(a, b) as list_has_any(a, b);
create macro hub_all(a, b) as
    len(list_intersect(a, b)) > 0 and len(list_intersect(a, b)) = least(len(a), len(b));
create macro hub_none(a, b) as len(a) > 0 and len(b) > 0 and not list_has_any(a, b);

create macro hub_alphabet(x, y) as
    case when length(x) + length(y) < 128 then x || y
         else array_to_string(list_sort(list_distinct(string_split(x || y, ''))), '') end;
create macro hub_bytes(t, x, y) as translate(t, hub_alphabet(x, y), {_ALPHABET});
create macro hub_edit(x, y) as
    case when strlen(x) = length(x) and strlen(y) = length(y) then damerau_levenshtein(x, y)
         else damerau_levenshtein(hub_bytes(x, x, y), hub_bytes(y, x, y)) end;
create macro hub_similarity(x, y) as
    case when strlen(x) = length(x) and strlen(y) = length(y) then jaro_winkler_similarity(x, y)
         else jaro_winkler_similarity(hub_bytes(x, x, y), hub_bytes(y, x, y)) end;

create macro hub_two_one_char(x, y, n) as
    case when abs(length(x) - length(y)) <= 1 and least(length(x), length(y)) >= n and x <> y
         then hub_edit(x, y) = 1 else false end;
create macro hub_two_unlike(x, y) as not contains(x, y) and not contains(y, x);
create macro hub_two_same_words(x, y) as
    string_split(x, chr(31))[1] = string_split(y, chr(31))[1] and x <> y;
create macro hub_two_starts(x, y, n) as
    x <> y and least(length(x), length(y)) >= n and (starts_with(x, y) or starts_with(y, x));
create macro hub_two_common_start(x, y, n) as
    least(length(x), length(y)) >= n and left(x, cast(n as bigint)) = left(y, cast(n as bigint));

create macro hub_empty(a, b) as len(a) = 0 or len(b) = 0;
create macro hub_one_char(a, b, n) as case when hub_empty(a, b) then false
    when len(a) = 1 and len(b) = 1 then hub_two_one_char(a[1], b[1], n)
    else len(list_filter(a, lambda x: len(list_filter(b, lambda y: hub_two_one_char(x, y, n))) > 0)) > 0 end;
create macro hub_two_alike(x, y, s) as hub_similarity(least(x, y), greatest(x, y)) >= s;
create macro hub_jaro_winkler(a, b, s) as case when hub_empty(a, b) then false
    when len(a) = 1 and len(b) = 1 then hub_two_alike(a[1], b[1], s)
    else len(list_filter(a, lambda x: len(list_filter(b, lambda y: hub_two_alike(x, y, s))) > 0)) > 0 end;
create macro hub_contains(a, b, n) as case when hub_empty(a, b) then false else
    len(list_filter(a, lambda x: len(list_filter(b, lambda y:
        least(length(x), length(y)) >= n and not hub_two_unlike(x, y))) > 0)) > 0 end;
create macro hub_starts(a, b, n) as case when hub_empty(a, b) then false else
    len(list_filter(a, lambda x: len(list_filter(b, lambda y: hub_two_starts(x, y, n))) > 0)) > 0 end;
create macro hub_common_start(a, b, n) as case when hub_empty(a, b) then false else
    len(list_filter(a, lambda x: len(list_filter(b, lambda y: hub_two_common_start(x, y, n))) > 0)) > 0 end;
create macro hub_unlike(a, b) as case when hub_empty(a, b) then false else
    len(list_filter(a, lambda x: len(list_filter(b, lambda y: not hub_two_unlike(x, y))) > 0)) = 0 end;
create macro hub_same_words(a, b) as case when hub_empty(a, b) then false else
    len(list_filter(a, lambda x: len(list_filter(b, lambda y: hub_two_same_words(x, y))) > 0)) > 0 end;
"""


def define_functions(connection: duckdb.DuckDBPyConnection) -> None:
    """Define `splink_levels.FUNCTIONS` on *connection*."""
    connection.execute(_MACROS)
    connection.create_function("hub_tokens", tokens, ["VARCHAR[]", "VARCHAR[]", "DOUBLE"], "BOOLEAN")


def tokens(a: list[str], b: list[str], least: float) -> bool:
    """Return whether two texts share their words: SQL has no such measure, so this one is called back from there."""
    cut = least * 100
    return any(token_set_ratio(min(x, y), max(x, y), score_cutoff=cut) >= cut for x in a for y in b)
