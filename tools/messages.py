"""Collect every text of the screens into the English catalogue and compile it: `python tools/messages.py`.

Prints the texts that lack a translation: write them into the .po file and run it again. Needs Debian's gettext.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "madoguchi"
CATALOGUE = SOURCE / "web" / "locale" / "en" / "LC_MESSAGES" / "django.po"


def main() -> int:
    """Collect, compile, and say what lacks; 1 when something does."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "MADOGUCHI_HOME": home, "DJANGO_SETTINGS_MODULE": "madoguchi.conf.settings"}
        options = ["-l", "en", "--no-location", "--no-wrap", "--no-obsolete"]
        collect = [sys.executable, "-m", "django", "makemessages", *options]
        subprocess.run(collect, cwd=SOURCE, env=environment, check=True)
    # The hour of collecting would make every run a change.
    CATALOGUE.write_text(re.sub(r'"POT-Creation-Date: .*\n', "", CATALOGUE.read_text()))
    subprocess.run(["msgfmt", "--check-format", "-o", CATALOGUE.with_suffix(".mo"), CATALOGUE], check=True)
    for options in (["--untranslated"], ["--only-fuzzy"]):
        found = subprocess.run(
            ["msgattrib", *options, "--no-wrap", CATALOGUE], capture_output=True, text=True, check=True
        )
        lacking = re.findall(r'^msgid "(.+)"$', found.stdout, re.MULTILINE)
        print("\n".join(lacking))
        if lacking:
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
