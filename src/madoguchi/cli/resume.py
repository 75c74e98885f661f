"""`madoguchi resume all|endpoint NAME|app NAME|desk NAME`: let go on what a stop button had stopped."""

import argparse

from madoguchi.cli.main import Failure
from madoguchi.cli.start import office
from madoguchi.cli.stop import WHATS, named, which


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    which(parser, WHATS)


def run(options: argparse.Namespace) -> int:
    """Lift a button, on the record."""
    from madoguchi.llm import stops

    tenant = office()
    what, key = named(tenant, options)
    if not stops.lift(tenant, what, key, "operator"):
        raise Failure("止めていません。「madoguchi stop list」で、止めているものを確認してください。")
    print("再開しました。")
    return 0
