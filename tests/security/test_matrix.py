"""Every route × method × persona × id, made from the URL conf: a route added later is in it without being asked."""

import re
from typing import Any
from urllib.parse import quote

import pytest
from django.db import transaction

from madoguchi.people.guard import routes
from tests.security import world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hosts")]

# What the id under a path names; a new path with an id fails until it is named here.
KINDS = {
    "library/folder/": "folder",
    "library/document/": "document",
    "faq/": "entry",
    "ask/": "answer",
    "search/saved/": "saved",
    "chat/": "conversation",
    "chat/turn/": "turn",
    "chat/attachment/": "attachment",
    "chat/folders/": "chat-folder",
    "endpoints/": "endpoint",
    "endpoints/prompts/": "system-prompt",
    "endpoints/routes/": "purpose",
    "endpoints/rules/changes/": "rule-change",
    "endpoints/destinations/": "destination",
    "prompts/": "prompt",
    "prompts/standard/": "standard-prompt",
    "prompts/trials/": "prompt-trial",
    "people/": "person",
    "people/departments/": "department",
    "people/groups/": "group",
    "api/documents/": "document",
}
# Ids below the first one: the first version and page, which every document of the world has, and rows of nobody.
INNER = {"number": 1, "page": 1, "block": 0, "post_id": 999_999_999, "membership_id": 999_999_999}
PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>|\{(\w+)\}")
METHODS = ("get", "post", "put", "delete")


@pytest.fixture
def hosts(settings):
    settings.ALLOWED_HOSTS = list(world.HOSTS.values())


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker):
    """The two offices, built once; what a test changes is rolled back to here."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield world.build("a"), world.build("b")
        transaction.set_rollback(True)


@pytest.fixture
def offices(built, db):
    return built


def kind_of(path: str) -> str:
    """Return the kind of thing a path's id names."""
    for prefix, kind in sorted(KINDS.items(), key=lambda item: -len(item[0])):
        if path.startswith(prefix):
            return kind
    raise AssertionError(f"/{path} has an id: name its kind in KINDS, so that the matrix covers it")


def addresses(identity: object = None, inner: dict[str, object] | None = None) -> dict[str, str]:
    """Return {route: address} of all routes with an id (filled in), or of all without when `identity` is None."""
    found = {}
    for path, _ in routes():
        if not path or path.startswith("^"):
            continue
        parameters = [name or other for _, name, other in PARAMETER.findall(path)]
        if bool(parameters) != (identity is not None):
            continue
        address = path
        for place, name in enumerate(parameters):
            value = identity if place == 0 else (INNER | (inner or {}))[name]
            address = PARAMETER.sub(str(value), address, count=1)
        found[path] = f"/{address}"
    return found


def plain(response: Any, identity: object) -> tuple[int, dict[str, str], str]:
    """Return a response without what differs by chance: nonce, token, error id, the clock, the id asked for."""
    text = re.sub(
        r'(nonce|value|content)="[\w+/=-]{8,}"', "", unnamed(body_of(response).decode(errors="replace"), identity)
    )
    headers = {
        name: re.sub(r"nonce-[\w+/=-]+", "", unnamed(value, identity))
        for name, value in response.headers.items()
        if name not in ("Content-Length", "Expires", "Set-Cookie")
    }
    return response.status_code, headers, text


def unnamed(text: str, identity: object) -> str:
    """Return a text without the id that was asked for (alone in a path) and without random hexadecimals."""
    text = re.sub(rf"(?<=/){re.escape(str(identity))}(?=/|\b)", "ID", text)
    return re.sub(r"[0-9a-f]{8,}", "", text.replace(str(identity), "ID") if "-" in str(identity) else text)


def routes_with_ids() -> list[str]:
    return sorted(path for path, _ in routes() if PARAMETER.search(path) and not path.startswith("^"))


def audience(path: str) -> str:
    view: Any = next(pattern.callback for route, pattern in routes() if route == path)
    return view.audience


@pytest.mark.req("C6")
def test_every_id_in_a_path_has_its_kind():
    assert [kind_of(path) for path in routes_with_ids()]


@pytest.mark.req("C6")
@pytest.mark.parametrize("login", ["staff", "administrator"])
def test_what_is_denied_is_missing_byte_for_byte(offices, login):
    """Another department's, a deleted, another office's and an unknown id answer alike, for every method."""
    office, other = offices
    things = world.ids(office, other, login)
    client = office.client(login)
    wrong = []
    for path in routes_with_ids():
        kind = kind_of(path)
        for method in METHODS:
            nothing = world.missing(kind)
            expected = plain(getattr(client, method)(addresses(nothing)[path]), nothing)
            for identity in things[kind]["denied"]:
                got = plain(getattr(client, method)(addresses(identity)[path]), identity)
                if got != expected or (got[0] != 404 and got[0] != 405):
                    wrong.append((method, path, str(identity), got[0], expected[0]))
    assert wrong == []


@pytest.mark.req("C6")
@pytest.mark.parametrize("login", ["staff", "administrator"])
def test_what_is_open_answers(offices, login):
    """The same routes with one's own ids: neither missing nor failing."""
    office, other = offices
    things = world.ids(office, other, login)
    client = office.client(login)
    wrong = []
    for path in routes_with_ids():
        for identity in things[kind_of(path)]["own"]:
            status = client.get(addresses(identity)[path]).status_code
            if status >= 500 or (status == 404 and not may_lack(path)):
                wrong.append((path, str(identity), status))
    assert wrong == []


@pytest.mark.req("C7")
def test_a_child_is_fetched_through_its_parent(offices):
    """One's own parent with another parent's child answers as with a child that does not exist."""
    office, other = offices
    client = office.client("administrator")
    mine = office.users["staff"].public_id
    foreign = {
        "post_id": [office.users["other"].posts.get().pk, other.users["staff"].posts.get().pk],
        "membership_id": [office.users["member"].memberships.get().pk, other.users["member"].memberships.get().pk],
        "number": [2, 99],
        "page": [2, 99],
        "block": [2, 99],
    }
    wrong = []
    for path in routes_with_ids():
        names = [name or last for _, name, last in PARAMETER.findall(path)]
        if len(names) < 2 or kind_of(path) == "group":
            continue
        parent = mine if kind_of(path) == "person" else office.documents["公開"].pk
        for method in METHODS:
            nothing = plain(getattr(client, method)(addresses(parent, {names[-1]: 999_999_998})[path]), parent)
            for child in foreign[names[-1]]:
                got = plain(getattr(client, method)(addresses(parent, {names[-1]: child})[path]), parent)
                if got != nothing or got[0] not in (404, 405):
                    wrong.append((method, path, child, got[0], nothing[0]))
    assert wrong == []


def may_lack(path: str) -> bool:
    """Return whether a person's own thing may still not have this page: no page images in a text, no right to change,
    no such child."""
    verbs = (
        "settings",
        "official",
        "move",
        "remove",
        "delete",
        "replace",
        "upload",
        "edit",
        "retry",
        "block",
        "corrections",
        "password",
        "release",
        "withdraw",
        "leave",
    )
    return "page" in path or "post_id" in path or any(verb in path for verb in verbs)


@pytest.mark.req("C6")
def test_nobody_without_an_account_that_stands_gets_in(offices):
    """Without sign-in and as a suspended person every page of the staff asks to sign in, whatever the id."""
    office, other = offices
    things = world.ids(office, other, "staff")
    wrong = []
    for client in (office.client(None), office.client("suspended")):
        pages = dict(addresses())
        for path in routes_with_ids():
            for identity in (*things[kind_of(path)]["own"][:1], *things[kind_of(path)]["denied"][:2]):
                pages[f"{path} {identity}"] = addresses(identity)[path]
        for route, address in pages.items():
            if audience(route.split(" ")[0]) == "anybody":
                continue
            response = client.get(address)
            if response.status_code not in (302, 401, 405) or any(
                word.encode() in response.content for word in office.canaries.values()
            ):
                wrong.append((route, response.status_code))
    assert wrong == []


@pytest.mark.req("C6")
def test_a_session_of_one_office_opens_nothing_of_another(offices):
    office, other = offices
    client = office.client("staff")
    for address in addresses().values():
        response = client.get(address, headers={"host": world.HOSTS["b"]})
        assert not any(word.encode() in body_of(response) for word in other.canaries.values()), address


def body_of(response: Any) -> bytes:
    if not response.streaming:
        return response.content
    content = response.streaming_content
    return b"".join(content) if hasattr(content, "__iter__") else b""


@pytest.mark.req("C6")
def test_pages_for_administrators_are_missing_for_others(offices):
    office, _ = offices
    client = office.client("staff")
    wrong = [
        (path, response.status_code)
        for path, address in addresses().items()
        if audience(path) in ("administrator", "auditor")
        for response in [client.get(address)]
        if response.status_code != 404
    ]
    assert wrong == []


def words_shown_to(office: world.Office, login: str | None) -> str:
    """Return all that a persona can bring up: every page, each thing they find, searches, answers, the API."""
    client = office.client(login)
    seen = [*addresses().values()]
    question = quote("合言葉は何ですか")
    seen += [f"{address}?q={question}" for address in addresses().values()]
    text = []
    for address in seen:
        body = body_of(client.get(address)).decode(errors="replace")
        text.append(body)
        links = set(re.findall(r'(?:href|src)="(/[^"#]+)"', body))
        text += [body_of(client.get(link)).decode(errors="replace") for link in sorted(links)[:40]]
    answered = client.post("/ask/", {"question": "合言葉は何ですか"}, follow=True)
    text.append(body_of(answered).decode(errors="replace"))
    text.append(
        body_of(client.post("/api/ask", {"question": "合言葉は何ですか"}, content_type="application/json")).decode()
    )
    return "\n".join(text)


@pytest.mark.req("C3")
@pytest.mark.req("C5")
@pytest.mark.parametrize("login", [None, *world.PEOPLE])
def test_a_canary_shows_exactly_where_it_may(offices, login):
    office, other = offices
    text = words_shown_to(office, login)
    allowed = {office.canaries[name] for name, who in world.SIGHT.items() if login in who}
    forbidden = {
        word for name, word in office.canaries.items() if word not in allowed and not may_see_own_or_faq(name, login)
    }
    assert {word for word in forbidden | set(other.canaries.values()) | {"canarydeleted"} if word in text} == set()
    assert {word for word in allowed if word not in text} == set()


def may_see_own_or_faq(name: str, login: str | None) -> bool:
    """Return, written by hand, whether a persona may see a verified answer, an answer, a kept search or a chat."""
    if login in (None, "suspended"):
        return False
    if name.startswith(("answer ", "prompt ", "saved ", "chat ")):
        return name.endswith(f" {login}")
    return name in ("faq public", "faq staff") or (name, login) in {
        ("faq dept:福祉部/高齢福祉課", "staff"),
        ("faq dept:福祉部/こども家庭課", "other"),
    }


# fmt: off
HOSTILE = [
    "", "0", "-1", "9" * 40, "x", "' OR 1=1 --", "tenant__slug", "-pk", "../../etc/passwd", "\x00", "٣", "<svg>",
]
NAMES = [
    "q", "page", "sort", "order", "order_by", "folder", "department", "year", "fiscal_year", "kind", "type", "status",
]
# fmt: on


@pytest.mark.req("M11")
def test_no_value_of_a_filter_or_order_breaks_a_page(offices):
    """Every page with every hostile value of every name that filters or sorts: an answer below 500."""
    office, _ = offices
    client = office.client("administrator")
    wrong = []
    for path, address in addresses().items():
        for value in HOSTILE:
            status = client.get(address, dict.fromkeys([*NAMES, "tenant", "pk__in"], value)).status_code
            if status >= 500:
                wrong.append((path, value, status))
    for path in routes_with_ids():
        if kind_of(path) in ("folder", "endpoint", "department", "group"):
            status = client.get(addresses("9" * 40)[path]).status_code
            if status not in (404, 405):
                wrong.append((path, "9…", status))
    assert wrong == []
