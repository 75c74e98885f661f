"""Broken files of every format, read as uploads are: none may hang, take the parent down, or end without a word.

`python -m bench.fuzz [--files 5000] [--seed 1]`. Each file is a good one with bytes flipped, cut, doubled, swapped or
blown up; of an Office file also inside its parts, packed again, so that the damage gets past the archive. What comes
must be a reading or a Japanese sentence, within the limits. Files are named by seed and number: the same come again.
"""

import argparse
import io
import os
import random
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

MOST_BYTES = 300_000
WALL_SECONDS = 60


@dataclass
class Outcome:
    """What came of the files of one format."""

    endings: Counter[str] = field(default_factory=Counter)
    slowest_seconds: float = 0.0
    # Files that ended as none may: name and how.
    wrong: list[str] = field(default_factory=list)


def seeds() -> dict[str, list[bytes]]:
    """Return good files by suffix: those of the sample city that are small, and one made of each other format."""
    from madoguchi.sample_city.load import CITY

    found: dict[str, list[bytes]] = {}
    for path in sorted(Path(str(CITY.joinpath("files"))).rglob("*")):
        if path.is_file() and path.stat().st_size <= MOST_BYTES and len(found.get(path.suffix[1:], [])) < 4:
            found.setdefault(path.suffix[1:], []).append(path.read_bytes())
    found |= {suffix: [content] for suffix, content in made(found).items()}
    return found


def made(found: dict[str, list[bytes]]) -> dict[str, bytes]:
    """Return a file of each format that the city does not have."""
    from PIL import Image, ImageDraw
    from tests.readers.lh5_encoder import archive
    from tests.readers.ole_writer import ole
    from tests.readers.sheet_files import number, ods, row, word, xls, xlsb
    from tests.readers.tnef_writer import attachment, tnef

    picture = Image.new("L", (400, 120), 255)
    ImageDraw.Draw(picture).text((20, 40), "No. 12345", fill=0)
    pictures = {}
    for suffix, kind in (("png", "PNG"), ("jpg", "JPEG"), ("tif", "TIFF"), ("gif", "GIF"), ("bmp", "BMP")):
        buffer = io.BytesIO()
        picture.save(buffer, kind)
        pictures[suffix] = buffer.getvalue()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as writer:
        writer.writestr("通知/案内.txt", "令和8年度の粗大ごみの手数料について。")
        writer.writestr("様式.docx", found["docx"][0])
    body = b"SsmgV.01" + bytes(8) + b"\x00\x1f" + "風見市手数料条例".encode("utf-16-be") + b"\x00\x1c"
    document = ole({"DocumentText": body})
    return pictures | {
        "zip": packed.getvalue(),
        "jtd": document,
        "jtdc": ole({"JSCompDocument": b"JustCompressedDocument".ljust(38, b"\x00") + archive(document)}),
        "msg": ole({"__properties_version1.0": bytes(32), **_texts("__substg1.0_0037001F", "__substg1.0_1000001F")}),
        "dat": tnef(
            attachment("様式.docx", found["docx"][0][:4000]), body="粗大ごみの手数料について。", subject="通知"
        ),
        "ics": "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:庁議\r\nDTSTART:20260401T100000\r\nEND:VEVENT\r\n".encode(),
        "xls": xls({"手数料": (0, word(0, 0, "区分") + word(0, 1, "額") + word(1, 0, "一般") + number(1, 1, 300, 1))}),
        "xlsb": xlsb({"手数料": (0, {(0, 0): "区分", (0, 1): "額", (1, 0): "一般", (1, 1): 300.0}, [(0, 0, 0, 1)])}),
        "ods": ods(f'<table:table table:name="手数料">{row("区分", "額")}{row("一般", 300)}</table:table>'),
        "tsv": "区分\t金額\n一般\t1,234\n".encode("cp932"),
    }


def _texts(*names: str) -> dict[str, bytes]:
    return {name: "粗大ごみの手数料について。".encode("utf-16-le") for name in names}


def flip(content: bytes, chance: random.Random) -> bytes:
    """Change some bytes."""
    data = bytearray(content)
    for _ in range(chance.choice((1, 4, 32))):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


def cut(content: bytes, chance: random.Random) -> bytes:
    """Leave the end, the beginning or a piece of the middle out."""
    start, end = sorted(chance.randrange(len(content) + 1) for _ in range(2))
    return chance.choice((content[:end], content[start:], content[:start] + content[end:])) or b"\x00"


def double(content: bytes, chance: random.Random) -> bytes:
    """Say a piece again, once or a thousand times."""
    start = chance.randrange(len(content))
    piece = content[start : start + chance.choice((4, 64, 1024))]
    return content[:start] + piece * chance.choice((2, 50, 1000)) + content[start:]


def swap(content: bytes, chance: random.Random) -> bytes:
    """Put a piece elsewhere."""
    start, end, to = (chance.randrange(len(content)) for _ in range(3))
    piece = content[min(start, end) : max(start, end)][:4096]
    return content[:to] + piece + content[to:]


def numbers(content: bytes, chance: random.Random) -> bytes:
    """Put a length or an offset that cannot be where four bytes stand."""
    at = chance.randrange(max(1, len(content) - 4))
    value = chance.choice((b"\xff\xff\xff\xff", b"\x00\x00\x00\x80", b"\x00" * 4, b"9999", b"-1 0"))
    return content[:at] + value + content[at + 4 :]


MUTATIONS: tuple[Callable[[bytes, random.Random], bytes], ...] = (flip, cut, double, swap, numbers)


def inside(content: bytes, chance: random.Random) -> bytes:
    """Damage a part of a ZIP and pack it again."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as source:
            parts = {name: source.read(name) for name in source.namelist()}
    except (zipfile.BadZipFile, OSError, ValueError):
        return flip(content, chance)
    name = chance.choice([name for name in parts if parts[name]])
    parts[name] = chance.choice(MUTATIONS)(parts[name], chance)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as writer:
        for each, data in parts.items():
            writer.writestr(each, data)
    return target.getvalue()


def files(count: int, seed: int) -> Iterator[tuple[str, str, bytes]]:
    """Yield (name, suffix, content), every format as often as the others."""
    good = seeds()
    suffixes = sorted(good)
    for number in range(count):
        chance = random.Random(f"{seed}-{number}")
        suffix = suffixes[number % len(suffixes)]
        content = chance.choice(good[suffix])
        packed = content.startswith(b"PK") and chance.random() < 0.7
        for _ in range(chance.choice((1, 1, 2))):
            content = inside(content, chance) if packed else chance.choice(MUTATIONS)(content, chance)
        yield f"{seed}-{number}.{suffix}", suffix, content


def read(folder: Path, name: str, content: bytes) -> tuple[str, float]:
    """Read one file as an upload is read; return how it ended and the seconds it took."""
    from madoguchi.readers.blocks import Unreadable, Unsupported
    from madoguchi.readers.read import read_file

    path = folder / name
    path.write_bytes(content)
    start = time.monotonic()
    try:
        read_file(path, name)
        ending = "read"
    except Unsupported as failure:
        ending = "unsupported" if "。" in str(failure) else f"wrong: {failure!r}"
    except Unreadable as failure:
        ending = "unreadable" if "。" in str(failure) else f"wrong: {failure!r}"
    except Exception as failure:
        ending = f"wrong: {type(failure).__name__}: {failure}"
    finally:
        path.unlink()
    return ending, time.monotonic() - start


def run(count: int, seed: int) -> dict[str, Outcome]:
    """Read so many files on all cores; return what came of each format."""
    outcomes: dict[str, Outcome] = {}
    with tempfile.TemporaryDirectory(prefix="madoguchi-fuzz-") as place, ThreadPoolExecutor(os.cpu_count()) as pool:
        every = list(files(count, seed))
        ended = pool.map(lambda one: read(Path(place), one[0], one[2]), every)
        for (name, suffix, _), (ending, seconds) in zip(every, ended, strict=True):
            outcome = outcomes.setdefault(suffix, Outcome())
            outcome.endings[ending.split(":")[0]] += 1
            outcome.slowest_seconds = max(outcome.slowest_seconds, seconds)
            if ending.startswith("wrong") or seconds > WALL_SECONDS + 10:
                outcome.wrong.append(f"{name} {ending} {seconds:.1f} s")
    return outcomes


def main() -> int:
    """Run and print; exit 1 when one ended as none may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madoguchi.conf.settings")
    os.environ["MADOGUCHI_READER_WALL_SECONDS"] = str(WALL_SECONDS)
    import django

    django.setup()
    from bench.machine import machine

    print(machine())
    outcomes = run(options.files, options.seed)
    for suffix, outcome in outcomes.items():
        said = "  ".join(f"{ending} {number}" for ending, number in sorted(outcome.endings.items()))
        print(f"{suffix:<6} {said}  slowest {outcome.slowest_seconds:.1f} s")
    wrong = [line for outcome in outcomes.values() for line in outcome.wrong]
    print(*wrong, sep="\n")
    print(f"{options.files} files, {len(wrong)} ended as none may")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
