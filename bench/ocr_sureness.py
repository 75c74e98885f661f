"""Whether what is marked as doubtful on a scan is what is wrong: `python -m bench.ocr_sureness [--pages 6] [--tuning]`.

The pages of `bench/ocr.py`; a block is wrong when one of its characters is, or one is missing beside it. Told at the
threshold below which the screens mark a block (READER_LOW_CONFIDENCE_PERCENT).
"""

import argparse
import os
from difflib import SequenceMatcher

os.environ.setdefault("OMP_THREAD_LIMIT", "1")

import numpy as np

from bench import ocr as bench
from bench.machine import machine
from madoguchi.readers import ocr
from madoguchi.readers.limits import Limits

THRESHOLD = 0.7
KINDS = ("horizontal 300", "vertical 300", "noisy askew 150", "pdf 150")


def wrong_blocks(truth: str, blocks: list[str]) -> list[bool]:
    """Return of each block, in the order of the page, whether it differs from the truth."""
    owner = [number for number, block in enumerate(blocks) for _ in block]
    wrong = [False] * len(blocks)
    matcher = SequenceMatcher(None, truth, "".join(blocks), autojunk=False)
    for said, _, _, start, end in matcher.get_opcodes():
        if said != "equal" and owner:
            for at in range(start, end) if end > start else (max(0, start - 1),):
                wrong[owner[at]] = True
    return wrong


def main() -> None:
    """Print how many blocks are wrong, how many are marked, and how many are both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=6, help="pages of each kind")
    parser.add_argument("--tuning", action="store_true", help="the documents the marks were tuned on")
    options = parser.parse_args()
    print(machine())
    for kind in KINDS:
        every = wrong = marked = both = 0
        for image, text, dpi in bench.pages(kind, options.pages, 0 if options.tuning else 1):
            pixels = np.asarray(image)
            blocks, _ = ocr.read_page(pixels.tobytes(), image.width, image.height, dpi, 1, Limits())
            bad = wrong_blocks(bench.plain(text), [bench.plain(block.text) for block in blocks])
            doubted = [(block.confidence or 0.0) < THRESHOLD for block in blocks]
            every, wrong, marked = every + len(blocks), wrong + sum(bad), marked + sum(doubted)
            both += sum(one and other for one, other in zip(bad, doubted, strict=True))
        shares = (both / max(1, marked), both / max(1, wrong), (marked - both) / max(1, every - wrong))
        print(
            f"{kind:16} {every} blocks, {wrong} wrong, {marked} marked; "
            "wrong of the marked {:.0%}, marked of the wrong {:.0%}, marked of the right {:.0%}".format(*shares)
        )


if __name__ == "__main__":
    main()
