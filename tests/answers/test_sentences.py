"""Sentences and citations come out of a stream the same, however it is cut."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.answers.sentences import Sentence, Splitter, cited, sentences
from tests.soak import size

TEXT = "手数料は300円です[1]。郵送は「切手を貼る。」とあります。[2][9] 次に［１、３］続く。\n- 箇条[1-3]\n最後【2】"
WANTED = [
    Sentence("手数料は300円です。", (1,)),
    Sentence("郵送は「切手を貼る。」とあります。", (2,)),
    Sentence("次に続く。", (1, 3)),
    Sentence("箇条", (1, 2, 3)),
    Sentence("最後", (2,)),
]


def split(pieces, known=(1, 2, 3)):
    splitter = Splitter(frozenset(known))
    found = [sentence for piece in pieces for sentence in splitter.feed(piece)]
    return found + splitter.close()


@settings(max_examples=size(100, 4000), deadline=None)
@given(st.lists(st.integers(0, len(TEXT)), max_size=30))
def test_the_cuts_of_a_stream_do_not_matter(cuts):
    places = [0, *sorted(cuts), len(TEXT)]
    assert split([TEXT[a:b] for a, b in pairwise(places)]) == WANTED


@settings(max_examples=size(100, 4000), deadline=None)
@given(st.text(alphabet="あ。[]12［】「」\n -,", max_size=60), st.lists(st.integers(0, 60), max_size=10))
def test_any_text_gives_the_same_sentences_in_any_pieces(text, cuts):
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    assert split([text[a:b] for a, b in pairwise(places)]) == split([text])


@pytest.mark.parametrize("mark", ["[7]", "[0]", "[99]", "[7,8]", "[7-9]"])
def test_an_invented_number_is_dropped(mark):
    assert cited(f"そうです{mark}。", frozenset({1, 2})) == ("そうです。", ())


def test_a_bracket_that_is_no_citation_stays():
    assert split(["次です。 [重要]な点です。"]) == [Sentence("次です。", ()), Sentence("[重要]な点です。", ())]


def test_finished_text_is_cut_at_its_sentences():
    assert sentences("窓口は1階です。電話もできます。") == ["窓口は1階です。", "電話もできます。"]
