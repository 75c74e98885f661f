"""Every page of the product, from its URL conf: a route that is not here, nor said to be no page, fails a test."""

from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, reverse

from madoguchi.people.guard import routes

# Who looks at pages of an audience.
VIEWERS = {"anybody": "", "staff": "tanaka", "administrator": "sato", "auditor": "sato"}
# What a route's variables stand for, by the name of the route: keys of `Server.ids`, or a value as it is.
VARIABLES: dict[str, dict[str, Any]] = {
    "folder": {"pk": "folder"},
    "folder-settings": {"pk": "folder"},
    "document": {"pk": "document"},
    "document-settings": {"pk": "document"},
    "block": {"pk": "document", "number": 1, "block": 0},
    "corrections": {"pk": "document", "number": 1},
    "faq-entry": {"pk": "entry"},
    "faq-edit": {"pk": "draft"},
    "answer": {"pk": "answer"},
    "conversation": {"pk": "conversation"},
    "chat-share": {"pk": "conversation"},
    "chat-attachment": {"pk": "attachment"},
    "endpoint": {"pk": "endpoint"},
    "endpoint-order": {"purpose": "chat"},
    "system-prompt": {"name": "answer"},
    "prompt-standard": {"key": "summary"},
    "prompt": {"pk": "prompt"},
    "prompt-edit": {"pk": "prompt"},
    "prompt-share": {"pk": "prompt"},
    "prompt-trial": {"pk": "trial"},
    "prompt-editions": {"pk": "prompt"},
    "system-prompt-editions": {"name": "answer"},
    "person": {"public_id": "person"},
    "person-post-new": {"public_id": "person"},
    "person-post": {"public_id": "person", "post_id": "post"},
    "department": {"pk": "department"},
    "group": {"pk": "group"},
}
# Administrators manage folders; their settings are seen by them.
VIEWER_OF = {"folder-settings": "sato", "folder-new": "sato"}
# Routes that show no page: they take a form, stream, or give a file.
NO_PAGE = {
    "theme",
    "language",
    "healthz",
    "readyz",
    "sign-out",
    "ask-stream",
    "answer-delete",
    "faq-release",
    "faq-withdraw",
    "chat-start",
    "chat-send",
    "chat-settings",
    "chat-delete",
    "chat-folder",
    "chat-attach",
    "chat-detach",
    "chat-stream",
    "chat-stop",
    "chat-again",
    "chat-go-on",
    "chat-confirm",
    "chat-word",
    "chat-markdown",
    "endpoint-test",
    "endpoint-switch",
    "endpoint-take-over",
    "endpoint-delete",
    "picture-rule",
    "rules-cells",
    "rules-others",
    "rule-change-accept",
    "rule-change-refuse",
    "rule-change-withdraw",
    "destinations-of-endpoints",
    "destinations-off",
    "destination-remove",
    "stops-lift",
    "system-prompt-reset",
    "prompt-favourite",
    "prompt-standard-favourite",
    "prompt-official",
    "prompt-restore",
    "prompt-delete",
    "library-status",
    "search-live",
    "search-gaps-export",
    "search-save",
    "saved-open",
    "saved-seen",
    "saved-remove",
    "folder-move",
    "folder-remove",
    "upload",
    "document-move",
    "document-delete",
    "document-replace",
    "document-retry",
    "document-password",
    "document-number",
    "document-figures",
    "download",
    "page-image",
    "page-data",
    "people-export",
    "department-delete",
    "group-leave",
    "person-post-delete",
    "person-leave",
    "person-state",
    "person-password",
    "person-sessions",
    # Leads elsewhere once the office has an administrator.
    "set-up",
}
# States of pages that have an address of their own: (name, path, viewer).
STATES = [
    ("home-without-anything", "/", "yamashita"),
    ("home-administrator", "/", "sato"),
    ("search-found", "/search/?q=手数料", "tanaka"),
    ("search-nothing", "/search/?q=qwrtzplk", "tanaka"),
    ("search-screen", "/search/?q=パスワード", "tanaka"),
    ("search-more", "/search/?q=手数料&in=names&type=pdf", "tanaka"),
    ("ask-filled", "/ask/?q=住民票の写しの手数料はいくらですか", "tanaka"),
    ("document-marked", "/library/document/{document}/?page=1&passage={passage}", "tanaka"),
    ("document-sheet", "/library/document/{sheet}/", "tanaka"),
    ("document-correcting", "/library/document/{document}/?page=1&correct=1", "tanaka"),
    ("block-table", "/library/document/{sheet}/version/1/block/{table}/", "tanaka"),
    ("faq-draft", "/faq/{draft}/", "tanaka"),
    ("chat-template", "/chat/?template=letter", "tanaka"),
    ("chat-editing", "/chat/{conversation}/?edit={question}", "tanaka"),
    ("chat-shared", "/chat/{conversation}/", "takahashi"),
    ("chats-shared", "/chat/list/?tab=shared", "takahashi"),
    ("chats-nothing", "/chat/list/?q=qwrtzplk", "tanaka"),
    ("missing", "/no-such-page", "tanaka"),
    ("missing-to-anybody", "/no-such-page", ""),
]


@dataclass(frozen=True)
class Known:
    """A page: how to reach it, and as whom."""

    name: str
    viewer: str
    path: str = ""

    def address(self, ids: dict[str, Any]) -> str:
        """Return its path with the ids of this office."""
        if self.path:
            return self.path.format(**ids)
        variables = {key: ids.get(value, value) for key, value in VARIABLES.get(self.name, {}).items()}
        return reverse(self.name, kwargs=variables)


def named_routes() -> list[tuple[str, URLPattern]]:
    """Return the routes of pages; the API and its documents are tested by its own domain."""
    return [
        (pattern.name, pattern)
        for path, pattern in routes()
        if pattern.name and not path.lstrip("^").startswith("api/")
    ]


def pages() -> list[Known]:
    """Return every page and every state of one."""
    plain = [
        Known(name, VIEWER_OF.get(name, VIEWERS[pattern.callback.audience]))  # type: ignore[attr-defined]
        for name, pattern in named_routes()
        if name not in NO_PAGE and (not pattern.pattern.converters or name in VARIABLES)
    ]
    return plain + [Known(name, viewer, path) for name, path, viewer in STATES]


def unknown() -> list[str]:
    """Return routes with variables that nobody gave values for."""
    return [
        name
        for name, pattern in named_routes()
        if name not in NO_PAGE and pattern.pattern.converters and name not in VARIABLES
    ]
