"""`madoguchi read FILE`: what a reader makes of a file."""

import argparse
import sys
from getpass import getpass
from pathlib import Path

import django

from madoguchi.cli.main import Failure, print_json


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("file", type=Path, help="読み取るファイル")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="JSONで出す")
    parser.add_argument("--password", action="store_true", help="パスワードを尋ねて読み取る（どこにも残さない）")
    shape.add_argument("--markdown", action="store_true", help="Markdownで出す（既定）")


def run(options: argparse.Namespace) -> int:
    """Print the blocks; `Failure` with the reader's message when the file cannot be read."""
    django.setup()
    from madoguchi.readers.blocks import Unreadable
    from madoguchi.readers.markdown_out import markdown
    from madoguchi.readers.read import read_file

    path: Path = options.file
    if not path.is_file():
        raise Failure(f"ファイルがありません: {path}")
    try:
        reading = read_file(path, path.name, getpass("パスワード: ") if options.password else "")
    except Unreadable as problem:
        raise Failure(f"{path.name}: {problem}") from None
    except OSError as error:
        raise Failure(f"{path.name}: 開けません（{error.strerror}）。") from None
    if options.json:
        print_json(reading.to_json() | {"pages": len(reading.pages)})
        return 0
    sys.stdout.write(markdown(reading))
    if reading.notice:
        print(reading.notice, file=sys.stderr)
    return 0
