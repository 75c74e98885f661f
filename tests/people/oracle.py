"""Who may see what, worked out slowly and obviously from the written rules alone.

Nothing of the product is imported. Numbers name things: departments, groups, persons, folders and documents each
have their own. A demanded key is a tuple:

    ("public",)  ("staff",)  ("rank", 3)  ("dept", 12)  ("dept", 12, 3)  ("group", 4)  ("user", 7)

`may_see(world, person, thing, zone, on)` answers for a person's number (or None: a resident) and a Folder or Document.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

Key = tuple[Any, ...]
# The highest classification that is seen from a zone; 1, 2, 3C, 3B, 3A are 1 to 5.
HIGHEST_FROM = {"internal": 5, "lgwan": 4, "internet": 1}


@dataclass(frozen=True)
class Department:
    number: int
    parent: int | None
    begins: date | None = None
    ends: date | None = None


@dataclass(frozen=True)
class Post:
    department: int
    rank: int
    begins: date | None = None
    ends: date | None = None


@dataclass(frozen=True)
class Member:
    group: int
    begins: date | None = None
    ends: date | None = None


@dataclass(frozen=True)
class Person:
    number: int
    posts: tuple[Post, ...] = ()
    groups: tuple[Member, ...] = ()
    active: bool = True
    begins: date | None = None
    ends: date | None = None
    clearance: int = 4


@dataclass(frozen=True)
class Folder:
    number: int
    parent: int | None
    readers: tuple[Key, ...] = ()
    classification: int = 1


@dataclass(frozen=True)
class Document:
    number: int
    folder: int
    readers: tuple[Key, ...] = ()
    classification: int = 2
    begins: date | None = None
    ends: date | None = None
    deleted: bool = False


@dataclass(frozen=True)
class World:
    departments: tuple[Department, ...] = ()
    # How many groups there are; they are numbered from 0.
    groups: int = 0
    persons: tuple[Person, ...] = ()
    folders: tuple[Folder, ...] = ()
    documents: tuple[Document, ...] = field(default=())


def stands(thing: Any, on: date) -> bool:
    """Both days belong to the time; an empty one is open."""
    return bool((thing.begins is None or thing.begins <= on) and (thing.ends is None or on <= thing.ends))


def _one(things: Any, number: int) -> Any:
    (found,) = [thing for thing in things if thing.number == number]
    return found


def is_in_or_below(world: World, department: int, top: int, on: date) -> bool:
    """Whether a department is another or lies below it, every department on the way standing."""
    current = _one(world.departments, department)
    if not stands(current, on):
        return False
    if current.number == top:
        return True
    return current.parent is not None and is_in_or_below(world, current.parent, top, on)


def counting_posts(world: World, person: Person, on: date) -> list[Post]:
    """The posts that count: they stand, and so does their department."""
    return [post for post in person.posts if stands(post, on) and stands(_one(world.departments, post.department), on)]


def holds(world: World, number: int | None, key: Key, on: date) -> bool:
    """Whether a person (None: a resident) holds a demanded key."""
    if number is None:
        return key == ("public",)
    person = _one(world.persons, number)
    if not person.active or not stands(person, on):
        return False
    posts = counting_posts(world, person, on)
    match key:
        case ("public",) | ("staff",):
            return True
        case ("user", who):
            return bool(who == number)
        case ("group", group):
            return any(member.group == group and stands(member, on) for member in person.groups)
        case ("rank", rank):
            return any(post.rank >= rank for post in posts)
        case ("dept", department):
            return any(is_in_or_below(world, post.department, department, on) for post in posts)
        case ("dept", department, rank):
            return any(is_in_or_below(world, post.department, department, on) and post.rank >= rank for post in posts)
    raise AssertionError(key)


def highest(world: World, number: int | None, zone: str, on: date) -> int:
    """The highest classification that one sees; a resident only what is 1, whoever does not stand nothing."""
    if number is None:
        return 1
    person = _one(world.persons, number)
    if not person.active or not stands(person, on):
        return 0
    return min(int(person.clearance), HIGHEST_FROM[zone])


def may_see(world: World, number: int | None, thing: Folder | Document, zone: str, on: date) -> bool:
    """Whether a person (None: a resident) may see a folder or a document from a zone on a day."""
    if thing.classification > highest(world, number, zone, on):
        return False
    if thing.readers and not any(holds(world, number, key, on) for key in thing.readers):
        return False
    if isinstance(thing, Document):
        if thing.deleted or not stands(thing, on):
            return False
        return may_see(world, number, _one(world.folders, thing.folder), zone, on)
    if thing.parent is None:
        return bool(thing.readers)
    return may_see(world, number, _one(world.folders, thing.parent), zone, on)
