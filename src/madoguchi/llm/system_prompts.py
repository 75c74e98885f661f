"""What each built-in purpose says to the model, and what an office has it say instead.

A prompt holds no secret and no rule that security needs: code decides what is shown, whatever a prompt says. So any
text is let in; what the code reads in an answer and a text no longer asks for is warned about (`lacking`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from madoguchi.audit.record import digest, record
from madoguchi.llm.models import SystemPrompt
from madoguchi.llm.my_number import found_in
from madoguchi.people.models import Tenant

# What looks like a key of a service: a prompt goes to the provider with every call.
_KEY_LIKE = re.compile(r"\b(?:sk|pk|ghp|xox[abp]|AKIA|AIza)[-_A-Za-z0-9]{16,}")


@dataclass(frozen=True)
class BuiltIn:
    """A prompt that ships: its name in the code, what screens call it, its text.

    `needs`: pairs of a word that the text should have and what happens without it, in Japanese.
    """

    name: str
    title: Promise | str
    text: str
    needs: Sequence[tuple[str, Promise | str]] = ()


class Refused(Exception):
    """A text that cannot be a prompt; the message says why, in Japanese."""


class Outdated(Exception):
    """Somebody else saved in the meantime; `newest` is what they saved."""

    def __init__(self, newest: SystemPrompt) -> None:
        super().__init__(newest.number)
        self.newest = newest


_registered: dict[str, BuiltIn] = {}


def register(name: str, title: Promise | str, text: str, needs: Sequence[tuple[str, Promise | str]] = ()) -> None:
    """Let administrators see and change what a domain says to the model; a prompt of the same name is replaced."""
    _registered[name] = BuiltIn(name, title, text, tuple(needs))


def registered() -> list[BuiltIn]:
    """Return the built-in prompts, in the order in which domains registered them."""
    return list(_registered.values())


def built_in(name: str) -> BuiltIn | None:
    """Return the built-in prompt of a name, None when there is none."""
    return _registered.get(name)


def newest(tenant_id: int, name: str) -> SystemPrompt | None:
    """Return the newest edition of an office, None when it never changed the built-in one."""
    return SystemPrompt.objects.filter(tenant_id=tenant_id, name=name).order_by("-number").first()


def text_of(tenant_id: int, name: str) -> str:
    """Return what is said to the model: the office's newest edition, or the built-in text. KeyError: no such name."""
    edition = newest(tenant_id, name)
    return (edition.text if edition else "") or _registered[name].text


def editions(tenant_id: int, name: str) -> list[SystemPrompt]:
    """Return all editions of an office, newest first."""
    return list(SystemPrompt.objects.filter(tenant_id=tenant_id, name=name).order_by("-number"))


def edition_of(tenant_id: int, name: str) -> int:
    """Return the number of the edition in use, 0 while that is the built-in one."""
    edition = newest(tenant_id, name)
    return edition.number if edition and edition.text else 0


def lacking(prompt: BuiltIn, text: str) -> list[str]:
    """Return, in Japanese, what will not work as before with a text, and what should not stand in it."""
    warnings = [str(consequence) for word, consequence in prompt.needs if word not in text]
    if _KEY_LIKE.search(text):
        warnings.append(
            _("APIキーのような文字列があります。指示文は毎回モデルに送られます。秘密の情報は書かないでください。")
        )
    return warnings


@transaction.atomic
def edit(tenant: Tenant, name: str, text: str, actor: str, based_on: int) -> SystemPrompt:
    """Have an office say a text from now on, on the record. `based_on` is the number its editor saw, 0 for none.

    The built-in text is kept as a reset: what ships later is then said. Raises Refused when the text is empty, too
    long, unchanged or holds a 個人番号, and Outdated when another was saved since.
    """
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise Refused(_("指示文が空です。標準の指示文に戻すときは「標準に戻す」を押してください。"))
    if len(text) > settings.SYSTEM_PROMPT_MAX_CHARACTERS:
        raise Refused(
            _("指示文は%(limit)s文字までです（いま%(length)s文字）。短くしてください。")
            % {"limit": settings.SYSTEM_PROMPT_MAX_CHARACTERS, "length": len(text)}
        )
    if any(found.certain for found in found_in(text)):
        raise Refused(_("個人番号（マイナンバー）が含まれているため保存できません。番号を消してください。"))
    current = newest(tenant.pk, name)
    if current is None or current.number == based_on:
        if text == text_of(tenant.pk, name).strip():
            raise Refused(_("いまの指示文と同じです。保存するものはありません。"))
        if text == _registered[name].text.strip():
            return _add(tenant, name, "", actor, based_on, "prompt.reset")
    return _add(tenant, name, text, actor, based_on, "prompt.edited")


@transaction.atomic
def reset(tenant: Tenant, name: str, actor: str, based_on: int) -> SystemPrompt:
    """Have an office say the built-in text again, on the record; what it said before stays among the editions."""
    return _add(tenant, name, "", actor, based_on, "prompt.reset")


def _add(tenant: Tenant, name: str, text: str, actor: str, based_on: int, action: str) -> SystemPrompt:
    # Two who save at once would both be the next number.
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    current = newest(tenant.pk, name)
    if current and current.number != based_on:
        raise Outdated(current)
    number = current.number + 1 if current else 1
    edition = SystemPrompt.objects.create(tenant=tenant, name=name, number=number, text=text, edited_by=actor)
    record(tenant.pk, actor, action, f"system-prompt:{name}", number=number, text=digest(text), characters=len(text))
    return edition
