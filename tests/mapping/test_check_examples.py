"""Examples that hold pass in silence; those that do not are shown with what came out."""

from __future__ import annotations

from typing import Any

from mapping.check_examples import Difference, check_examples
from mapping.compile import TypeLookup
from mapping.load import load_mapping
from mapping.profile_fields import Profile

MAPPING = """
key: id
emits:
- entity: person
  fields:
    name: {pull: {family: Last, given: First}, push: {family: Last, given: First}}
    phones: [Mobile, Phone]
    title: Title
- entity: company
  relation: employer
  needs: [name]
  fields: {name: Company}
examples:
"""


def differences(profile: Profile, types: TypeLookup, *examples: str) -> list[Difference]:
    text = MAPPING + "".join(f"- {example}\n" for example in examples)
    loaded = load_mapping(text, stream="s", profile=profile, types=types)
    assert loaded.compiled is not None, loaded.mistakes
    assert loaded.written is not None
    return check_examples(loaded.compiled, loaded.written.examples)


def found(profile: Profile, types: TypeLookup, example: str) -> list[tuple[str, Any, Any]]:
    return [(item.where, item.expected, item.got) for item in differences(profile, types, example)]


def test_examples_that_hold_give_no_differences(profile: Profile, types: TypeLookup) -> None:
    good = (
        "{record: {id: 1, Last: a, Mobile: 88886}, gives: {person: {name: a, phones: ['88886']}, company: null}}",
        "{record: {id: 1, Title: ''}, gives: {person: {title: null, phones: []}}}",
        "{record: {id: 1, Mobile: 88886}, wants: {person: {phones: [88886, 77776]}}, writes: {Phone: '77776'}}",
        "{wants: {person: {name: {family: a, given: b}, title: x}}, writes: {Last: a, First: b, Title: x}}",
        "{record: {id: 1, Title: x}, wants: {person: {title: null}}, writes: {Title: null}}",
    )
    assert differences(profile, types, *good) == []


def test_a_wrong_value_is_shown_with_the_right_one(profile: Profile, types: TypeLookup) -> None:
    example = "{record: {id: 1, Last: a}, gives: {person: {name: b}}}"
    assert found(profile, types, example) == [("person.name", "b", "a")]
    (difference,) = differences(profile, types, example)
    assert str(difference) == 'example 1, person.name:\n  - expected "b"\n  + got      "a"'


def test_a_field_that_is_not_mapped_or_an_entity_that_is_not_emitted_is_shown(
    profile: Profile, types: TypeLookup
) -> None:
    assert found(profile, types, "{record: {id: 1}, gives: {person: {tier: vip}, company: {name: x}}}") == [
        ("person.tier", "vip", "not mapped"),
        ("company", "emitted", "not emitted"),
    ]


def test_writes_that_are_missing_unexpected_or_different_are_shown(profile: Profile, types: TypeLookup) -> None:
    example = "{record: {id: 1}, wants: {person: {title: x, phones: ['77776666']}}, writes: {Title: y, Last: z}}"
    assert found(profile, types, example) == [
        ("writes.Title", "y", "x"),
        ("writes.Last", "z", "not written"),
        ("writes.Mobile", "not written", "77776666"),
    ]


def test_a_record_that_cannot_be_used_is_shown(profile: Profile, types: TypeLookup) -> None:
    (difference,) = differences(profile, types, "{record: {Last: a}, gives: {person: {name: a}}}")
    assert difference.where == "record"
