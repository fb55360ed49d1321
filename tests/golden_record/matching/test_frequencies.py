from __future__ import annotations

import pytest

from golden_record.matching.frequencies import Frequencies, HashedCounts, count_frequencies
from golden_record.matching.model import Comparison, Model
from golden_record.matching.scorer import Scorer
from tests.golden_record.matching.made import mail, mobile, name, person

MODEL = Model.model_validate(
    {
        "thresholds": {"auto": 6, "review": 0},
        "prior": 0.0001,
        "holders": [{"field": "name", "of": "pinyin"}, {"field": "name"}],
        "blocking": [["phones"]],
        "comparisons": [
            {
                "field": "phones",
                "shared_after": 2,
                "levels": [{"when": "any_equal", "m": 0.5, "u": 0.00001}, {"when": "else"}],
            },
            {
                "field": "name",
                "frequency": True,
                "levels": [
                    {"when": "equal", "m": 0.8, "u": 0.0005},
                    {"when": "pinyin_equal", "m": 0.1, "u": 0.002},
                    {"when": "else"},
                ],
            },
        ],
    }
)
SWITCHBOARD = mobile("+861088886666")


def test_one_customers_records_count_as_one_holder_of_a_phone() -> None:
    base = [person(f"r{i}", name=name("王", "伟", pinyin="wangwei"), phones=SWITCHBOARD) for i in range(4)]
    counted = count_frequencies(MODEL, base)
    assert counted.total == 4
    assert counted.counts["phones", "+861088886666"] == 1
    assert counted.counts["name", "王伟"] == 4
    assert counted.counts["name.pinyin", "wangwei"] == 4


def test_a_number_under_more_names_than_the_limit_says_nothing() -> None:
    base = [person(f"r{i}", name=name("王", f"伟{i}"), phones=SWITCHBOARD) for i in range(3)]
    scorer = Scorer(MODEL, count_frequencies(MODEL, base))
    phones = scorer.score(base[0], base[1]).comparisons[0]
    assert phones.bits == 0
    assert phones.level == "any_equal (shared)"


def test_a_shared_number_does_not_hide_a_personal_one() -> None:
    base = [
        person(f"r{i}", name=name("王", f"伟{i}"), phones=(SWITCHBOARD, mobile("+8613812345678"))) for i in range(2)
    ]
    frequencies = Frequencies(1000, {("phones", "+861088886666"): 90})
    assert Scorer(MODEL, frequencies).score(*base).comparisons[0].bits > 10


def test_a_common_name_weighs_less_than_a_rare_one_by_its_own_share() -> None:
    frequencies = Frequencies(99_000, {("name", "王伟"): 999, ("name", "尉迟琳嘉"): 2})
    scorer = Scorer(MODEL, frequencies)

    def bits(family: str, given: str) -> float:
        return scorer.score(*(person(key, name=name(family, given)) for key in "ab")).comparisons[1].bits

    assert bits("王", "伟") == pytest.approx(6.32, abs=0.01)  # log2(0.8 / 0.01)
    assert bits("尉迟", "琳嘉") == pytest.approx(14.97, abs=0.01)  # log2(0.8 * 100,000 / 2.5)


def test_of_several_agreed_values_the_rarest_counts() -> None:
    frequencies = Frequencies(99_000, {("name", "王伟"): 999})
    both = (name("王", "伟"), name("尉迟", "琳嘉"))
    score = Scorer(MODEL, frequencies).score(person("a", name=both), person("b", name=both))
    assert score.comparisons[1].bits > 14


def test_counts_may_be_kept_as_keyed_hashes_only() -> None:
    hashed = HashedCounts({("name", b"h1"): 7}, lambda _label, text: {"王伟": b"h1"}.get(text, b"?"))
    frequencies = Frequencies(1000, hashed)
    assert frequencies.held_by("name", "王伟") == 7
    assert frequencies.held_by("name", "李娜") == 1
    with pytest.raises(TypeError):
        list(hashed)


def test_records_without_a_name_make_no_holder() -> None:
    base = [person(f"r{i}", phones=SWITCHBOARD, emails=mail(f"a{i}@x.cn")) for i in range(5)]
    assert ("phones", "+861088886666") not in count_frequencies(MODEL, base).counts


def test_a_number_of_few_is_told_from_a_shared_one_by_its_holders() -> None:
    levels = [
        {"when": "any_equal", "held_by": 1, "m": 0.5, "u": 0.00001, "name": "own"},
        {"when": "any_equal", "m": 0.1, "u": 0.01, "name": "shared"},
        {"when": "else"},
    ]
    model = MODEL.model_copy(
        update={"comparisons": (Comparison.model_validate({"field": "phones", "levels": levels}),)}
    )
    one = [person(f"r{i}", name=name("王", "伟", pinyin="wang wei"), phones=SWITCHBOARD) for i in range(3)]
    two = [*one, person("x", name=name("李", "娜", pinyin="li na"), phones=SWITCHBOARD)]
    assert Scorer(model, count_frequencies(model, one)).score(*one[:2]).comparisons[0].level == "own"
    assert Scorer(model, count_frequencies(model, two)).score(*two[:2]).comparisons[0].level == "shared"
