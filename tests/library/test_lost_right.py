"""Who loses a right has lost it at the next request: pages, pictures, files, and what is cached between them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from madoguchi.library.models import Document, Folder
from madoguchi.people.models import Post, User

pytestmark = pytest.mark.django_db


def by_folder(person: User, shelf: Folder, document: Document) -> None:
    Folder.objects.filter(pk=shelf.pk).update(readers=["user:0"])


def by_document(person: User, shelf: Folder, document: Document) -> None:
    Document.objects.filter(pk=document.pk).update(readers=["user:0"], access_key=f"document:{document.pk}")


def by_post(person: User, shelf: Folder, document: Document) -> None:
    Post.objects.filter(user=person).update(valid_to=timezone.localdate() - timedelta(days=1))


def by_clearance(person: User, shelf: Folder, document: Document) -> None:
    Document.objects.filter(pk=document.pk).update(classification=5)


def by_expiry(person: User, shelf: Folder, document: Document) -> None:
    Document.objects.filter(pk=document.pk).update(valid_to=timezone.localdate() - timedelta(days=1))


@pytest.mark.req("C9")
@pytest.mark.parametrize("lose", [by_folder, by_document, by_post, by_clearance, by_expiry])
def test_every_address_of_a_document_is_closed_at_the_next_request(
    signed_in, make_user, shelf, add_document, pdf, lose
):
    person = make_user("tanaka")
    client = signed_in(person)
    document = add_document(shelf, pdf, "手数料条例.pdf").document
    open_to_all = [
        reverse("document", args=[document.pk]),
        reverse("document", args=[document.pk]) + "?page=1",
        reverse("page-image", args=[document.pk, 1, 1]),
        reverse("page-data", args=[document.pk, 1, 1]),
        reverse("download", args=[document.pk, 1]),
    ]
    tags = {}
    for address in open_to_all:
        answer = client.get(address)
        assert answer.status_code == 200, address
        tags[address] = answer.headers.get("ETag")
        # A stream of a file is read to its end, or it stays open.
        b"".join(answer) if answer.streaming else answer.content
    lose(person, shelf, document)
    for address in open_to_all:
        assert client.get(address).status_code == 404, address
        # Nor does a browser learn that what it has is still so.
        if tags[address]:
            assert client.get(address, headers={"If-None-Match": tags[address]}).status_code == 404
    status = client.get(reverse("library-status") + f"?id={document.pk}")
    assert str(document.pk) not in status.content.decode()
