"""Without any policy of the page to help: cleaned text loads nothing and runs nothing in a real browser."""

import pytest

from madoguchi.web.sanitise import ATTRIBUTES, TAGS, clean_html, html_of_markdown
from tests.web.corpus import EXFILTRATION, SCRIPTS

pytestmark = pytest.mark.browser
MAKERS = (html_of_markdown, clean_html)
ALERTED = "window.alert = (...said) => { window.__said = said.length; };"
ODD = """
([pieces, tags, attributes]) => pieces.flatMap((piece) => {
  const room = document.createElement("div");
  room.innerHTML = piece;
  return [...room.querySelectorAll("*")].flatMap((element) => {
    const name = element.localName;
    if (element.namespaceURI !== "http://www.w3.org/1999/xhtml" || !tags.includes(name)) return [`${name} in ${piece}`];
    return [...element.attributes]
      .filter((each) => !(attributes[name] ?? []).includes(each.name) && each.name !== "rel")
      .map((each) => `${each.name} in ${piece}`)
      .concat(element.href && new URL(element.href).host !== location.host ? [`${element.href} in ${piece}`] : []);
  });
})
"""


@pytest.fixture
def bare(chromium):
    """A page without any policy, on a host of its own; what it asks for is written down and goes nowhere."""
    context = chromium.new_context()
    asked = []

    def note(route):
        if route.request.url == "http://page.example/":
            return route.fulfill(
                body="<!doctype html><meta charset=utf-8><div id=room></div>", content_type="text/html"
            )
        asked.append(route.request.url)
        return route.abort()

    context.route("**/*", note)
    context.add_init_script(ALERTED)
    page = context.new_page()
    page.goto("http://page.example/")
    yield page, asked
    context.close()


@pytest.mark.req("G2")
def test_no_way_of_telling_another_host_is_left(bare):
    page, asked = bare
    assert len(EXFILTRATION) >= 40
    for make in MAKERS:
        for attack in EXFILTRATION:
            page.set_content(f"<!doctype html><meta charset=utf-8><main>{make(attack)}</main>", wait_until="load")
    # A request that was on its way would be seen by the time a further page has come.
    page.goto("http://page.example/")
    assert asked == []


@pytest.mark.req("G2")
def test_the_listener_hears_an_attack_that_is_not_cleaned(bare):
    page, asked = bare
    page.set_content('<img src="http://exfil.example/9">', wait_until="load")
    assert asked == ["http://exfil.example/9"]


@pytest.mark.req("G1")
def test_no_attack_cut_anywhere_leaves_an_active_node(bare):
    page, asked = bare
    pieces = sorted(
        {
            make(attack[:end])
            for make in MAKERS
            for attack in SCRIPTS + EXFILTRATION
            for end in range(1, len(attack) + 1)
        }
    )
    attributes = {tag: sorted(names) for tag, names in ATTRIBUTES.items()}
    assert page.evaluate(ODD, [pieces, sorted(TAGS), attributes]) == []
    assert page.evaluate("window.__said ?? 0") == 0
    assert asked == []
