"""What a person finds when they come in: what they did last, what is new for them, what waits for them."""

from django.db.models import F, Q, QuerySet

from madoguchi.answers.models import Answer
from madoguchi.faq.editing import editable, own_departments
from madoguchi.faq.models import Entry
from madoguchi.library.models import Document, Folder, Version
from madoguchi.people.access import Scope
from madoguchi.people.models import User

ROWS = 5
# The last answers among which the last questions are found: one asked again and again is one.
LOOKED_THROUGH = 50
UNFINISHED = (
    Version.Status.QUEUED,
    Version.Status.SCANNING,
    Version.Status.READING,
    Version.Status.CUTTING,
    Version.Status.INDEXING,
)


def last_answers(scope: Scope) -> list[Answer]:
    """Return the person's own last questions, each with its newest answer."""
    newest: dict[str, Answer] = {}
    for answer in Answer.objects.within(scope).order_by("-asked_at")[:LOOKED_THROUGH]:
        newest.setdefault(answer.question, answer)
    return list(newest.values())[:ROWS]


def new_documents(scope: Scope) -> QuerySet[Document]:
    """Return the documents the person may see whose content changed last."""
    ready = Document.objects.within(scope).filter(current__status=Version.Status.READY)
    return ready.select_related("folder", "current").order_by("-current__uploaded_at", "title")[:ROWS]


def department_answers(scope: Scope) -> QuerySet[Entry]:
    """Return released answers of the person's own departments, else any released to them, newest first."""
    released = Entry.objects.within(scope).filter(status=Entry.Status.RELEASED).order_by("-released_at")
    own = released.filter(department_id__in=own_departments(scope))
    return (own if own.exists() else released)[:ROWS]


def own_uploads(scope: Scope) -> QuerySet[Version]:
    """Return the versions that the person put in and that are being read, or could not be; not those replaced since."""
    newest = Q(document__current=None) | Q(number__gt=F("document__current__number"))
    mine = Version.objects.within(scope).filter(newest, uploaded_by_id=scope.user_id)
    waiting = mine.filter(status__in=[*UNFINISHED, Version.Status.FAILED, Version.Status.HELD])
    return waiting.select_related("document").order_by("-uploaded_at")[:ROWS]


def drafts(scope: Scope, user: User) -> QuerySet[Entry]:
    """Return the drafts that the person may release."""
    return editable(scope, user).filter(status=Entry.Status.DRAFT).order_by("-updated_at")[:ROWS]


def has_documents(scope: Scope) -> bool:
    """Return whether the person may see any document."""
    return Document.objects.within(scope).exists()


def writable_folder(scope: Scope) -> Folder | None:
    """Return a folder that the person may put files into, if there is one."""
    keys = [int(key[7:]) for key in scope.write_keys if key.startswith("folder:")]
    return Folder.objects.within(scope).filter(pk__in=keys).order_by("name").first()
