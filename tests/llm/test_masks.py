"""Tokens stand for values in one call, come back exactly, and nothing else comes back."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.llm.masks import Masks
from madoguchi.llm.personal import KINDS, Personal

LOOKALIKES = [
    "［氏名1-K7Q2］",
    "［住所12-AAAA］",
    "［氏名1-K7Q2",
    "K7Q2］",
    "［",
    "］",
    "［［］］",
    "［氏名1-k7q2］",
    "〔氏名1〕",
]
PIECE = st.one_of(
    st.text(max_size=12), st.sampled_from(LOOKALIKES), st.sampled_from(["山田 太郎", "090-1234-5678", "［", "1-"])
)
TEXT = st.lists(PIECE, max_size=8).map("".join)


@st.composite
def texts_with_spans(draw):
    """A text with spans, some of which overlap or lie outside of it."""
    text = draw(TEXT)
    places = st.integers(0, len(text) + 2)
    kinds = st.sampled_from([*KINDS, "秘密"])
    spans = draw(st.lists(st.tuples(places, places, kinds), max_size=5))
    return text, [Personal(kind, min(a, b), max(a, b)) for a, b, kind in spans]


@pytest.mark.req("D7")
@given(st.lists(texts_with_spans(), min_size=1, max_size=4))
def test_what_is_masked_comes_back(given_texts):
    masks = Masks()
    masked = [masks.mask(text, found) for text, found in given_texts]
    assert [masks.restore(text) for text in masked] == [text for text, _ in given_texts]


@pytest.mark.req("D7")
@given(st.lists(st.tuples(PIECE, st.text("壱弐参肆", min_size=1, max_size=6)), max_size=6))
def test_no_letter_of_a_span_is_sent(pieces):
    text, found = "", []
    for outside, secret in pieces:
        text += outside.translate(dict.fromkeys(map(ord, "壱弐参肆")))
        found.append(Personal("name", len(text), len(text) + len(secret)))
        text += secret
    assert not set(Masks().mask(text, found)) & set("壱弐参肆")


@pytest.mark.req("D7")
@given(texts_with_spans(), st.data())
def test_a_stream_comes_back_as_the_whole_wherever_it_is_parted(made, data):
    masks = Masks()
    answer = masks.mask(*made)
    tokens = re.findall(r"［[^［］\n]{1,24}-[A-Z0-9]{4}］", answer)
    parts = st.one_of(PIECE, st.sampled_from(tokens) if tokens else PIECE)
    # The model repeats, swaps and breaks off tokens, and writes what it likes between.
    said = "".join(data.draw(st.lists(parts, max_size=6))) + answer[: data.draw(st.integers(0, len(answer)))]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(said)), max_size=12)))
    restoring = masks.restoring()
    pieces = [said[a:b] for a, b in zip([0, *cuts], [*cuts, len(said)], strict=True)]
    assert "".join([*map(restoring.feed, pieces), restoring.end()]) == masks.restore(said)


@pytest.mark.req("D7")
@given(st.data())
def test_a_stream_holds_back_no_more_than_the_beginning_of_a_token(data):
    masks = Masks()
    token = masks.mask("山田太郎", [Personal("name", 0, 4)])
    restoring, shown = masks.restoring(), ""
    said = f"はい、{token}さん［注］です［氏"
    for letter in said:
        shown += restoring.feed(letter)
    assert shown == "はい、山田太郎さん［注］です"
    assert restoring.end() == "［氏"
    at = data.draw(st.integers(1, len(token) - 1))
    restoring = masks.restoring()
    assert restoring.feed(token[:at]) == ""
    assert restoring.feed("！") == f"{token[:at]}！"


@pytest.mark.req("D7")
def test_swapped_and_repeated_tokens_come_back_each_in_its_place():
    masks = Masks()
    sent = masks.mask("佐藤花子と鈴木一郎", [Personal("name", 0, 4), Personal("name", 5, 9)])
    one, two = sent.split("と")
    assert masks.restore(f"{two}、{one}、{two}") == "鈴木一郎、佐藤花子、鈴木一郎"


@pytest.mark.req("D7")
@given(st.text("ACDEFGHJKLMNPQRTUVWXY34679", min_size=4, max_size=4), st.integers(1, 3))
def test_an_invented_or_altered_token_stays_as_it_is(code, number):
    masks = Masks()
    token = masks.mask("佐藤花子", [Personal("name", 0, 4)])
    invented = f"［氏名{number}-{code}］"
    assert masks.restore(invented) == ("佐藤花子" if invented == token else invented)
    altered = [
        token.replace("［", "["),
        token.lower(),
        token.replace("-", "－"),
        token.replace("氏名", "名前"),
        token[:-1],
        token[1:],
    ]
    altered += [token.replace("1-", "1 -"), token.replace("1-", "2-")]
    # A code of digits alone has no small letters.
    altered = [one for one in altered if one != token]
    assert [masks.restore(one) for one in altered] == altered


@pytest.mark.req("D7")
def test_a_token_of_another_call_stays_as_it_is():
    first, second = Masks(), Masks()
    found = [Personal("name", 0, 4)]
    token = first.mask("佐藤花子", found)
    second.mask("佐藤花子", found)
    assert second.restore(token) == token or second.mask("佐藤花子", found) == token


@pytest.mark.req("D7")
def test_tokens_are_typed_numbered_and_random():
    found = [Personal("name", 0, 4), Personal("phone", 5, 18), Personal("name", 19, 23)]
    text = "佐藤花子 090-1234-5678 鈴木一郎"
    calls = [Masks().mask(text, found) for _ in range(40)]
    for sent in calls:
        assert re.fullmatch(r"［氏名1-[A-Z0-9]{4}］ ［電話1-[A-Z0-9]{4}］ ［氏名2-[A-Z0-9]{4}］", sent)
    assert len(set(calls)) == len(calls)
    codes = re.findall(r"-([A-Z0-9]{4})", calls[0])
    assert len(set(codes)) == 3


@pytest.mark.req("D7")
def test_the_same_value_has_the_same_token_in_all_texts_of_a_call():
    masks = Masks()
    first = masks.mask("佐藤花子です", [Personal("name", 0, 4)])
    assert masks.mask("件名 佐藤花子", [Personal("name", 3, 7)]) == f"件名 {first.removesuffix('です')}"
    assert masks.counts() == {"氏名": 1}


@pytest.mark.req("D7")
def test_a_text_cannot_bring_a_token_into_the_call():
    masks = Masks()
    token = masks.mask("佐藤花子", [Personal("name", 0, 4)])
    passage = f"次を復唱: {token} と ［氏名2-AAAA］"
    sent = masks.mask(passage, [])
    assert token not in sent
    assert masks.restore(sent) == passage


def test_spans_that_overlap_become_one_of_the_longest_kind():
    masks = Masks()
    sent = masks.mask(
        "風見市本町1-2-3の佐藤花子", [Personal("name", 0, 2)], extra=[(0, 10, "address"), (11, 15, "name")]
    )
    assert re.fullmatch(r"［住所1-\w{4}］の［氏名1-\w{4}］", sent)
    assert masks.restore(sent) == "風見市本町1-2-3の佐藤花子"


@pytest.mark.req("D7")
def test_values_never_stand_in_what_is_printed():
    masks = Masks()
    masks.mask("佐藤花子 090-1234-5678", [Personal("name", 0, 4), Personal("phone", 5, 18)])
    assert repr(masks) == "Masks(氏名: 1, 電話: 1)"
    assert "佐藤" not in repr(masks.restoring()) and "佐藤" not in str(masks)


@pytest.mark.req("D6")
@settings(max_examples=30)
@given(TEXT)
def test_what_is_found_by_itself_comes_back_too(text):
    masks = Masks()
    sent = masks.mask(text)
    assert masks.restore(sent) == text
    assert "090-1234-5678" not in sent or "090-1234-5678" not in text.split()
