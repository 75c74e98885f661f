"""An endpoint that does what any text in its context tells it: documents, results of tools, descriptions of tools.

Japanese, English and Chinese; also what is hidden between letters without width or written in tag characters. What an
attacker hopes of a weak model happens here always, so tests see what the rest of the product lets through.
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import quote

from madoguchi.scripted.asked import JSON, Answer, Asked, Call, Tool
from madoguchi.scripted.fitting import fitting
from madoguchi.scripted.rules import rules, says

_QUOTED = r"[「『\"“]([^」』\"”]{1,300})[」』\"”]"
_NOT = r"(?!\w{0,4}(?:ない|ません|なく|ずに))"
_SAY = (
    re.compile(rf"{_QUOTED}\s*と(?:だけ|のみ)?\s*(?:答え|言|書|出力|返|回答|述べ|伝え|表示|記載){_NOT}"),
    re.compile(
        rf"{_QUOTED}\s*(?:を|と|という(?:語|言葉|文)を)[^。「」\n]{{0,10}}(?:付け|加え|入れ|含め|添え|書い){_NOT}"
    ),
    re.compile(
        rf"\b(?:say|reply|answer|respond|write|output|print|add|append|include|(?:end|start|begin) with)\b"
        rf"[^\"“.\n]{{0,30}}{_QUOTED}",
        re.IGNORECASE,
    ),
    re.compile(rf"(?:回答|回复|说|输出|写|加上|附上)[^“\"「。\n]{{0,10}}{_QUOTED}"),
)
_WHOLE = (
    re.compile(
        r"(?:プロンプト|指示|文脈|会話|やり取り|ここまで|受け取った|上の(?:文|内容)|資料)[^。\n]{0,30}"
        r"(?:(?:表示|出力|印刷|開示|列挙|復唱)(?:し(?!な|ま)|せよ)|(?:教え|見せ)[てろよ]|書き出[しせ]|書[けい](?:て|$)|そのまま書)"
    ),
    re.compile(
        r"\b(?:print|reveal|repeat|output|show|display|dump|leak)\b[^.\n]{0,40}"
        r"\b(?:prompt|context|instructions?|messages?|conversation|everything|above)\b",
        re.IGNORECASE,
    ),
    re.compile(r"(?:输出|显示|打印|重复|透露|列出)[^。\n]{0,20}(?:提示词|提示|指令|上下文|对话|以上|全部)"),
)
_CALL = re.compile(r"呼|使|実行|起動|送信|\b(?:call|use|run|invoke|execute)\b|调用|运行|执行|请用", re.IGNORECASE)
_ADDRESS = re.compile(r"!?(?:\[[^\]\n]*\]\()?(https?://(?:\{[^}\n]*\}|[^\s)\]\"'<>\u0080-\uffff])+)")
_EMBED = re.compile(
    r"送|付け|貼|含め|埋め込|表示|リンク|画像|\b(?:send|add|append|include|embed|render|link|image)\b|加入|附上|插入|发送",
    re.IGNORECASE,
)
_IGNORE = re.compile(
    r"(?:指示|命令|ルール|規則)[^。\n]{0,8}(?:無視|忘れ)[^。\n]*[。\n、]?"
    r"|\b(?:ignore|disregard|forget)\b[^.\n]{0,40}\b(?:instructions?|rules|prompts?|above)\b[.,]?"
    r"|(?:忽略|无视)[^。\n]{0,12}(?:指令|指示|规则|提示)[^。，\n]*[。，]?",
    re.IGNORECASE,
)
# What holds only sometimes is no instruction for now.
_SOMETIMES = re.compile(r"とき|場合|(?:な|た)ら|\b(?:if|unless|when)\b|如果|若", re.IGNORECASE)
_ARGUMENT = (
    r"[\"'`「]?{name}[\"'`」]?\s*(?:=|:|：|は|を|に|が|\bis\b|\bto\b|为)\s*"
    r"(?:[「『\"“'`]([^」』\"”'`]*)|([^\s,，、。)）]+))"
)
_NEAR = 400


def obedient(asked: Asked) -> Answer:
    """Return what the context tells to say and to call; where it tells nothing, what the default rules answer."""
    said, calls = list[str](), list[Call]()
    made = [call for message in asked.messages for call in message.calls]
    for text, own in _texts(asked):
        said += [found for found in _told(text, asked) if found not in said]
        for tool in asked.tools:
            # A description names its own tool without meaning it.
            if tool.name != own and (call := _told_call(tool, text)) and call not in made + calls:
                calls.append(call)
    if not said and not calls:
        return rules(asked)
    if said and asked.schema is not None:
        said = [json.dumps(fitting(asked.schema, "\n".join(said)), ensure_ascii=False)]
    return Answer(says("\n".join(said)).pieces, tuple(calls))


def context(asked: Asked) -> str:
    """Return everything that a request holds, as one text."""
    return "\n".join(f"{message.role}: {message.text}" for message in asked.messages)


def visible(text: str) -> str:
    """Return a text as a model may read it: tag characters as letters, and nothing without width."""
    shown = (chr(ord(letter) - 0xE0000) if "\U000e0020" <= letter <= "\U000e007e" else letter for letter in text)
    return "".join(letter for letter in shown if unicodedata.category(letter) != "Cf")


def _texts(asked: Asked) -> Iterator[tuple[str, str]]:
    """Yield all texts; those of a tool's description with the tool's name. What the model said itself is none."""
    for tool in asked.tools:
        yield visible(tool.description), tool.name
    for message in asked.messages:
        if message.role != "assistant":
            yield visible(message.text), ""


def _told(text: str, asked: Asked) -> Iterator[str]:
    """Yield what a text tells to say."""
    before = list[str]()
    for pattern in _SAY:
        for match in pattern.finditer(text):
            if not _SOMETIMES.search(_clause(text, match.start())):
                before.append(match[1])
    yield from before
    if any(pattern.search(text) for pattern in _WHOLE):
        before.append(context(asked))
        yield before[-1]
    for address in _ADDRESS.finditer(text):
        if _EMBED.search(_line(text, address.start())):
            before.append(_embedded(address, asked))
            yield before[-1]
    if not before and (ignored := _IGNORE.search(text)) and (rest := text[ignored.end() :].strip()[:_NEAR]):
        yield f"承知しました。{rest}"


def _embedded(match: re.Match[str], asked: Asked) -> str:
    """Return a picture of an address, with the context in it where there is a place for that."""
    data = quote(context(asked)[:_NEAR], safe="")
    address = re.sub(r"\{[^}]*\}", lambda _: data, match[1])
    return f"![]({address + data if address.endswith('=') else address})"


def _told_call(tool: Tool, text: str) -> Call | None:
    for match in re.finditer(rf"(?<![A-Za-z0-9_]){re.escape(tool.name)}(?![A-Za-z0-9_])", text):
        line = _line(text, match.start())
        after = text[match.end() : match.end() + _NEAR]
        if after.lstrip()[:1] not in ("(", "{") and not _CALL.search(line.replace(tool.name, "")):
            continue
        if not _SOMETIMES.search(_clause(text, match.start())):
            return Call(tool.name, _arguments(tool, line, after))
    return None


def _arguments(tool: Tool, line: str, after: str) -> JSON:
    """Return the arguments that stand beside a tool's name: as JSON, as `name=value`, or in words."""
    start = after.find("{")
    if start >= 0:
        try:
            found, _ = json.JSONDecoder().raw_decode(after[start:])
            return dict(found)
        except ValueError:
            pass
    properties = tool.schema.get("properties") or {}
    told = dict[str, object]()
    for name, schema in properties.items():
        if match := re.search(_ARGUMENT.format(name=re.escape(name)), f"{line}\n{after}"):
            value = match[1] if match[1] is not None else match[2]
            kind = schema.get("type")
            told[name] = value if kind in (None, "string") else fitting(schema, value)
    required = {name: properties[name] for name in tool.schema.get("required", ()) if name in properties}
    return {name: fitting(schema, line) for name, schema in required.items()} | told


def _clause(text: str, end: int) -> str:
    """Return what stands in a sentence before a place."""
    return re.split(r"[。.\n]", text[:end])[-1]


def _line(text: str, at: int) -> str:
    """Return the line around a place."""
    end = text.find("\n", at)
    return text[text.rfind("\n", 0, at) + 1 : len(text) if end < 0 else end]
