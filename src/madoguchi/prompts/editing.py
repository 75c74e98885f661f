"""Writing prompts: each saved change is an edition, on the record. Only who wrote a prompt changes or shares it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from madoguchi.audit.record import actor_of, digest, record
from madoguchi.library.folders import checked_keys
from madoguchi.llm.guard import numbers_in
from madoguchi.people.access import Scope
from madoguchi.people.models import Tenant
from madoguchi.prompts import variables
from madoguchi.prompts.models import Edition, Favourite, Prompt, Share, Use


class Refused(Exception):
    """A text that cannot be kept; the message says why and what to do, in Japanese."""


class Outdated(Exception):
    """The prompt was saved in the meantime; `newest` is what was saved."""

    def __init__(self, newest: Edition) -> None:
        super().__init__(newest.number)
        self.newest = newest


@dataclass(frozen=True)
class Draft:
    """What a person wrote: the prompt and why it was changed."""

    title: str
    summary: str
    text: str
    note: str
    classification: int


def check(text: str) -> None:
    """Raise Refused for a text that no edition may hold."""
    most = settings.PROMPT_MAX_CHARACTERS
    if not text.strip():
        raise Refused(_("本文を入力してください。"))
    if len(text) > most:
        raise Refused(
            _("本文は%(most)s文字までです（いま%(now)s文字）。") % {"most": f"{most:,}", "now": f"{len(text):,}"}
        )
    if numbers_in(text)[0]:
        raise Refused(_("個人番号（マイナンバー）と思われる番号があるため、保存していません。番号を消してください。"))
    try:
        variables.read(text)
    except variables.Unreadable as problem:
        raise Refused(str(problem)) from None


@transaction.atomic
def create(scope: Scope, draft: Draft) -> Prompt:
    """Keep a new prompt of the person of a scope; raises Refused."""
    prompt = Prompt(tenant_id=scope.tenant_id, user_id=scope.user_id)
    _add(scope, prompt, draft, "prompt.created")
    return prompt


@transaction.atomic
def save(scope: Scope, prompt: Prompt, draft: Draft, based_on: int) -> Prompt:
    """Keep a change of one's own prompt. `based_on`: the edition that its writer saw. Raises Refused and Outdated.

    A change of title or purpose alone makes no edition; any change takes the mark of an official prompt away.
    """
    Tenant.objects.select_for_update().get(pk=scope.tenant_id)
    prompt = _own(scope, prompt)
    newest = prompt.newest
    if newest.number != based_on:
        raise Outdated(newest)
    if draft.text == newest.text:
        _describe(prompt, draft)
        prompt.is_official = False
        prompt.save()
        record(scope.tenant_id, actor_of(scope), "prompt.described", f"prompt:{prompt.pk}")
        return prompt
    _add(scope, prompt, draft, "prompt.saved")
    return prompt


@transaction.atomic
def restore(scope: Scope, prompt: Prompt, number: int, based_on: int) -> Prompt:
    """Make an older edition of one's own prompt the newest again, as a new one. Raises Refused and Outdated.

    Edition.DoesNotExist: there is no such edition.
    """
    Tenant.objects.select_for_update().get(pk=scope.tenant_id)
    prompt = _own(scope, prompt)
    newest, older = prompt.newest, prompt.editions.get(number=number)
    if newest.number != based_on:
        raise Outdated(newest)
    if older.text == newest.text:
        raise Refused(_("いまの版と同じ内容です。"))
    note = _("第%(number)s版に戻した") % {"number": number}
    draft = Draft(prompt.title, prompt.summary, older.text, note, prompt.classification)
    _add(scope, prompt, draft, "prompt.restored", restored=number)
    return prompt


@transaction.atomic
def share(scope: Scope, prompt: Prompt, keys: Sequence[str]) -> None:
    """Let who holds one of some access keys of the office use one's own prompt, and nobody else.

    Raises Refused, and that of the library for a key that nobody can hold here.
    """
    prompt = _own(scope, prompt)
    after, most = checked_keys(scope.tenant_id, keys), settings.PROMPT_SHARES_MAX
    if "public" in after:
        raise Refused(_("プロンプトは住民には公開できません。職員の中から選んでください。"))
    if len(after) > most:
        raise Refused(_("共有する相手は%(most)s件までです。所属やグループで選ぶと少なくできます。") % {"most": most})
    before = set(prompt.shares.values_list("key", flat=True))
    if before == set(after):
        return
    prompt.shares.exclude(key__in=after).delete()
    Share.objects.bulk_create(
        [Share(tenant_id=scope.tenant_id, prompt=prompt, key=key) for key in after if key not in before]
    )
    if not after and prompt.is_official:
        prompt.is_official = False
        prompt.save(update_fields=["is_official"])
    record(scope.tenant_id, actor_of(scope), "prompt.shared", f"prompt:{prompt.pk}", keys=after)


@transaction.atomic
def delete(scope: Scope, prompt: Prompt) -> None:
    """Delete one's own prompt with all its editions; trials keep the text that was tried."""
    prompt = _own(scope, prompt)
    record(scope.tenant_id, actor_of(scope), "prompt.deleted", f"prompt:{prompt.pk}", editions=prompt.number)
    prompt.delete()


@transaction.atomic
def mark(scope: Scope, prompt: Prompt, number: int, is_official: bool) -> None:
    """Mark the edition of a prompt that an administrator has read as official, or take the mark away.

    Raises Outdated when another edition came since, Refused for one that nobody else sees.
    """
    Tenant.objects.select_for_update().get(pk=scope.tenant_id)
    prompt = Prompt.objects.within(scope).get(pk=prompt.pk)
    if is_official and prompt.number != number:
        raise Outdated(prompt.newest)
    if is_official and not prompt.shares.exists():
        raise Refused(_("だれにも共有されていないプロンプトは、公式にできません。"))
    prompt.is_official = is_official
    prompt.save(update_fields=["is_official"])
    action = "prompt.made_official" if is_official else "prompt.unmade_official"
    record(scope.tenant_id, actor_of(scope), action, f"prompt:{prompt.pk}", number=prompt.number)


@transaction.atomic
def favour(scope: Scope, prompt: Prompt | None, standard: str, is_favourite: bool) -> None:
    """Keep a prompt, or one that ships, among the favourites of a person, or take it out."""
    assert scope.user_id is not None
    row: dict[str, Any] = {
        "tenant_id": scope.tenant_id,
        "user_id": scope.user_id,
        "prompt": prompt,
        "standard": standard,
    }
    if is_favourite:
        Favourite.objects.get_or_create(**row)
    else:
        Favourite.objects.filter(**row).delete()


def is_favourite(scope: Scope, prompt: Prompt | None, standard: str) -> bool:
    """Return whether a person keeps a prompt, or one that ships, among their favourites."""
    assert scope.user_id is not None
    return Favourite.objects.filter(
        tenant_id=scope.tenant_id, user_id=scope.user_id, prompt=prompt, standard=standard
    ).exists()


def used(scope: Scope, prompt: Prompt | None, standard: str, number: int) -> None:
    """Note that a person filled a prompt in."""
    Use.objects.create(
        tenant_id=scope.tenant_id, user_id=scope.user_id, prompt=prompt, standard=standard, number=number
    )


def _own(scope: Scope, prompt: Prompt) -> Prompt:
    """Return a prompt anew, which must be the person's own. Prompt.DoesNotExist: it is gone, or another's."""
    assert scope.user_id is not None
    return Prompt.objects.within(scope).get(pk=prompt.pk, user_id=scope.user_id)


def _describe(prompt: Prompt, draft: Draft) -> None:
    prompt.title, prompt.summary = draft.title, draft.summary
    prompt.classification = draft.classification
    prompt.updated_at = timezone.now()


def _add(scope: Scope, prompt: Prompt, draft: Draft, action: str, **detail: int) -> None:
    check(draft.text)
    _describe(prompt, draft)
    prompt.number += 1
    prompt.is_official = False
    prompt.save()
    Edition.objects.create(
        tenant_id=scope.tenant_id,
        prompt=prompt,
        number=prompt.number,
        text=draft.text,
        note=draft.note,
        saved_by_id=scope.user_id,
    )
    record(
        scope.tenant_id,
        actor_of(scope),
        action,
        f"prompt:{prompt.pk}",
        number=prompt.number,
        text=digest(draft.text),
        **detail,
    )
