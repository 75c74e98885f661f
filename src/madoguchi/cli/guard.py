"""`madoguchi guard TEXT`: what of a text would stop it before a model, and what would be masked."""

import argparse
import sys

from madoguchi.cli.main import Failure, print_json


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("text", metavar="TEXT", help="調べる文（- で標準入力から読む）")
    parser.add_argument("--json", action="store_true", help="JSONで出す（位置は文字数、end は含まない）")


def run(options: argparse.Namespace) -> int:
    """Print the places; they are looked for in this process and kept nowhere."""
    from madoguchi.llm.my_number import found_in
    from madoguchi.llm.personal import KINDS, find

    text = _given(options.text)
    numbers = found_in(text)
    stops = [{"kind": "my_number", "start": one.start, "end": one.end} for one in numbers if one.certain]
    asks = [{"kind": "my_number", "start": one.start, "end": one.end} for one in numbers if not one.certain]
    masks = [
        {"kind": one.kind, "start": one.start, "end": one.end}
        for one in find(text)
        if not any(number.start < one.end and one.start < number.end for number in numbers if number.certain)
    ]
    if options.json:
        print_json({"stops": stops, "asks": asks, "masks": masks})
        return 0
    for title, found in (("止めるもの", stops), ("一度確かめるもの", asks), ("伏せるもの", masks)):
        print(f"{title}: {len(found)}件")
        for one in found:
            name = KINDS.get(str(one["kind"]), "個人番号")
            print(f"  {name}  {one['start']}〜{one['end']}文字目")
    return 0


def _given(text: str) -> str:
    if text != "-":
        return text
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError:
        raise Failure("標準入力はUTF-8の文で渡してください。") from None
