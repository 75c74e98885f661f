"""`madoguchi licences`: every installed package of this environment with its version and licence."""

import argparse
import re
import sys
from importlib.metadata import Distribution, distributions
from typing import Any

from madoguchi.cli.main import print_json

# Licences that may not stand in the import path; LGPL and MPL may, being linked and unchanged.
REFUSED = re.compile(r"AGPL|SSPL|(?<!L)GPL|GNU (Affero )?General Public", re.IGNORECASE)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true")


def licence_of(distribution: Distribution) -> str:
    """Return what a package says of its licence: the SPDX expression, else its classifiers, else its free text."""
    # An e-mail message at run time, whose type does not say so before Python 3.12.
    metadata: Any = distribution.metadata
    expression = metadata.get("License-Expression")
    if expression:
        return str(expression)
    classifiers = [
        line.rsplit(" :: ", 1)[-1]
        for line in metadata.get_all("Classifier") or []
        if line.startswith("License ::") and not line.endswith("OSI Approved")
    ]
    if classifiers:
        return " / ".join(classifiers)
    text = str(metadata.get("License") or "").strip()
    return text.splitlines()[0][:80] if text else "不明"


def licences() -> list[dict[str, str]]:
    """Return name, version and licence of each installed package, by name."""
    rows = {
        distribution.metadata["Name"].lower(): {
            "name": distribution.metadata["Name"],
            "version": distribution.version,
            "licence": licence_of(distribution),
        }
        for distribution in distributions()
    }
    return [rows[name] for name in sorted(rows)]


def run(options: argparse.Namespace) -> int:
    """Print the list; exit 1 when a licence that is refused is among them."""
    rows = licences()
    refused = [row for row in rows if REFUSED.search(row["licence"])]
    if options.json:
        print_json({"packages": rows, "refused": refused})
    else:
        for row in rows:
            print(f"{row['name']:<32}{row['version']:<16}{row['licence']}")
    for row in refused:
        print(f"認められないライセンスです: {row['name']} {row['licence']}", file=sys.stderr)
    return 1 if refused else 0
