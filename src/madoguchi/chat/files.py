"""A file that is given to a conversation: scanned, read in the readers' child process, kept as text with its tables."""

from collections import Counter
from collections.abc import Iterator, Sequence

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from madoguchi.audit.record import actor_of, record
from madoguchi.chat.models import Attachment
from madoguchi.library import blobs, numbers, scanning
from madoguchi.llm import personal
from madoguchi.people.access import Scope
from madoguchi.readers.blocks import Block, Reading, Unreadable
from madoguchi.readers.markdown_out import markdown
from madoguchi.readers.read import read_file

NAME_MAX_CHARACTERS = 200


class NotTaken(Exception):
    """A file was not taken and nothing of it is kept; the message says why and what to do, in Japanese."""


def take(scope: Scope, file: blobs.File, name: str) -> Attachment:
    """Read a file and keep its text for its person, not yet sent; raises NotTaken."""
    assert scope.user_id is not None
    # A path in a name is data of the sender's machine, of no use to anybody here.
    name = name.replace("\x00", "").replace("\\", "/").rpartition("/")[2].strip()[-NAME_MAX_CHARACTERS:] or _("無題")
    waiting = Attachment.objects.within(scope).filter(turn=None)
    if waiting.count() >= settings.CHAT_FILES_MAX:
        raise NotTaken(
            _("添付は1回に%(most)sファイルまでです。先に付けたものを外すか、送ってから付けてください。")
            % {"most": settings.CHAT_FILES_MAX}
        )
    try:
        with blobs.received(file) as arrived:
            if arrived.size > settings.CHAT_FILE_MAX_MB << 20:
                raise blobs.TooLarge
            _scan(scope, arrived)
            reading = read_file(arrived.path, name)
            numbers.check(reading, name)
    except blobs.TooLarge:
        raise NotTaken(
            _("「%(name)s」は大きすぎます（%(most)sMBまで）。必要な部分だけのファイルにして付けてください。")
            % {"name": name, "most": settings.CHAT_FILE_MAX_MB}
        ) from None
    except numbers.Carries as carried:
        record(scope.tenant_id, actor_of(scope), "chat.file_refused", reason="my_number")
        raise NotTaken(
            _("「%(name)s」は付けませんでした。%(reason)sファイルは残していません。番号を消してから付けてください。")
            % {"name": name, "reason": carried}
        ) from None
    except Unreadable as reason:
        raise NotTaken(_("「%(name)s」は読み取れませんでした。%(reason)s") % {"name": name, "reason": reason}) from None
    text, notice = written(reading)
    if not text.strip():
        raise NotTaken(
            _("「%(name)s」には読み取れる文字がありません。文字のあるファイルを付けてください。") % {"name": name}
        )
    if len(text) > settings.CHAT_FILE_CHARACTERS:
        raise NotTaken(
            _(
                "「%(name)s」は長すぎます（%(now)s文字。%(most)s文字まで）。"
                "必要な部分だけを付けるか、書庫に登録して「庁内の資料を使う」で聞いてください。"
            )
            % {"name": name, "now": f"{len(text):,}", "most": f"{settings.CHAT_FILE_CHARACTERS:,}"}
        )
    return Attachment.objects.create(
        tenant_id=scope.tenant_id,
        user_id=scope.user_id,
        name=name,
        size=arrived.size,
        text=text,
        notice=notice[:300],
        personal=counted(text),
        at=timezone.now(),
    )


def _scan(scope: Scope, arrived: blobs.Received) -> None:
    if not scanning.is_set():
        return
    word, said = scanning.look(arrived.path)
    if word == "found":
        record(scope.tenant_id, actor_of(scope), "chat.file_refused", f"file:{arrived.sha256}", reason="virus")
        raise NotTaken(
            _("ウイルス検査で検出（%(name)s）されたため、付けませんでした。情報政策の担当者に連絡してください。")
            % {"name": said}
        )
    if word == "down":
        raise NotTaken(_("ウイルス検査が応答しないため、付けられません。しばらくしてからもう一度付けてください。"))


def written(reading: Reading) -> tuple[str, str]:
    """Return a reading as Markdown, with its sheets and pages named, and what a person should know of it."""
    seen = [block for block in reading.blocks if not block.hidden]
    notes = [reading.notice] if reading.notice else []
    if hidden := len(reading.blocks) - len(seen):
        notes.append(_("開いても見えない部分（%(count)sか所）は渡しません。") % {"count": hidden})
    if reading.members:
        notes.append(_("中のファイル（%(count)s件）は読んでいません。") % {"count": len(reading.members)})
    return "\n".join(_parts(seen)), "".join(notes)


def _parts(blocks: Sequence[Block]) -> Iterator[str]:
    place = ""
    for block in blocks:
        here = place
        if sheet := block.locator.get("sheet"):
            here = _("シート「%(sheet)s」") % {"sheet": sheet}
        elif page := block.locator.get("page"):
            here = _("%(page)sページ") % {"page": page}
        if here != place:
            yield f"（{here}）\n"
            place = here
        yield markdown(Reading(blocks=[block]))


def counted(text: str) -> dict[str, int]:
    """Return how many pieces of personal data of which kind a text holds: {"氏名": 2}."""
    return dict(Counter(personal.KINDS.get(found.kind, found.kind) for found in personal.find(text)))
