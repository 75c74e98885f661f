"""Whatever a model writes becomes a file and a page."""

import io
import json

import docx
from django.utils import timezone
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.chat import out
from madoguchi.chat.models import Conversation, Turn
from madoguchi.chat.show import blocks_of, html_of

PIECE = st.one_of(
    st.sampled_from(
        ["# ", "## ", "- ", "  - ", "1. ", "3) ", "> ", "```\n", "**", "*", "~~", "`", "\n", "\n\n", "---\n"]
    ),
    st.sampled_from(["| a | b |\n|---|---|\n| c |", "本文です。", "[1]", "[x](/chat/)", "<b>", "&amp;", "\\|", "  \n"]),
    st.sampled_from(["\x00", "\x0b", "\ufffe"]),
)
TEXT = st.lists(st.one_of(PIECE, st.text(max_size=8)), max_size=25).map("".join)


def answer(text: str) -> Turn:
    return Turn(conversation=Conversation(title="題\x01"), role="assistant", text=text, model="m", at=timezone.now())


@settings(max_examples=150, deadline=None)
@given(TEXT)
def test_every_text_becomes_a_word_file_that_opens_and_blocks_for_the_page(text):
    made = docx.Document(io.BytesIO(out.word(answer(text))))
    assert "AIによる下書き" in made.paragraphs[0].text
    json.dumps(blocks_of(html_of(text, {1})))


def test_each_numbered_list_counts_from_its_own_beginning():
    made = docx.Document(io.BytesIO(out.word(answer("1. 一\n2. 二\n\n本文\n\n5. 五\n6. 六\n"))))
    body = made.element.body
    numbers = [int(str(one.get(qn("w:val")))) for item in body.iter(qn("w:numPr")) for one in item.iter(qn("w:numId"))]
    assert len(numbers) == 4 and numbers[0] == numbers[1] != numbers[2] == numbers[3]
    starts = {
        int(str(num.get(qn("w:numId")))): [one.get(qn("w:val")) for one in num.iter(qn("w:startOverride"))]
        for num in made.part.numbering_part.element.iter(qn("w:num"))
    }
    assert (starts[numbers[0]], starts[numbers[2]]) == (["1"], ["5"])
