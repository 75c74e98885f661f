"""Random worlds for hypothesis, and their people stored in the database.

@given(worlds())
def test_…(world):
    built = build(world)
    built.tenant, built.people[3], built.key(("dept", 2, 3)) -> "dept:41+rank:3"
"""

from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import strategies as st

from madoguchi.people import models
from tests.people import oracle
from tests.people.oracle import Document, Folder, Key, Member, Person, Post, World

# The day that the drawn dates lie around: the eve, the day and the morrow are where mistakes live.
ON = date(2026, 4, 1)
DAYS = [ON + timedelta(days=shift) for shift in (-2, -1, 0, 1, 2)]
RANKS = [1, 2, 3, 4]
PASSWORD = "!unusable"


@dataclass
class Built:
    """A world's people as stored: rows by the world's numbers."""

    tenant: models.Tenant
    departments: dict[int, models.Department]
    groups: dict[int, models.Group]
    people: dict[int, models.User]

    def key(self, demanded: Key) -> str:
        """A demanded key as the product writes it."""
        match demanded:
            case ("dept", number):
                return f"dept:{self.departments[number].pk}"
            case ("dept", number, rank):
                return f"dept:{self.departments[number].pk}+rank:{rank}"
            case ("group", number):
                return f"group:{self.groups[number].pk}"
            case ("user", number):
                return f"user:{self.people[number].pk}"
            case ("rank", rank):
                return f"rank:{rank}"
            case (word,):
                return str(word)
        raise AssertionError(demanded)

    def keys(self, demanded: tuple[Key, ...]) -> list[str]:
        """Several of them."""
        return [self.key(each) for each in demanded]


@st.composite
def spans(draw) -> dict[str, date | None]:
    """A time that is open on both sides mostly, and else begins or ends about the day."""
    if draw(st.integers(0, 2)):
        return {"begins": None, "ends": None}
    begins, ends = (draw(st.sampled_from([None, *DAYS])) for _ in range(2))
    return {"begins": begins, "ends": ends}


@st.composite
def worlds(draw, max_departments: int = 7, max_persons: int = 4, max_folders: int = 6, max_documents: int = 8) -> World:
    """A small office with folders and documents."""
    departments = []
    for number in range(draw(st.integers(1, max_departments))):
        parent = draw(st.sampled_from([None, *range(number)]))
        departments.append(oracle.Department(number, parent, **draw(spans())))
    groups = draw(st.integers(0, 2))
    department = st.integers(0, len(departments) - 1)
    posts = st.builds(lambda where, rank, span: Post(where, rank, **span), department, st.sampled_from(RANKS), spans())
    members = (
        st.builds(lambda group, span: Member(group, **span), st.integers(0, groups - 1), spans())
        if groups
        else st.nothing()
    )
    persons = [
        Person(
            number,
            posts=tuple(draw(st.lists(posts, max_size=3))),
            groups=tuple(draw(st.lists(members, max_size=2))) if groups else (),
            active=draw(st.integers(0, 4)) > 0,
            clearance=draw(st.integers(1, 5)),
            **draw(spans()),
        )
        for number in range(draw(st.integers(1, max_persons)))
    ]
    readers = demanded_keys(len(departments), groups, len(persons))
    some_readers = st.lists(readers, max_size=2, unique=True).map(tuple)
    classification = st.sampled_from([1, 1, 1, 2, 3, 4, 5])
    folders: list[Folder] = []
    for number in range(draw(st.integers(0, max_folders))):
        parent = draw(st.sampled_from([None, *range(number)]))
        folders.append(Folder(number, parent, draw(some_readers), draw(classification)))
    documents = [
        Document(
            number,
            draw(st.integers(0, len(folders) - 1)),
            draw(some_readers),
            draw(classification),
            deleted=draw(st.integers(0, 5)) == 0,
            **draw(spans()),
        )
        for number in range(draw(st.integers(0, max_documents)) if folders else 0)
    ]
    return World(tuple(departments), groups, tuple(persons), tuple(folders), tuple(documents))


def demanded_keys(departments: int, groups: int, persons: int) -> st.SearchStrategy[Key]:
    """Any key that a thing of such a world may demand."""
    department, rank = st.integers(0, departments - 1), st.sampled_from(RANKS)
    kinds = [
        st.just(("public",)),
        st.just(("staff",)),
        rank.map(lambda value: ("rank", value)),
        department.map(lambda value: ("dept", value)),
        st.tuples(st.just("dept"), department, rank),
        st.integers(0, persons - 1).map(lambda value: ("user", value)),
    ]
    if groups:
        kinds.append(st.integers(0, groups - 1).map(lambda value: ("group", value)))
    return st.one_of(kinds)


def all_keys(world: World) -> list[Key]:
    """Every key that something of this world could demand."""
    keys: list[Key] = [("public",), ("staff",), *(("rank", rank) for rank in RANKS)]
    for department in world.departments:
        keys.append(("dept", department.number))
        keys += [("dept", department.number, rank) for rank in RANKS]
    keys += [("group", number) for number in range(world.groups)]
    keys += [("user", person.number) for person in world.persons]
    return keys


def build(world: World, slug: str = "world") -> Built:
    """Store the people of a world as an office of their own."""
    tenant = models.Tenant.objects.create(slug=slug, name=slug, hosts=[f"{slug}.example"])
    positions = {rank: models.Position.objects.create(tenant=tenant, name=f"職{rank}", rank=rank) for rank in RANKS}
    departments: dict[int, models.Department] = {}
    for each in world.departments:
        departments[each.number] = models.Department.objects.create(
            tenant=tenant,
            parent=None if each.parent is None else departments[each.parent],
            name=f"課{each.number}",
            valid_from=each.begins,
            valid_to=each.ends,
        )
    groups = {number: models.Group.objects.create(tenant=tenant, name=f"組{number}") for number in range(world.groups)}
    people: dict[int, models.User] = {}
    for person in world.persons:
        people[person.number] = user = models.User.objects.create(
            tenant=tenant,
            login=f"p{person.number}",
            name=f"職員{person.number}",
            password=PASSWORD,
            is_active=person.active,
            clearance=person.clearance,
            valid_from=person.begins,
            valid_to=person.ends,
        )
        for place, post in enumerate(person.posts):
            models.Post.objects.create(
                tenant=tenant,
                user=user,
                department=departments[post.department],
                position=positions[post.rank],
                is_main=place == 0,
                valid_from=post.begins,
                valid_to=post.ends,
            )
        for member in person.groups:
            models.Membership.objects.create(
                tenant=tenant,
                user=user,
                group=groups[member.group],
                valid_from=member.begins,
                valid_to=member.ends,
            )
    return Built(tenant, departments, groups, people)
