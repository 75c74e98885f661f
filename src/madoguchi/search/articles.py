"""Articles of an office's law: 「手数料条例第3条の2」 in a question, and the passage whose heading is that article."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from madoguchi import eras
from madoguchi.letters import folded
from madoguchi.search import tokens

_NUMBER = "[0-9〇一二三四五六七八九十百千]+"
_ARTICLE = re.compile(rf"第({_NUMBER})条((?:の{_NUMBER})*)(?!例)")
_KINDS = "条例|規則|要綱|要領|規程|規定|内規|訓令|法|令"
# 手数料条例第3条, 手数料条例の第3条, 手数料条例（平成12年条例第3号）第3条.
_LAW_BEFORE = re.compile(rf"([^\W_]*?({_KINDS}))(?:[(][^()]*[)])?[\s」』\"の]*$")
# Letters of a title that must agree besides 条例: of 「税条例」 one is all there is.
_LEAST = 1
# How far before an article its law is looked for.
LAW_CHARACTERS = 100
# What a law's name in a title begins after: the office's name, 職員の. 使用料条例 is not found in 手数料条例.
_BEGINS = r"(?:^|(?<=[\W_市町村区県都府道の]))"


@dataclass(frozen=True)
class Article:
    """An article that a question names: (3, 2) is 第3条の2. `law` is what stands before it, up to 条例; or empty."""

    numbers: tuple[int, ...]
    law: str = ""
    kind: str = ""

    @property
    def run(self) -> str:
        """Return the beginning of the article as the index writes it in bigrams."""
        return " ".join(tokens.bigrams(f"第{self.numbers[0]}条"))

    def is_heading(self, heading: Sequence[str]) -> bool:
        """Return whether a passage under these headings (outermost first) is this article."""
        found = _ARTICLE.match(folded(heading[-1]).strip()) if heading else None
        return found is not None and _numbers(found) == self.numbers

    def agreement(self, title: str) -> int:
        """Return how many letters of the law's name a title ends its name with; 0 for another law's.

        A question may run on before the name (「教えて手数料条例第3条」), and a title may begin with the office's.
        """
        plain = folded(title)
        for start in range(len(self.law) - len(self.kind) - _LEAST + 1):
            name = self.law[start:]
            # 手数料条例施行規則 and 手数料条例の手引き are others than 手数料条例.
            if re.search(rf"{_BEGINS}{re.escape(name)}(?![^\W_])", plain):
                return len(name)
        return 0


def asked_for(question: str) -> Article | None:
    """Return the article that a question names first; None when it names none."""
    plain = folded(question)
    found = _ARTICLE.search(plain)
    if found is None:
        return None
    law = _LAW_BEFORE.search(plain[max(0, found.start() - LAW_CHARACTERS) : found.start()])
    return Article(_numbers(found), law[1], law[2]) if law else Article(_numbers(found))


def _numbers(found: re.Match[str]) -> tuple[int, ...]:
    return tuple(eras.numeral(number) for number in (found[1], *found[2].split("の")[1:]))
