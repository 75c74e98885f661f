"""Text of documents and models becomes markup that shows and never acts."""

import re

import lxml.html
import pytest

from madoguchi.web.sanitise import ATTRIBUTES, OWN_PATH, TAGS, clean_html, html_of_markdown
from tests.web.corpus import EXFILTRATION, SCRIPTS

# nh3 marks every link that stays.
ALLOWED = {tag: names | {"rel"} if tag == "a" else names for tag, names in ATTRIBUTES.items()}


def active_parts(html: str) -> list[str]:
    """What in a piece of HTML could act: elements, attributes and addresses beyond the allowed ones."""
    html = re.sub(r"[^\t\n -\U0010ffff]", "", html)  # lxml takes no control characters
    if not html.strip():
        return []
    found = []
    for element in lxml.html.fragment_fromstring(html, create_parent="div").iter():
        if not isinstance(element.tag, str) or element.tag not in TAGS:
            found.append(str(element.tag))
            continue
        for name, value in element.attrib.items():
            if name not in ALLOWED.get(element.tag, set()) or (name == "href" and not OWN_PATH.fullmatch(value)):
                found.append(f"{element.tag} {name}={value}")
    return found


@pytest.mark.req("G1")
@pytest.mark.parametrize("make", [html_of_markdown, clean_html])
def test_nothing_active_is_left_wherever_an_attack_is_cut(make):
    for attack in SCRIPTS + EXFILTRATION:
        for end in range(1, len(attack) + 1):
            assert active_parts(make(attack[:end])) == [], (attack, end)


@pytest.mark.req("G1")
def test_nothing_active_is_left_when_two_attacks_meet():
    for first in SCRIPTS:
        for second in SCRIPTS[::7]:
            assert active_parts(html_of_markdown(first[: len(first) // 2] + second)) == []
            assert active_parts(clean_html(first[: len(first) // 2] + second)) == []


@pytest.mark.req("G3")
@pytest.mark.parametrize(
    "address",
    [
        "http://evil.example/",
        "https://evil.example/x",
        "//evil.example",
        "mailto:a@evil.example",
        "evil.html",
    ],
)
def test_a_link_to_another_host_is_shown_as_its_words_alone(address):
    html = html_of_markdown(f"[開く]({address})")
    assert "href" not in html
    assert "開く" in html


def test_a_link_into_this_product_stays():
    html = html_of_markdown("[12ページ](/library/documents/1?page=12#p3)")
    assert 'href="/library/documents/1?page=12#p3"' in html


def test_html_in_markdown_is_shown_as_it_was_written():
    assert "&lt;b&gt;太字&lt;/b&gt;" in html_of_markdown("<b>太字</b>")


def test_tables_lists_headings_and_emphasis_come_through():
    html = html_of_markdown("# 見出し\n\n- **項目**\n\n| 年度 | 額 |\n| - | - |\n| 6 | 10 |\n")
    for part in ("<h1>見出し</h1>", "<li><strong>項目</strong></li>", "<th>年度</th>", "<td>10</td>"):
        assert part in html


def test_ruby_and_spanned_cells_of_a_document_come_through():
    html = clean_html("<ruby>窓口<rt>まどぐち</rt></ruby><table><tr><td colspan=2 rowspan=99999>x</td></tr></table>")
    assert "<ruby>窓口<rt>まどぐち</rt></ruby>" in html
    assert 'colspan="2"' in html
    assert "rowspan" not in html


def test_deep_nesting_is_answered():
    assert html_of_markdown("> " * 5000 + "x")
    assert clean_html("<div>" * 5000 + "x") is not None
