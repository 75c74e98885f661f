"""Questions with a word misspelt: `python -m bench.spelling DIR [--weights .2 .35 .5 .7 1]` over a BEIR folder.

In each question that names something of the list of synonyms, that name is written in kana, or with one letter missing,
twice or other (by a seed). Printed are nDCG@10 and R@10 of the questions as they are, misspelt without help, and
misspelt with what is meant brought in at each weight; even questions to fit by, odd ones to report.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

DEPTHS = (10,)


def main(folder: Path, weights: Sequence[float], seed: int) -> int:
    """Measure and print a table for each kind of mistake."""
    from bench.search_scale import set_up

    set_up()
    from madoguchi.search import evaluate
    from madoguchi.search.lance import LanceIndex

    collection = evaluate.collection_of(folder)
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="madoguchi-bench-") as place:
        index = LanceIndex(Path(place))
        evaluate.fill(index, collection)
        for kind, wrong in (("kana", in_kana), ("one letter", with_a_letter_wrong)):
            spelt = {key: wrong(text, chance) for key, text in collection.questions.items()}
            asked = [key for key in collection.grades if spelt.get(key)]
            for name, keys in (("to fit", asked[::2]), ("to report", asked[1::2])):
                print(f"{kind}, {name}: {len(keys)} questions")
                for said, figures in rows(index, collection, keys, spelt, weights):
                    print(f"  {said:24} nDCG@10 {figures['ndcg@10']:.3f}  R@10 {figures['recall@10']:.3f}")
    return 0


def rows(
    index: Any, collection: Any, keys: Sequence[str], spelt: dict[str, str], weights: Sequence[float]
) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield (what is asked, figures)."""
    from madoguchi.search import evaluate, ranking
    from madoguchi.search.question import question_of

    def measured(question_for: Callable[[str], Any]) -> dict[str, float]:
        found = evaluate.Measured()
        for key in keys:
            ranked = ranking.rank(index, evaluate.OPEN, question_for(key), evaluate.ROWS)
            found.add(evaluate.documents_of(ranked), collection.grades[key], DEPTHS)
        return found.to_json()

    def plain(text: str) -> Any:
        # Without synonyms: what they bring is another weight.
        return question_of(text, groups=())

    def helped(key: str, weight: float) -> Any:
        question = question_of(spelt[key])
        brought = tuple(one for one in question.brought if any(set(one.words) & set(m.words) for m in question.meant))
        return replace(question, brought=tuple(replace(one, weight=weight) for one in brought))

    yield "as it is", measured(lambda key: plain(collection.questions[key]))
    yield "misspelt, no help", measured(lambda key: plain(spelt[key]))
    for weight in weights:
        yield f"misspelt, weight {weight}", measured(partial(helped, weight=weight))


def names_in(text: str) -> list[str]:
    """Return names of things of the list that a text writes, the longest first."""
    from madoguchi.search import spelling, synonyms, tokens

    words = spelling._table(synonyms.shipped()).known
    plain = tokens.normalised(text)
    return sorted((word for word in words if len(word) >= spelling.SHORTEST_WORD and word in plain), key=len)[::-1]


def in_kana(text: str, _: random.Random) -> str:
    """Return a text with a name of it in kana; empty when it has none."""
    from madoguchi.search import tokens

    for word in names_in(text):
        reading = "".join(piece.reading for piece in tokens.pieces(word))
        if reading and reading != word:
            return tokens.normalised(text).replace(word, hiragana(reading))
    return ""


def with_a_letter_wrong(text: str, chance: random.Random) -> str:
    """Return a text with a letter of a name missing, twice, or one that reads alike; empty when it has none."""
    from madoguchi.search import tokens

    for word in names_in(text):
        at = chance.randrange(1, len(word) - 1)
        mistakes = [word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:]]
        if other := homophones().get(word[at]):
            mistakes.append(word[:at] + chance.choice(other) + word[at + 1 :])
        return tokens.normalised(text).replace(word, chance.choice(mistakes))
    return ""


@cache
def homophones() -> dict[str, list[str]]:
    """Return for each kanji of the list the others that read alike."""
    from madoguchi.search import spelling, synonyms

    letters = {
        letter for word in spelling._table(synonyms.shipped()).known for letter in word if "一" <= letter <= "鿿"
    }
    by_sound: dict[str, list[str]] = {}
    for letter in sorted(letters):
        by_sound.setdefault(spelling._sound(letter), []).append(letter)
    return {letter: [other for other in alike if other != letter] for alike in by_sound.values() for letter in alike}


def hiragana(text: str) -> str:
    """Return katakana as hiragana."""
    return "".join(chr(ord(letter) - 0x60) if "ァ" <= letter <= "ヶ" else letter for letter in text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--weights", type=float, nargs="+", default=[0.2, 0.35, 0.5, 0.7, 1.0])
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sys.exit(main(options.folder, options.weights, options.seed))
