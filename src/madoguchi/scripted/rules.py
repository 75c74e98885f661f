"""The default rules: what a demonstration shows without a model.

Passages with numbers are answered by a sentence of theirs with its number; a schema by JSON that fits it; a tool is
called where one must be, or where the person names it. Everything else is repeated politely.
"""

import json
import re
from collections.abc import Sequence

from madoguchi.scripted.asked import Answer, Asked, Call, Tool
from madoguchi.scripted.fitting import fitting
from madoguchi.scripted.vectors import mark

NOT_FOUND = "資料では確認できませんでした。"
# 「資料0123 [1] 題名」, the text, 「終わり0123」 (`answers.compose`).
_PASSAGE = re.compile(r"^資料([0-9a-f]+) \[(\d+)\][^\n]*\n(.*?)\n終わり\1$", re.MULTILINE | re.DOTALL)
_QUESTION = re.compile(r"^質問[:：]\s*(.+)\Z", re.MULTILINE | re.DOTALL)
_SENTENCE = re.compile(r"[^。\n]+。?")
_TOKEN = re.compile(r"［[^［］\n]{1,24}-[A-Z0-9]{4}］")
# Of a question's bigrams, so many stand in a sentence that answers it.
_LIKE = 0.2
_REPEATED_CHARACTERS = 60
# A piece is about as long as a model's.
_PIECE_CHARACTERS = 4


def rules(asked: Asked) -> Answer:
    """Return what the scripted endpoint answers unless it is told to be obedient."""
    if call := chosen_call(asked):
        return Answer(calls=(call,))
    if asked.schema is not None:
        return says(json.dumps(fitting(asked.schema, _question(asked)), ensure_ascii=False))
    if asked.messages and asked.messages[-1].role == "tool":
        return says(f"調べた結果は「{_short(asked.messages[-1].text)}」です。")
    if passages := _PASSAGE.findall(asked.ask):
        return says(_quoted(_question(asked), [(int(number), text) for _fence, number, text in passages]))
    if marks := _marks(asked.ask):
        return says(marks)
    return says(_repeated(asked))


def says(text: str) -> Answer:
    """Return a text as an answer in pieces of a model's length."""
    return Answer([text[at : at + _PIECE_CHARACTERS] for at in range(0, len(text), _PIECE_CHARACTERS)])


def chosen_call(asked: Asked) -> Call | None:
    """Return the call of a tool that must be called or that the person names; each is called once a question."""
    done = called_since_asked(asked)
    offered = [tool for tool in asked.tools if tool.name in asked.must_call] if asked.must_call else list(asked.tools)
    named = [tool for tool in offered if tool.name in asked.ask]
    left = [tool for tool in (named or offered) if tool.name not in {call.name for call in done}]
    if asked.must_call and offered:
        # The last one is what ends a run of calls.
        return _call((left or offered[-1:])[0], asked)
    return _call(left[0], asked) if named and left else None


def called_since_asked(asked: Asked) -> list[Call]:
    """Return the calls that were made since the person spoke last."""
    roles = [message.role for message in asked.messages]
    start = len(roles) - roles[::-1].index("user") if "user" in roles else 0
    return [call for message in asked.messages[start:] for call in message.calls]


def _call(tool: Tool, asked: Asked) -> Call:
    found = fitting(tool.schema, _question(asked)) if tool.schema.get("properties") else {}
    return Call(tool.name, found)


def _question(asked: Asked) -> str:
    found = _QUESTION.search(asked.ask)
    return (found[1] if found else asked.ask).strip()


def _quoted(question: str, passages: Sequence[tuple[int, str]]) -> str:
    """Return the sentence that is likest to a question, and another passage's where that is as good."""
    best = list[tuple[float, int, str]]()
    for number, text in passages:
        sentences = [found.strip() for found in _SENTENCE.findall(text) if len(found.strip()) > 1]
        likeness = [(mark(question, sentence), number, sentence) for sentence in sentences]
        best += sorted(likeness, key=lambda one: -one[0])[:1]
    best.sort(key=lambda one: -one[0])
    chosen = [one for one in best[:2] if one[0] >= max(_LIKE, best[0][0] * 0.8)]
    return "".join(f"{sentence.removesuffix('。')}[{number}]。" for _, number, sentence in chosen) or NOT_FOUND


def _marks(ask: str) -> str:
    """Return marks from 0 to 10 where a question comes with texts as JSON (`llm.rerank`)."""
    try:
        body = json.loads(ask)
        return json.dumps([round(10 * mark(body["question"], one["text"]), 1) for one in body["texts"]])
    except (ValueError, LookupError, TypeError):
        return ""


def _repeated(asked: Asked) -> str:
    question = _question(asked)
    said = f"「{_short(question)}」について承りました。" if question else "ご用件をお聞かせください。"
    # A token that stands for a name is used, so that the name is seen to come back.
    tokens = [token for token in dict.fromkeys(_TOKEN.findall(question)) if token not in said]
    if tokens:
        said += f"{'、'.join(tokens)}の件も確認します。"
    if asked.pictures:
        said += f"画像を{len(asked.pictures)}枚受け取りました。"
    return said


def _short(text: str) -> str:
    """Return the beginning of a text as one line, never inside of a token."""
    line = " ".join(text.split())
    if len(line) <= _REPEATED_CHARACTERS:
        return line
    cut = [match.start() for match in _TOKEN.finditer(line) if match.start() < _REPEATED_CHARACTERS < match.end()]
    return f"{line[: (cut or [_REPEATED_CHARACTERS])[0]]}…"
