"""Who passes which folder, and which documents demand more than their folder.

To read, a person passes every folder from the top down to where a thing lies. A folder without readers asks nothing
of its own, except a top folder: without readers it opens to nobody. A folder's classification counts for all below.

To write, a person reads the folder and holds one of the writers that stand nearest above. Where no writers stand on
the whole way up, the readers of the top folder write, except `public`: what is open to anybody is written
by nobody until writers are named.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from madoguchi.library.models import Document, Folder
from madoguchi.people import keys as people_keys
from madoguchi.people.access import Scope, held_by_each
from madoguchi.people.models import Classification, User


@dataclass(frozen=True)
class Place:
    """A folder as far as access goes."""

    pk: int
    parent: int | None
    readers: tuple[str, ...]
    writers: tuple[str, ...]
    classification: int


def places(tenant_id: int) -> dict[int, Place]:
    """Return every folder of an office by its id."""
    rows = Folder.objects.filter(tenant_id=tenant_id).values_list(
        "id", "parent_id", "readers", "writers", "classification"
    )
    return {pk: Place(pk, parent, tuple(readers), tuple(writers), cls) for pk, parent, readers, writers, cls in rows}


def line_of(folder_id: int, tree: dict[int, Place]) -> list[Place]:
    """Return a folder and all above it, nearest first; empty when the chain is broken or goes round."""
    line: list[Place] = []
    current: int | None = folder_id
    while current is not None:
        place = tree.get(current)
        if place is None or place in line:
            return []
        line.append(place)
        current = place.parent
    return line


def effective_classification(folder_id: int, tree: dict[int, Place]) -> int:
    """Return the highest classification on the way up."""
    return max((place.classification for place in line_of(folder_id, tree)), default=Classification.C3A)


def writers_of(folder_id: int, tree: dict[int, Place]) -> tuple[str, ...]:
    """Return the keys one of which a writer must hold besides reading the folder."""
    line = line_of(folder_id, tree)
    for place in line:
        if place.writers:
            return place.writers
    return tuple(key for key in line[-1].readers if key != "public") if line else ()


def passed(tree: dict[int, Place], keys: Collection[str], classification: int) -> frozenset[int]:
    """Return the folders that who holds these keys passes, up to a classification."""
    held: dict[int, bool] = {}

    def passes(place: Place, seen: tuple[int, ...] = ()) -> bool:
        if place.pk in held:
            return held[place.pk]
        closed = place.readers and not any(key in keys for key in place.readers)
        if closed or place.pk in seen or place.classification > classification:
            result = False
        elif place.parent is None:
            result = bool(place.readers)
        else:
            parent = tree.get(place.parent)
            result = parent is not None and passes(parent, (*seen, place.pk))
        held[place.pk] = result
        return result

    return frozenset(pk for pk, place in tree.items() if passes(place))


def keyring(scope: Scope) -> tuple[Iterable[str], Iterable[str]]:
    """Return the `folder:` and `document:` keys a scope reads by, and the `folder:` keys it writes by."""
    tree = places(scope.tenant_id)
    if scope.everything:
        every = [f"folder:{pk}" for pk in tree]
        return every, every
    folders = passed(tree, scope.keys, scope.classification)
    documents = (
        Document.objects.filter(tenant_id=scope.tenant_id, deleted_at=None, folder_id__in=folders)
        .exclude(readers=[])
        .values_list("id", "readers")
    )
    reading = [f"folder:{pk}" for pk in folders]
    reading += [f"document:{pk}" for pk, readers in documents if not scope.keys.isdisjoint(readers)]
    return reading, [f"folder:{pk}" for pk in folders if not scope.keys.isdisjoint(writers_of(pk, tree))]


def may_write(scope: Scope, folder: Folder) -> bool:
    """Return whether a scope may put things into a folder and change what lies there."""
    return folder.tenant_id == scope.tenant_id and (scope.everything or folder.key in scope.write_keys)


def sight(
    folder_ids: Collection[int], before: dict[int, Place], after: dict[int, Place], people: Iterable[User]
) -> tuple[int, int]:
    """Return how many persons of one office would lose and gain sight of at least one of some folders by a change of
    the tree."""
    loses = gains = 0
    # Only the way down to these folders says who sees them: a large tree costs nothing for each person.
    before, after = _ways_to(folder_ids, before), _ways_to(folder_ids, after)
    people = list(people)
    keys_of = held_by_each(people, timezone.localdate())
    for person in people:
        keys = keys_of[person.pk]
        if not keys:
            continue
        saw = passed(before, keys, person.clearance).intersection(folder_ids)
        sees = passed(after, keys, person.clearance).intersection(folder_ids)
        loses += bool(saw - sees)
        gains += bool(sees - saw)
    return loses, gains


def _ways_to(folder_ids: Collection[int], tree: dict[int, Place]) -> dict[int, Place]:
    """Return the folders on the way from the top down to some of them."""
    return {place.pk: place for folder_id in folder_ids for place in line_of(folder_id, tree)}


def why(scope: Scope, document: Document) -> list[str]:
    """Return, from the top folder down, who may see a document and by what this person does, in Japanese."""
    tree = places(scope.tenant_id)
    names = dict(Folder.objects.filter(tenant_id=scope.tenant_id).values_list("id", "name"))
    lines = []
    for place in reversed(line_of(document.folder_id, tree)):
        if place.readers:
            lines.append(_line(scope, _("フォルダー「%s」") % names[place.pk], place.readers))
    if document.readers:
        lines.append(_line(scope, _("この文書"), document.readers))
    highest = max(document.classification, effective_classification(document.folder_id, tree))
    lines.append(_("機密性%sを閲覧できる人に限られます。") % Classification(highest).label)
    if document.valid_from and document.valid_to:
        lines.append(
            _("公開期間は%(start)sから%(end)sまでです。") % {"start": document.valid_from, "end": document.valid_to}
        )
    elif document.valid_from:
        lines.append(_("公開期間は%sからで、終わりの日は決めていません。") % document.valid_from)
    elif document.valid_to:
        lines.append(_("公開期間は%sまでです。") % document.valid_to)
    return lines


def _line(scope: Scope, where: str, readers: Collection[str]) -> str:
    demanded = _("・").join(people_keys.describe(scope.tenant_id, readers))
    mine = _("・").join(people_keys.why(scope, readers))
    text = _("%(where)s: %(who)s") % {"where": where, "who": demanded}
    return text + (_("（あなたは「%s」として閲覧できます）") % mine if mine else "")
