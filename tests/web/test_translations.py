"""Every text of the screens has an English one, and what is compiled is what is written."""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation import override
from django.utils.translation.template import templatize

import madoguchi

SOURCE = Path(madoguchi.__file__).parent
CATALOGUE = SOURCE / "web" / "locale" / "en" / "LC_MESSAGES" / "django.po"
MARKS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext"}
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sd]")


def written() -> dict[str, list[str]]:
    """The catalogue as written: {msgid: [translations]}."""
    found: dict[str, list[str]] = {}
    for block in re.split(r"\n\s*\n", CATALOGUE.read_text()):
        fields: dict[str, str] = {}
        current = ""
        for line in block.splitlines():
            if match := re.match(r'(msgid_plural|msgid|msgstr(?:\[\d\])?) (".*")$', line):
                current = match[1]
                fields[current] = ast.literal_eval(match[2])
            elif line.startswith('"') and current:
                fields[current] += ast.literal_eval(line)
        if fields.get("msgid"):
            fuzzy = re.search(r"^#,.*fuzzy", block, re.MULTILINE)
            found[fields["msgid"]] = [
                "" if fuzzy else value for name, value in fields.items() if name.startswith("msgstr")
            ]
    return found


def in_python(source: str) -> Iterator[str]:
    """The texts marked in Python source."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in MARKS and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
                yield node.args[0].value


def in_template(source: str) -> Iterator[str]:
    """The texts marked in a template, as Django hands them to gettext."""
    python = templatize(source)
    for match in re.finditer(r"\b(?:_|n?gettext)\(", python):
        rest = python[match.end() :]
        literal = re.match(r"""u?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""", rest, re.DOTALL)
        if literal:
            yield ast.literal_eval(literal[1].replace("\n", "\\n"))


def texts() -> Iterator[tuple[Path, str]]:
    for path in SOURCE.rglob("*.py"):
        if "migrations" not in path.parts and "sample_city" not in path.parts:
            for text in in_python(path.read_text()):
                yield path, text
    for path in SOURCE.glob("*/templates/**/*.html"):
        for text in in_template(path.read_text()):
            yield path, text


def test_every_text_of_the_screens_has_an_english_one():
    known = written()
    lacking = {f"{path.relative_to(SOURCE)}: {text}" for path, text in texts() if not all(known.get(text, [""]))}
    assert not lacking, "run tools/messages.py and write these"
    assert len(known) > 600


def test_a_translation_has_the_same_variables():
    for text, translations in written().items():
        for translation in translations:
            assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(translation)), text


def test_a_translation_is_english():
    # Names of things of the office stay as they are written there.
    names = re.compile("令和8年度|〇〇市|福祉部/高齢福祉課|総務部/人事課:主査|主事|係長|課長|部長")
    for text, translations in written().items():
        for translation in translations:
            assert not re.search("[ぁ-んァ-ヶ一-龠]", names.sub("", translation)), text


def test_what_is_compiled_is_what_is_written():
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert compiled.charset() == "UTF-8"
    for text, translations in written().items():
        assert compiled.gettext(text) == translations[0] or len(translations) > 1
        if len(translations) > 1:
            assert [compiled.ngettext(text, text, n) for n in (1, 2)] == translations


@pytest.mark.django_db
def test_a_page_speaks_english_to_whom_chose_it(make_user, signed_in):
    client = signed_in(make_user("sato", language="en"))
    # The language of a request stays in its thread; the tests after this one speak Japanese.
    with override("ja"):
        html = client.get("/").content.decode()
    assert '<html lang="en"' in html
    assert "What would you like to know?" in html
    assert "何をお調べですか" not in html
