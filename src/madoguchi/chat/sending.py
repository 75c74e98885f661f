"""What a person sends: looked through before it goes anywhere, then kept, then answered."""

import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from madoguchi.audit.record import actor_of, digest, record
from madoguchi.chat import writing
from madoguchi.chat.files import counted
from madoguchi.chat.live import settle
from madoguchi.chat.models import TITLE_MAX_CHARACTERS, Attachment, Conversation, Turn
from madoguchi.llm import personal
from madoguchi.llm.guard import numbers_in
from madoguchi.llm.models import Endpoint, Grade, Purpose
from madoguchi.llm.routing import decide
from madoguchi.llm.wanted import Wanted
from madoguchi.people.access import Scope
from madoguchi.people.models import Classification, User

TITLE_CHARACTERS = 40
# A stretch of a typed text, and what it is: nothing, a number that stops, something that is masked.
Stretch = dict[str, str]


@dataclass(frozen=True)
class Message:
    """What stands in the box when it is sent. Roles, models and rights are no part of it."""

    text: str
    # The answer that it follows, or the question that it says anew; neither: it begins the conversation.
    parent: uuid.UUID | None = None
    edits: uuid.UUID | None = None
    # Files that were read before it is sent.
    kept: Sequence[uuid.UUID] = ()
    grade: str = Grade.STANDARD
    uses_library: bool = False
    classification: int = 0
    mask_words: Sequence[str] = ()
    # What the person has looked at: what will be masked; that what looks like a 個人番号 is none. It holds for the
    # text and the files of which `seen` is the digest.
    saw_masks: bool = False
    is_no_number: bool = False
    seen: str = ""

    @property
    def digest(self) -> str:
        """Return what tells whether the text or the files were changed since they were looked at."""
        return digest("\n".join([cleaned(self.text), *sorted(map(str, self.kept))]))


@dataclass(eq=False)
class NotSent(Exception):
    """Nothing was sent; `reason` says why and what to do, in Japanese. `asks` is what may be confirmed to send."""

    reason: str
    asks: Literal["", "masks", "number"] = ""
    # The typed text in stretches: [{text, what}].
    stretches: list[Stretch] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


def send(scope: Scope, conversation: Conversation | None, message: Message) -> Turn:
    """Keep a message and have it answered; return the answer that is being written. Raises NotSent.

    The conversation, if there is one, is the person's own.
    """
    text = cleaned(message.text)
    if message.seen != message.digest:
        message = replace(message, saw_masks=False, is_no_number=False)
    message = replace(message, text=text, grade=message.grade if message.grade in Grade.values else Grade.STANDARD)
    assert scope.user_id is not None
    files = list(Attachment.objects.within(scope).filter(turn=None, user_id=scope.user_id, pk__in=message.kept))
    _check(scope, conversation, message, files)
    with transaction.atomic():
        check_free(scope, conversation)
        conversation = _conversation(scope, conversation, message)
        edited = _turn(conversation, message.edits, Turn.Role.USER)
        parent = edited.parent if edited else _turn(conversation, message.parent, Turn.Role.ASSISTANT)
        question = Turn.objects.create(
            tenant_id=scope.tenant_id,
            conversation=conversation,
            parent=parent,
            role=Turn.Role.USER,
            text=text,
            at=timezone.now(),
        )
        Attachment.objects.filter(pk__in=[file.pk for file in files]).update(turn=question)
        for file in edited.attachments.all() if edited else ():
            # The files of a question go with it when it is said anew.
            file.pk, file.turn, file._state.adding = uuid.uuid4(), question, True
            file.save()
        record(
            scope.tenant_id,
            actor_of(scope),
            "chat.asked",
            f"turn:{question.pk}",
            question=digest(text),
            files=[digest(file.text) for file in files],
        )
        return writing.begin(scope, question)


def cleaned(text: str) -> str:
    """Return a typed text as it is kept."""
    return text.replace("\x00", "").replace("\r\n", "\n").strip()


def again(scope: Scope, answer: Turn) -> Turn:
    """Have a question answered once more, beside the answer there is; raises NotSent."""
    assert answer.parent is not None
    with transaction.atomic():
        check_free(scope, answer.conversation)
        touch(answer.conversation)
        return writing.begin(scope, answer.parent)


def go_on(scope: Scope, answer: Turn) -> None:
    """Have an answer that stopped half-way written on, unless it is already; raises NotSent."""
    with transaction.atomic():
        check_free(scope, answer.conversation)
        touch(answer.conversation)
        writing.go_on(scope, answer)


def check_free(scope: Scope, conversation: Conversation | None) -> None:
    """Raise NotSent while an answer of this conversation, or too many of this person, are being written.

    In one transaction with what begins the next: of several at once of a person, one after the other looks.
    """
    assert scope.user_id is not None
    list(User.objects.select_for_update().filter(pk=scope.user_id).values_list("pk"))
    running = Turn.objects.within(scope).filter(conversation__user_id=scope.user_id, state=Turn.State.WRITING)
    now = [turn for turn in running if not settle(turn.pk)]
    if conversation and any(turn.conversation_id == conversation.pk for turn in now):
        raise NotSent(_("回答を書いている途中です。書き終わるのを待つか、「停止」を押してから送ってください。"))
    if len(now) >= settings.CHAT_WRITING_AT_ONCE:
        raise NotSent(
            _("ほかの会話で回答を書いています（同時に%(most)s件まで）。書き終わってから送ってください。")
            % {"most": settings.CHAT_WRITING_AT_ONCE}
        )


def touch(conversation: Conversation) -> None:
    """Let the time of a conversation's keeping begin anew."""
    conversation.updated_at = timezone.now()
    conversation.delete_on = timezone.localdate() + timedelta(days=settings.CHAT_DAYS)
    conversation.save(update_fields=["updated_at", "delete_on"])


def _check(scope: Scope, conversation: Conversation | None, message: Message, files: Sequence[Attachment]) -> None:
    text = message.text
    if not text:
        raise NotSent(_("質問や頼みたいことを入力してください。"))
    if len(text) > settings.CHAT_MESSAGE_CHARACTERS:
        raise NotSent(
            _("一度に送れるのは%(limit)s文字までです（いまは%(now)s文字）。長い資料はファイルで付けてください。")
            % {"limit": f"{settings.CHAT_MESSAGE_CHARACTERS:,}", "now": f"{len(text):,}"}
        )
    if len(files) != len(set(message.kept)):
        raise NotSent(_("添付したファイルが残っていません。もう一度付けてから送ってください。"))
    if len(files) > settings.CHAT_FILES_MAX:
        raise NotSent(_("添付は1回に%(most)sファイルまでです。") % {"most": settings.CHAT_FILES_MAX})
    _check_numbers(message)
    if not message.saw_masks and _is_masked(scope, conversation, message):
        _show_masks(message, files, [*(conversation.mask_words if conversation else ()), *message.mask_words])


def _check_numbers(message: Message) -> None:
    certain, doubtful = numbers_in(message.text)
    if not certain and (message.is_no_number or not doubtful):
        return
    spans = sorted([*certain, *doubtful])
    stretches = _stretches(message.text, [(start, end, "number") for start, end in spans])
    if certain:
        raise NotSent(
            _(
                "個人番号（マイナンバー）と思われる番号があるため、送っていません。印の付いた番号を消してから送ってください。"
            ),
            stretches=stretches,
        )
    raise NotSent(
        _("印の付いた番号は、個人番号（マイナンバー）ではありませんか。個人番号なら消してください。"),
        asks="number",
        stretches=stretches,
    )


def _is_masked(scope: Scope, conversation: Conversation | None, message: Message) -> bool:
    """Return whether personal data is masked for the model that would answer now."""
    wanted = Wanted(Purpose.CHAT, scope, _classification(scope, conversation, message), Grade(message.grade))
    endpoints = decide(wanted).endpoints
    return bool(endpoints) and (endpoints[0].zone != Endpoint.Zone.INTERNAL or endpoints[0].masks_always)


def _show_masks(message: Message, files: Sequence[Attachment], words: Sequence[str]) -> None:
    spans = [(one.start, one.end, "mask") for one in personal.find(message.text)]
    counts = counted(message.text)
    own = [
        (match.start(), match.end(), "mask") for word in words if word.strip() for match in _word(word, message.text)
    ]
    if own:
        counts[_("自分で指定した語")] = len(own)
        spans = _joined([*spans, *own])
    for file in files:
        for what, count in file.personal.items():
            counts[what] = counts.get(what, 0) + count
    if not counts:
        return
    raise NotSent(
        _("個人情報と思われる語が%(count)s件あります。伏せた形でAIに渡し、回答では元の語に戻します。")
        % {"count": sum(counts.values())},
        asks="masks",
        stretches=_stretches(message.text, spans),
        counts=counts,
    )


def _word(word: str, text: str) -> Iterator[re.Match[str]]:
    return re.finditer(re.escape(word.strip()), text)


def _joined(spans: Iterable[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Return spans in order, those that touch one another as one."""
    joined: list[tuple[int, int, str]] = []
    for start, end, what in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]), what)
        else:
            joined.append((start, end, what))
    return joined


def _stretches(text: str, spans: Sequence[tuple[int, int, str]]) -> list[Stretch]:
    parts, at = list[Stretch](), 0
    for start, end, what in spans:
        parts += [{"text": text[at:start], "what": ""}, {"text": text[start:end], "what": what}]
        at = end
    return [part for part in [*parts, {"text": text[at:], "what": ""}] if part["text"]]


def _classification(scope: Scope, conversation: Conversation | None, message: Message) -> int:
    # What a person of the office types counts as the office's default; a person may say that it is more closed.
    lowest = min(Classification.named(settings.DEFAULT_CLASSIFICATION), scope.classification)
    chosen = min(message.classification, scope.classification)
    return max(lowest, chosen, conversation.classification if conversation else 0)


def _conversation(scope: Scope, conversation: Conversation | None, message: Message) -> Conversation:
    words = list(dict.fromkeys(word.strip() for word in message.mask_words if word.strip()))
    if conversation is None:
        assert scope.user_id is not None
        conversation = Conversation(tenant_id=scope.tenant_id, user_id=scope.user_id, title=title_of(message.text))
        words_before: list[str] = []
    else:
        words_before = conversation.mask_words
    closed = _classification(scope, None if conversation._state.adding else conversation, message)
    conversation.classification = closed
    conversation.grade, conversation.uses_library = message.grade, message.uses_library
    conversation.mask_words = list(dict.fromkeys([*words_before, *words]))[: settings.CHAT_MASK_WORDS]
    conversation.updated_at = timezone.now()
    conversation.delete_on = timezone.localdate() + timedelta(days=settings.CHAT_DAYS)
    conversation.save()
    return conversation


def _turn(conversation: Conversation, pk: uuid.UUID | None, role: str) -> Turn | None:
    if pk is None:
        return None
    found = conversation.turns.select_related("parent").filter(pk=pk, role=role).first()
    if found is None:
        raise NotSent(_("続ける先が見つかりません。会話を開き直してから送ってください。"))
    return found


def title_of(text: str) -> str:
    """Return the first sentence of a text, cut where it is long, as the title of its conversation."""
    line = " ".join(re.split(r"(?<=[。？！])|\n", text.strip())[0].split())
    cut = line if len(line) <= TITLE_CHARACTERS else f"{line[:TITLE_CHARACTERS]}…"
    return cut[:TITLE_MAX_CHARACTERS]
