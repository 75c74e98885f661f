"""What stands in no cited passage is never confirmed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.answers.check import check, is_confirmed, verbatim
from tests.soak import size

SOURCE = "風見市手数料条例\n第2条 住民票の写しの交付手数料は、1通につき300円とする。令和7年4月1日から施行する。"


def confirmed(sentence: str, sources=(SOURCE,), citations=(1,)) -> bool:
    return is_confirmed(list(citations), check(sentence, list(sources)))


@pytest.mark.parametrize(
    "sentence",
    [
        "住民票の写しの交付手数料は1通につき300円です。",
        "住民票の写しの手数料は、令和７年４月１日から三百円です。",
        "第二条に、住民票の写しの交付手数料が定められています。",
        "「1通につき300円とする」と定められています。",
    ],
)
def test_what_the_source_says_is_confirmed(sentence):
    assert confirmed(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "住民票の写しの交付手数料は1通につき350円です。",
        "住民票の写しの交付手数料は、令和6年4月1日から300円です。",
        "第3条に、住民票の写しの交付手数料が定められています。",
        "「1通につき無料とする」と定められています。",
        "住民票の写しの交付手数料は、横浜市では300円です。",
        "犬の散歩と猫の昼寝は健康に役立つ趣味です。",
    ],
)
def test_an_invented_figure_quote_name_or_statement_is_not(sentence):
    assert not confirmed(sentence)


def test_a_sentence_without_citation_is_not_confirmed():
    assert not confirmed("住民票の写しの交付手数料は1通につき300円です。", citations=())


def test_the_unfound_figure_is_named():
    checks = check("手数料は350円で、令和7年4月1日から施行されます。", [SOURCE])
    assert {(one["kind"], one["text"], one["found"]) for one in checks} >= {
        ("yen", "350円", False),
        ("date", "令和7年4月1日", True),
    }


@settings(max_examples=size(60, 2400), deadline=None)
@given(st.integers(1, 99_999))
def test_only_the_amount_of_the_source_is_confirmed(amount):
    assert confirmed(f"住民票の写しの交付手数料は1通につき{amount:,}円です。") == (amount == 300)


def test_a_quote_must_stand_there_as_it_is():
    assert verbatim(("住民票の写しの交付手数料は、1通につき300円とする。",), [SOURCE])[0]["found"]
    assert not verbatim(("住民票の写しの交付手数料は、1通につき310円とする。",), [SOURCE])[0]["found"]
