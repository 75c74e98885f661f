"""Two offices with the same names and different canaries, and everyone who might look."""

import io
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage

from django.db.models import Model
from django.test import Client
from django.utils import timezone

from madoguchi.answers.models import Answer
from madoguchi.chat.models import Attachment, Conversation, Turn
from madoguchi.chat.models import Folder as ChatFolder
from madoguchi.faq.editing import Draft, create, release
from madoguchi.faq.models import Entry
from madoguchi.library import ingest, store
from madoguchi.library.events import document_removed
from madoguchi.library.folders import folder_of_path
from madoguchi.library.models import Document
from madoguchi.llm import rules
from madoguchi.llm.models import Destination, Endpoint, RuleChange
from madoguchi.people.access import scope_of
from madoguchi.people.keys import parse
from madoguchi.people.models import Classification, Department, Group, Membership, Position, Post, Tenant, User
from madoguchi.prompts import editing as prompt_editing
from madoguchi.prompts.models import Prompt, Trial
from madoguchi.search.models import Notice, SavedSearch

PASSWORD = "kazami-no-mado-2026"
HOSTS = {"a": "a.example", "b": "b.example"}

# Folder path, readers, classification; each holds one document with a word of its own.
FOLDERS = {
    "公開": (["public"], "1"),
    "庁内": (["staff"], "2"),
    "高齢": (["dept:福祉部/高齢福祉課"], "2"),
    "こども": (["dept:福祉部/こども家庭課"], "2"),
    "管理職": (["dept:福祉部+rank:3"], "2"),
    "連絡員": (["group:防災連絡員"], "2"),
    "本人": (["user:staff"], "2"),
    "秘密": (["staff"], "3A"),
}
# login: (department, position, more fields)
PEOPLE: dict[str, tuple[str, str, dict[str, object]]] = {
    "staff": ("福祉部/高齢福祉課", "主事", {}),
    "other": ("福祉部/こども家庭課", "主事", {}),
    "manager": ("福祉部", "部長", {}),
    "member": ("総務部/人事課", "主事", {}),
    "administrator": ("総務部/人事課", "主事", {"is_administrator": True}),
    "suspended": ("福祉部/高齢福祉課", "主事", {"is_active": False}),
}
# Who may see which folder's document, written by hand.
SIGHT = {
    "公開": {"staff", "other", "manager", "member", "administrator"},
    "庁内": {"staff", "other", "manager", "member", "administrator"},
    "高齢": {"staff"},
    "こども": {"other"},
    "管理職": {"manager"},
    "連絡員": {"member"},
    "本人": {"staff"},
    "秘密": set(),
    # What came inside a mail is seen by those who see the mail.
    "高齢の中": {"staff"},
    "秘密の中": set(),
}
INNER = ("高齢", "秘密")


@dataclass
class Office:
    """One office, its people, and one thing of each kind for every folder."""

    tenant: Tenant
    users: dict[str, User] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    canaries: dict[str, str] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    searches: dict[str, SavedSearch] = field(default_factory=dict)
    prompts: dict[str, Prompt] = field(default_factory=dict)
    trials: dict[str, Trial] = field(default_factory=dict)
    # By person, by kind: the id of their conversation, its answer, its file, the folder it stands in.
    chats: dict[str, dict[str, object]] = field(default_factory=dict)
    endpoint: Endpoint | None = None
    deleted: Document | None = None

    def client(self, login: str | None) -> Client:
        """Return a client of this office, signed in as one of its people."""
        client = Client(headers={"host": self.tenant.hosts[0]})
        if login:
            client.force_login(self.users[login])
        return client


def build(name: str) -> Office:
    """Store an office whose canaries begin with its name."""
    office = Office(Tenant.objects.create(slug=name, name="試験市", hosts=[HOSTS[name]]))
    _people(office)
    for place, (path, (readers, classification)) in enumerate(FOLDERS.items()):
        folder = folder_of_path(
            office.tenant,
            path,
            create=True,
            readers=[parse(office.tenant, key) for key in readers],
            classification=Classification.named(classification),
        )
        word = office.canaries[path] = f"canary{name}{place}x"
        office.documents[path] = _document(office, path, f"合言葉について。合言葉は {word} です。")
        assert office.documents[path].folder_id == folder.pk
    for path in INNER:
        word = office.canaries[f"{path}の中"] = f"canary{name}inner{len(office.canaries)}x"
        office.documents[f"{path}の中"] = _attachment(office, path, f"合言葉について。合言葉は {word} です。")
    office.deleted = _document(office, "庁内", "合言葉は canarydeleted です。", "消えた文書.txt")
    office.deleted.deleted_at = office.deleted.created_at
    office.deleted.save()
    document_removed.send(Document, document=office.deleted)
    _faq(office)
    for login, user in office.users.items():
        word = office.canaries[f"answer {login}"] = f"canary{name}answer{login}x"
        office.answers[login] = Answer.objects.create(
            tenant=office.tenant,
            user=user,
            question=f"{word} の質問",
            mode=Answer.Mode.QUOTED,
            sentences=[{"kind": "none", "text": f"{word} の回答", "citations": [], "checks": [], "confirmed": False}],
        )
        if login != "suspended":
            word = office.canaries[f"prompt {login}"] = f"canary{name}prompt{login}x"
            draft = prompt_editing.Draft(word, "", word, "", 1)
            office.prompts[login] = prompt_editing.create(scope_of(user, "internal"), draft)
            word = office.canaries[f"prompt tried by {login}"] = f"canary{name}tried{login}x"
            office.trials[login] = Trial.objects.create(
                tenant=office.tenant,
                user=user,
                title=word,
                text=word,
                classification=1,
                delete_on=timezone.localdate() + timedelta(days=1),
            )
        word = office.canaries[f"saved {login}"] = f"canary{name}saved{login}x"
        search = office.searches[login] = SavedSearch.objects.create(
            tenant=office.tenant, user=user, question=f"{word} の検索", looked_at=timezone.now()
        )
        # As if every document had been found while this person saw it.
        for document in [*office.documents.values(), office.deleted]:
            Notice.objects.create(
                tenant=office.tenant, search=search, document=document, version=document.versions.get()
            )
        office.chats[login] = _chat(office, user)
    office.endpoint = Endpoint.objects.create(
        tenant=office.tenant, name=f"canary{name}endpointx", provider="openai-compatible", model="m"
    )
    Destination.objects.create(
        tenant=office.tenant,
        scheme="https",
        host="m.example",
        port=443,
        purpose=f"canary{name}destinationx",
        owner="課",
    )
    rules.ask(office.tenant, {"profile": "beta", "list": ""}, "operator", f"canary{name}rulex")
    return office


def _people(office: Office) -> None:
    tenant = office.tenant
    for path in ("福祉部/高齢福祉課", "福祉部/こども家庭課", "総務部/人事課"):
        parent = None
        for name in path.split("/"):
            parent, _ = Department.objects.get_or_create(tenant=tenant, parent=parent, name=name)
    for name, rank in (("主事", 1), ("部長", 4)):
        Position.objects.create(tenant=tenant, name=name, rank=rank)
    group = Group.objects.create(tenant=tenant, name="防災連絡員")
    for login, (path, position, fields) in PEOPLE.items():
        user = User(tenant=tenant, login=login, name=login, **fields)
        user.set_unusable_password()
        user.save()
        department = None
        for name in path.split("/"):
            department = Department.objects.get(tenant=tenant, parent=department, name=name)
        assert department
        Post.objects.create(
            tenant=tenant,
            user=user,
            department=department,
            position=Position.objects.get(tenant=tenant, name=position),
        )
        office.users[login] = user
    Membership.objects.create(tenant=tenant, group=group, user=office.users["member"])


def _document(office: Office, folder: str, text: str, name: str = "") -> Document:
    """Store a text file in a folder and ingest it to its end, in this process."""
    version = store.add_file(
        office.tenant,
        folder_of_path(office.tenant, folder),
        io.BytesIO(text.encode()),
        name or f"{folder}の文書.txt",
        classification=Classification.named(FOLDERS[folder][1]),
    )
    assert ingest.ingest(str(version.pk)) == "ready"
    return Document.objects.get(pk=version.document_id)


def _attachment(office: Office, folder: str, text: str) -> Document:
    """Store a mail in a folder, and return what came inside it, read."""
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "連絡", "a@city.example", "b@city.example"
    mail.set_content("添付のとおりです。")
    mail.add_attachment(text.encode(), maintype="text", subtype="plain", filename="連絡先.txt")
    version = store.add_file(
        office.tenant,
        folder_of_path(office.tenant, folder),
        io.BytesIO(mail.as_bytes()),
        "連絡.eml",
        classification=Classification.named(FOLDERS[folder][1]),
    )
    assert ingest.ingest(str(version.pk)) == "ready"
    inside = Document.objects.get(parent=version.document_id)
    assert ingest.ingest(str(inside.versions.get().pk)) == "ready"
    return inside


def _chat(office: Office, user: User) -> dict[str, object]:
    """Store a conversation of a person, answered, with a file, in a folder."""
    word = office.canaries[f"chat {user.login}"] = f"canary{office.tenant.slug}chat{user.login}x"
    tenant, now = office.tenant, timezone.now()
    folder = ChatFolder.objects.create(tenant=tenant, user=user, name=f"{word}の棚")
    conversation = Conversation.objects.create(
        tenant=tenant,
        user=user,
        title=f"{word}の相談",
        folder=folder,
        classification=Classification.C2,
        updated_at=now,
        delete_on=now.date() + timedelta(days=30),
    )
    asked = Turn.objects.create(tenant=tenant, conversation=conversation, role="user", text=f"{word}は", at=now)
    answered = Turn.objects.create(
        tenant=tenant, conversation=conversation, parent=asked, role="assistant", text=f"{word}です。", at=now
    )
    file = Attachment.objects.create(
        tenant=tenant, user=user, turn=asked, name=f"{word}.txt", size=1, text=f"{word}の表", at=now
    )
    return {
        "conversation": conversation.pk,
        "turn": answered.pk,
        "attachment": file.pk,
        "chat-folder": folder.pk,
    }


def _faq(office: Office) -> None:
    """Release one verified answer for each audience; those of a department are its own to edit."""
    for key in ("public", "staff", "dept:福祉部/高齢福祉課", "dept:福祉部/こども家庭課"):
        word = office.canaries[f"faq {key}"] = f"canary{office.tenant.slug}faq{len(office.entries)}x"
        access_key = parse(office.tenant, key)
        draft = Draft(
            question="合言葉は何ですか",
            answer=f"合言葉は {word} です。",
            access_key=access_key,
            classification=1 if key == "public" else 2,
            department_id=int(access_key[5:]) if key.startswith("dept") else None,
        )
        author = office.users["administrator"]
        entry = create(office.tenant.pk, draft, author)
        office.entries[key] = release(entry, author, entry.number)


def ids(office: Office, other: Office, login: str) -> dict[str, dict[str, list[object]]]:
    """Return, by kind of thing, the ids that a persona of `office` may open (`own`) and may not (`denied`)."""
    is_administrator = login == "administrator"
    seen = {name for name, who in SIGHT.items() if login in who}
    entries = {"public", "staff"} | (set() if is_administrator else {"dept:福祉部/高齢福祉課"})

    def split(own: list[object], denied: list[object], kind: str) -> dict[str, list[object]]:
        return {"own": own, "denied": [*denied, missing(kind)]}

    def of(
        things: dict[str, object], names: set[str], foreign: dict[str, object], kind: str
    ) -> dict[str, list[object]]:
        inside = [one for name, one in things.items() if name in names]
        return split(inside, [one for one in things.values() if one not in inside] + list(foreign.values()), kind)

    def managed(mine: list[object], theirs: list[object], kind: str) -> dict[str, list[object]]:
        return split(mine, theirs, kind) if is_administrator else split([], mine + theirs, kind)

    def keys(model: type[Model], tenant: Tenant) -> list[object]:
        return list(model._default_manager.filter(tenant=tenant).values_list("pk", flat=True))

    assert office.deleted and office.endpoint and other.endpoint
    documents = of(
        {name: one.pk for name, one in office.documents.items()},
        seen,
        {name: one.pk for name, one in other.documents.items()},
        "document",
    )
    documents["denied"].append(office.deleted.pk)
    return {
        "document": documents,
        "folder": of(
            {name: one.folder_id for name, one in office.documents.items()},
            seen,
            {name: one.folder_id for name, one in other.documents.items()},
            "folder",
        ),
        "entry": of(
            {name: one.pk for name, one in office.entries.items()},
            entries,
            {name: one.pk for name, one in other.entries.items()},
            "entry",
        ),
        "answer": of(
            {name: one.pk for name, one in office.answers.items()},
            {login},
            {name: one.pk for name, one in other.answers.items()},
            "answer",
        ),
        "saved": of(
            {name: one.pk for name, one in office.searches.items()},
            {login},
            {name: one.pk for name, one in other.searches.items()},
            "saved",
        ),
        **{
            kind: of(
                {name: one[kind] for name, one in office.chats.items()},
                {login},
                {name: one[kind] for name, one in other.chats.items()},
                kind,
            )
            for kind in ("conversation", "turn", "attachment", "chat-folder")
        },
        "endpoint": managed([office.endpoint.pk], [other.endpoint.pk], "endpoint"),
        "prompt": of(
            {name: one.pk for name, one in office.prompts.items()},
            {login},
            {name: one.pk for name, one in other.prompts.items()},
            "prompt",
        ),
        "prompt-trial": of(
            {name: one.pk for name, one in office.trials.items()},
            {login},
            {name: one.pk for name, one in other.trials.items()},
            "prompt-trial",
        ),
        "standard-prompt": split(["summary"], [], "standard-prompt"),
        "system-prompt": managed(["answer", "vision"], [], "system-prompt"),
        "purpose": managed(["chat", "embed"], [], "purpose"),
        "destination": managed(keys(Destination, office.tenant), keys(Destination, other.tenant), "destination"),
        "rule-change": managed(keys(RuleChange, office.tenant), keys(RuleChange, other.tenant), "rule-change"),
        "department": managed(keys(Department, office.tenant), keys(Department, other.tenant), "department"),
        "group": managed(keys(Group, office.tenant), keys(Group, other.tenant), "group"),
        "person": managed(
            [one.public_id for one in office.users.values()], [one.public_id for one in other.users.values()], "person"
        ),
    }


def missing(kind: str) -> object:
    """Return an id of a kind that nothing has."""
    return (
        999_999_999
        if kind in ("folder", "endpoint", "destination", "rule-change", "department", "group", "chat-folder")
        else uuid.UUID("00000000-0000-4000-8000-00000000dead")
    )


def everyone(office: Office) -> Iterator[str | None]:
    """Yield each persona of an office, and nobody."""
    yield None
    yield from office.users
