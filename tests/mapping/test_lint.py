"""What a mapping can get wrong, found before anything moves."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mapping.catalog import Catalog
from mapping.compile import TypeLookup
from mapping.load import load_mapping
from mapping.mistakes import Mistake
from mapping.profile_fields import Profile

Lint = Callable[..., tuple[Mistake, ...]]

CATALOG = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "Email": {"type": "string"},
        "Account": {"type": "object", "properties": {"id": {}, "name": {}}},
        "open": {"type": "object", "additionalProperties": True},
    },
}


@pytest.fixture
def lint(profile: Profile, types: TypeLookup) -> Lint:
    def linted(fields: str, more: str = "", catalog: Catalog | None = None) -> tuple[Mistake, ...]:
        text = f"key: id\nemits:\n- entity: person\n  fields:\n    {fields}\n{more}"
        found = load_mapping(text, stream="s", profile=profile, types=types, catalog=catalog, file="s.yaml")
        broken = any(mistake.level == "error" for mistake in found.mistakes)
        assert (found.compiled is None) == broken
        return found.mistakes

    return linted


def test_a_sound_mapping_has_no_mistakes(lint: Lint) -> None:
    assert lint("title: Title") == ()


def test_an_unknown_profile_field_gets_a_suggestion_and_its_line(lint: Lint) -> None:
    (found,) = lint("titel: Title")
    assert (found.line, found.path) == (5, "emits[0].fields.titel")
    assert "Did you mean `title`?" in found.cure


def test_an_unknown_entity_is_named(profile: Profile, types: TypeLookup) -> None:
    text = "key: id\nemits:\n- entity: persn\n  fields: {title: T}"
    (found,) = load_mapping(text, stream="s", profile=profile, types=types).mistakes
    assert (found.line, found.cure) == (3, "Did you mean `person`?")


def test_all_mistakes_come_at_once(lint: Lint) -> None:
    found = lint("titel: A\n    tier: {pull: R, push: R, values: {A: vip, B: vip, C: gold}}\n    title: 'x[]'")
    assert [mistake.line for mistake in found if mistake.level == "error"] == [5, 6, 6, 7]


def test_two_words_for_one_value_need_a_word_for_the_way_back(lint: Lint) -> None:
    (found,) = lint("tier: {pull: R, push: R, values: {A: vip, B: regular, C: vip}}")
    assert "which is pushed?" in found.message
    assert found.cure == "Add push_values: {vip: A}."
    assert lint("tier: {pull: R, push: R, values: {A: vip, B: regular, C: vip}, push_values: {vip: A}}") == ()
    assert lint("tier: {pull: R, values: {A: vip, B: regular, C: vip}}") == ()


def test_a_word_that_the_profile_does_not_know_is_an_error(lint: Lint) -> None:
    (found,) = lint("tier: {pull: R, values: {A: vp}}")
    assert (found.path, found.cure) == ("emits[0].fields.tier.values.A", "Did you mean `vip`?")


def test_profile_words_that_cannot_be_pushed_are_a_warning(lint: Lint) -> None:
    (found,) = lint("tier: {pull: R, push: R, values: {A: vip}}")
    assert (found.level, "regular" in found.message) == ("warning", True)


def test_one_system_field_cannot_be_written_by_two(lint: Lint) -> None:
    (found,) = lint("title: Title\n    birthday: Title")
    assert "`Title` is written by person.title and by person.birthday" in found.message


def test_a_list_in_a_field_that_holds_one_value_is_an_error(lint: Lint) -> None:
    (found,) = lint('title: "Titles[]"')
    assert found.level == "error"


def test_parts_in_several_places_are_an_error(lint: Lint) -> None:
    (found,) = lint("name: {pull: {family: [A, B]}}")
    assert "`family` has several places" in found.message


def test_writing_what_is_not_read_is_a_warning(lint: Lint) -> None:
    (found,) = lint("phones: {pull: [A], push: [A, B]}")
    assert (found.level, "`B` is written but not read" in found.message) == ("warning", True)


def test_a_stream_that_creates_must_write_what_the_system_requires(lint: Lint) -> None:
    (found,) = lint("title: Title", "create_in: {person: true}\nrequired: [Last]")
    assert (found.line, "`Last`" in found.message) == (7, True)
    assert lint("title: Last", "create_in: {person: true}\nrequired: [Last]") == ()
    assert lint("title: T", "create_in: {person: true}\nrequired: [Last]\non_create: {Last: x}") == ()
    assert lint("title: Title", "required: [Last]") == ()


def test_needs_must_name_fields_that_are_mapped(lint: Lint) -> None:
    (found,) = lint("title: Title\n  needs: [nme]")
    assert (found.line, found.path) == (6, "emits[0].needs")


def test_a_second_entity_should_say_what_it_is_to_the_first(lint: Lint) -> None:
    (found,) = lint("title: Title\n- entity: company\n  fields: {name: Company}")
    assert (found.level, found.line) == ("warning", 6)


@pytest.mark.parametrize(
    ("fields", "unknown"),
    [
        ("emails: [Emial]", "Emial"),
        ("emails: [Email]", None),
        ("title: Account.nme", "Account.nme"),
        ("title: Account.name", None),
        ("title: open.anything", None),
        ('title: {pull: "Titel || Email"}', "Titel"),
    ],
)
def test_fields_that_the_system_does_not_have_are_found_in_its_catalog(
    lint: Lint, fields: str, unknown: str | None
) -> None:
    found = lint(fields, catalog=CATALOG)
    assert [mistake.message for mistake in found] == ([f"the system has no field `{unknown}`"] if unknown else [])


def test_a_catalog_that_could_not_be_discovered_blames_nobody(lint: Lint) -> None:
    assert lint("title: Whatever", catalog={"type": "object"}) == ()


def test_a_word_that_comes_back_as_another_is_an_error(lint: Lint) -> None:
    fields = "tier: {pull: R, push: R, values: {A: vip, B: regular}, push_values: {vip: B, regular: B}}"
    (found,) = lint(fields)
    assert (found.path, found.message) == (
        "emits[0].fields.tier.push_values",
        "`vip` is pushed as `B`, which is read as `regular`",
    )


def test_two_fields_that_write_where_the_other_reads_are_an_error(lint: Lint) -> None:
    found = [one for one in lint("title: {pull: A, push: B}\n    birthday: {pull: B, push: A}") if one.level == "error"]
    assert len(found) == 1
    assert "`A` is written by person.birthday and read as person.title" in found[0].message


RICH = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "Grade": {"type": ["string", "null"], "x-choices": {"A": "甲", "B": "乙"}},
        "Tick": {"type": "boolean"},
        "Born": {"type": "integer"},
        "Titles": {"type": "array"},
        "Account": {"type": "object"},
        "answers": {"type": "object", "properties": {"name": {}}, "additionalProperties": True},
        "Locked": {"type": "string", "readOnly": True},
        "Last": {"type": "string", "x-required": True},
        "Short": {"type": "string", "maxLength": 20},
    },
}


@pytest.mark.parametrize(
    ("fields", "level", "message"),
    [
        ("title: {pull: Tick}", "error", "`Tick` is true or false, and `title` is a text"),
        ("title: {pull: Titles}", "error", "`Titles` holds a list, and `title` one value"),
        ("title: {pull: Account}", "error", "`Account` holds an object"),
        ("title: Locked", "error", "the system does not let `Locked` be written"),
        ('tags: {pull: "Last[]"}', "error", "`Last` holds one value, not a list"),
        ("tier: Grade", "warning", "`Grade` has no choice `regular`, `vip`, which tier may push there"),
        (
            "tier: {pull: Grade, push: Grade, values: {A: vip, C: regular}}",
            "warning",
            "`C` is pushed for `regular`, but `Grade` has no such choice",
        ),
        ("tier: {pull: Grade, values: {A: vip}}", "warning", "the choices `B` of `Grade` are not read"),
        ("title: {pull: [Last, Lst]}", "warning", "the system has no field `Lst`"),
        ("title: {pull: answers.role}", "warning", "the system has no field `answers.role`"),
    ],
)
def test_what_does_not_fit_the_systems_own_fields_is_found(lint: Lint, fields: str, level: str, message: str) -> None:
    found = [(one.level, one.message) for one in lint(fields, catalog=RICH)]
    assert (level, message) in found


def test_a_stream_that_creates_is_told_what_the_system_requires(lint: Lint) -> None:
    (missing,) = lint("emails: {pull: Short}", "create_in: {person: true}", catalog=RICH)
    assert (missing.level, missing.message) == ("error", "new records need `Last`, but nothing writes it")
    (unsaid,) = lint("title: Last", "create_in: {person: true}", catalog=RICH)
    assert (unsaid.level, unsaid.cure) == ("warning", "Add it: required: [Last].")
    assert lint("title: Last", "create_in: {person: true}\nrequired: [Last]", catalog=RICH) == ()


def test_conditions_and_relations_are_held_against_the_catalog_too(lint: Lint) -> None:
    more = "  when: Grad == 'A'\n  relations: {employer: {stream: Accounts, pull: Acount}}\ndeleted: Gone"
    names = {one.message for one in lint("title: Last", more, catalog=RICH)}
    assert names == {f"the system has no field `{name}`" for name in ("Grad", "Acount", "Gone")}
