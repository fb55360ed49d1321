from __future__ import annotations

from golden_record.matching.explain import explain
from golden_record.matching.frequencies import Frequencies
from tests.golden_record.matching.made import mail, mobile, name, person, shipped_models

MODEL = shipped_models()["person"]
BASE = Frequencies(3_000)
WANG = name("王", "伟", pinyin="wangwei")
PHONE = mobile("+8613812345678")


def test_the_steps_add_up_to_the_weight() -> None:
    told = explain(MODEL, BASE, person("a", name=WANG, phones=PHONE), person("b", name=WANG, phones=PHONE)).to_json()
    steps = told["comparisons"]
    assert isinstance(steps, list)
    assert steps[0]["field"] == "prior"
    assert abs(sum(step["bits"] for step in steps) - told["weight"]) < 0.01


def test_it_says_what_would_change_the_decision() -> None:
    told = explain(
        MODEL, BASE, person("a", name=WANG, phones=PHONE), person("b", name=WANG, phones=mobile("+8613987654321"))
    )
    assert told.score.decision != "auto"
    assert any(change.field == "phones" and change.decision != told.score.decision for change in told.changes)


def test_it_says_why_a_weight_that_is_enough_still_waits() -> None:
    eager = MODEL.model_copy(update={"prior": 0.4})
    told = explain(eager, BASE, person("a", phones=PHONE), person("b", phones=PHONE))
    assert "only one attribute agrees" in told.why


def test_an_explanation_holds_no_value_of_a_customer() -> None:
    a = person("a", name=WANG, phones=PHONE, emails=mail("wangwei@163.com"))
    b = person("b", name=name("李", "娜"), phones=PHONE, emails=mail("lina@163.com"))
    text = str(explain(MODEL, BASE, a, b))
    assert not any(secret in text for secret in ("王伟", "13812345678", "wangwei", "163.com"))
